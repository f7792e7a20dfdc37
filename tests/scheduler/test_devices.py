"""Whole devices: what the counts allow can be handed out, and is."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from placelang_scheduler import DeviceClass, DeviceDemand, Group, Host, Problem, Workload, solve, verify
from tests.scheduler import oracle


def rig(seed: int) -> Problem:
    """One host with three classes of GPUs, three workloads with filters that overlap."""
    r = Random(seed)
    classes = tuple(DeviceClass(f"d{index}", "gpu", r.randint(0, 3)) for index in range(3))
    names = [device.id for device in classes]
    workloads = tuple(
        Workload(
            f"w{index}",
            index,
            {},
            (0,),
            1,
            r.randint(1, 2),
            tuple(
                DeviceDemand(
                    "gpu", r.randint(1, 2), frozenset((0, name) for name in r.sample(names, r.randint(1, 3)))
                )
                for _ in range(r.choice((1, 1, 2)))
            ),
        )
        for index in range(3)
    )
    return Problem((Host("h", devices=classes),), tuple(Group(f"g{index}") for index in range(3)), workloads)


@pytest.mark.parametrize("seed", range(80))
def test_as_much_is_placed_as_devices_can_be_handed_out(seed: int) -> None:
    one = rig(seed)
    solution = solve(one)
    ranges = [(0, *range(workload.minimum, workload.maximum + 1)) for workload in one.workloads]
    possible = [
        counts for counts in product(*ranges) if oracle.fits(one, tuple({0: count} for count in counts))
    ]
    best = max((sum(1 for count in counts if count), sum(counts)) for counts in possible)
    assert (sum(solution.admitted), sum(found.get(0, 0) for found in solution.placements)) == best
    assert verify(one, solution) == ()
