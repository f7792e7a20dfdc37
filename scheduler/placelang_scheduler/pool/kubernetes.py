"""A pass that comes to what the default scheduler of Kubernetes comes to, one replica after the other.

Written from what its documentation says of scoring: `NodeResourcesFit` with least allocated and
`NodeResourcesBalancedAllocation`, in whole points up to a hundred each. Among equals the first host is taken.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.pool.columns import ENDLESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from placelang_scheduler.pool.columns import Ints
    from placelang_scheduler.pool.ground import Ground

    Bools = NDArray[np.bool_]

_TAKEN = -1


def one_by_one(ground: Ground, workload: int, wanted: int) -> int:
    """Place up to `wanted` replicas, each on the host of the highest score; how many there are. Only the host that was
    chosen changes its score."""
    hosts, fit = ground.room(workload, wanted)
    if not hosts.size:
        return 0
    rows = _counted(ground, workload)
    value = _points(ground, rows, hosts)
    rules = ground.rules[workload]
    grouped = bool(rules.full or rules.even)
    taken = np.zeros(hosts.size, np.int64)
    for number in range(wanted):
        allowed = np.where(_open(ground, workload, hosts), value, _TAKEN) if grouped else value
        at = int(allowed.argmax())
        if allowed[at] == _TAKEN:
            wanted = number
            break
        taken[at] += 1
        if grouped:
            ground.put(workload, int(hosts[at]))
        value[at] = _points_of(ground, rows, int(hosts[at]), 1 if grouped else int(taken[at]) + 1)
        if taken[at] == fit[at]:
            value[at] = _TAKEN
    if not grouped:
        some = taken > 0
        ground.add(workload, hosts[some], taken[some])
    return wanted


def _counted(ground: Ground, workload: int) -> list[tuple[int, int]]:
    """The rows of what every host has some of."""
    needs = ground.columns.needs[workload]
    return [(row, need) for row, need in needs if ground.columns.capacity[row].max(initial=0) < ENDLESS]


def _points(ground: Ground, rows: Sequence[tuple[int, int]], hosts: Ints) -> Ints:
    """The score of hosts for one more replica."""
    if not rows:
        return np.zeros(hosts.size, np.int64)
    left = [(ground.free[row][hosts] - need) / ground.columns.capacity[row][hosts] for row, need in rows]
    least = sum((share * 100).astype(np.int64) for share in left) // len(rows)
    mean = sum(left) / len(rows)
    deviation = np.sqrt(sum((share - mean) ** 2 for share in left) / len(rows))
    found: Ints = least + ((1 - deviation) * 100).astype(np.int64)
    return found


def _points_of(ground: Ground, rows: Sequence[tuple[int, int]], host: int, more: int) -> int:
    """The same of one host, for the last of so many more."""
    if not rows:
        return 0
    free, capacity = ground.free, ground.columns.capacity
    left = [(free.item(row, host) - need * more) / capacity.item(row, host) for row, need in rows]
    mean = sum(left) / len(left)
    deviation = sqrt(sum((share - mean) ** 2 for share in left) / len(left))
    return sum(int(share * 100) for share in left) // len(left) + int((1 - deviation) * 100)


def _open(ground: Ground, workload: int, hosts: Ints) -> Bools:
    """The hosts that quotas leave open for one more replica."""
    rules = ground.rules[workload]
    open_ = np.ones(hosts.size, bool)
    for full in rules.full:
        open_ &= full.quota(ground)[full.keys.codes[hosts]] > 0
    for even in rules.even:
        open_ &= even.open(ground)[even.keys.codes[hosts]]
    return open_
