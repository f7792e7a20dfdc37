"""What is left after a loss of hosts, and what has to hold there.

After each loss that a `Survive` names there is a placement on the hosts that are left:

- What is guaranteed, the admitted workloads of those constraints that name the loss (of soft ones as far as that is
  possible, all of a constraint or nothing), has its minimum to its maximum again.
- Of all else, what stood on the lost hosts is gone, and the rest stands: as many replicas, no more, and no fewer but
  that replicas above the minimum may go. They may move.
- What ran is what stood before the loss: it stays where it may, and kept volumes are where they were.
- Every rule holds, and so does every hard constraint, except those that are not `lasting`, name something that is not
  guaranteed and lost a replica, and name nothing that is guaranteed: what nobody guarantees may break by the loss.
- A value that `Spread` lists counts no more if the lost hosts have it and none of the hosts that are left for the
  workload does.

`Survive` constraints that name the same loss hold together in one placement.
"""
