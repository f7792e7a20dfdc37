"""No corruption of a solution passes `verify`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placelang_scheduler import (
    AtMost,
    Balance,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    LeftOut,
    Level,
    Moves,
    Placed,
    Preferences,
    Problem,
    Proof,
    Solution,
    Spread,
    Workload,
    solve,
    verify,
)

GPUS = (DeviceClass("big", "gpu", 1), DeviceClass("small", "gpu", 2))
PROBLEM = Problem(
    hosts=(
        Host("h0", {"cpu": 4}, {"host": "h0", "zone": "x"}, GPUS),
        Host("h1", {"cpu": 4}, {"host": "h1", "zone": "y"}),
        Host("h2", {"cpu": 1}, {"host": "h2", "zone": "y"}),
    ),
    groups=(Group("base"), Group("top", requires=(0,)), Group("vast")),
    workloads=(
        Workload("web", 0, {"cpu": 2}, (0, 1), 2, 2),
        Workload("ml", 1, {"cpu": 1}, (0,), devices=(DeviceDemand("gpu", 2, frozenset({(0, "small")})),)),
        Workload("keep", 1, {"cpu": 1}, (0,), current={1: 1}, stay=(1,)),
        Workload("vast", 2, {"cpu": 9}, (0, 1)),
    ),
    constraints=(AtMost("apart", (0,), "host", 1), Spread("soft", (0,), "zone", weight=2)),
    objectives=(Placed(), Preferences(), Moves(), Balance("cpu")),
)
SOLUTION = solve(PROBLEM)


def placed(*placements: dict[int, int]) -> Solution:
    return replace(SOLUTION, placements=placements)


def test_solution_as_it_is_passes() -> None:
    assert SOLUTION.placements == ({0: 1, 1: 1}, {0: 1}, {1: 1}, {})
    assert SOLUTION.devices == {(1, 0): ({"small": 2},)}
    assert SOLUTION.admitted == (True, True, False)
    assert verify(PROBLEM, SOLUTION) == ()


CORRUPTED = {
    "shape": replace(SOLUTION, placements=SOLUTION.placements[:2]),
    "shape: host": placed({0: 1, 9: 1}, {0: 1}, {1: 1}, {}),
    "left out": replace(SOLUTION, left_out=()),
    "left out: admitted": replace(SOLUTION, left_out=(*SOLUTION.left_out, LeftOut(0, Proof.PROVED, ()))),
    "candidates": placed({0: 1, 2: 1}, {0: 1}, {1: 1}, {}),
    "candidates: stay": placed({0: 1, 1: 1}, {0: 1}, {1: 2}, {}),
    "replicas": placed({0: 1}, {0: 1}, {1: 1}, {}),
    "replicas: too many": placed({0: 1, 1: 1}, {0: 2}, {1: 1}, {}),
    "replicas: negative": placed({0: 3, 1: -1}, {0: 1}, {1: 1}, {}),
    "replicas: left out": placed({0: 1, 1: 1}, {0: 1}, {1: 1}, {0: 1}),
    "capacity": placed({0: 2}, {0: 1}, {1: 1}, {}),
    "at most": placed({0: 2}, {0: 1}, {1: 1}, {}),
    "requires": replace(
        placed({}, {0: 1}, {1: 1}, {}),
        admitted=(False, True, False),
        left_out=(LeftOut(0, Proof.PROVED, ()), *SOLUTION.left_out),
    ),
    "devices": replace(SOLUTION, devices={}),
    "devices: not accepted": replace(SOLUTION, devices={(1, 0): ({"big": 1, "small": 1},)}),
    "devices: too few": replace(SOLUTION, devices={(1, 0): ({"small": 1},)}),
    "devices: more than there are": replace(SOLUTION, devices={(1, 0): ({"small": 3, "big": -1},)}),
    "levels": replace(SOLUTION, levels=SOLUTION.levels[:-1]),
    "levels: value": replace(SOLUTION, levels=(*SOLUTION.levels[:-1], Level("balance cpu", 42, 42))),
    "levels: bound": replace(
        SOLUTION, levels=(*SOLUTION.levels[:-1], replace(SOLUTION.levels[-1], bound=101))
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTED)
def test_corruption_is_found(corruption: str) -> None:
    rules = {violation.rule for violation in verify(PROBLEM, CORRUPTED[corruption])}
    assert corruption.partition(":")[0] in rules
