"""Problems that are none are refused with every fault named."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from placelang_scheduler import (
    LIMIT,
    AtLeast,
    AtMost,
    DeviceClass,
    DeviceDemand,
    Different,
    Group,
    Host,
    Hosts,
    InvalidProblem,
    Link,
    LinkEvery,
    Moves,
    Placed,
    Problem,
    Same,
    Spread,
    Uplinks,
    Workload,
    solve,
    validate,
)

SOUND = Problem(
    hosts=(Host("h0", {"cpu": 4}, {"host": "h0"}), Host("h1", {"cpu": 4}, {"host": "h1"})),
    groups=(Group("g0", 5), Group("g1")),
    workloads=(Workload("w0", 0, {"cpu": 1}, (0, 1)), Workload("w1", 1, {"cpu": 1}, (0,), stay=(1,))),
    constraints=(AtMost("c0", (0,), "host", 1),),
    objectives=(Placed(), Moves()),
)


def host(**change: Any) -> Problem:
    return replace(SOUND, hosts=(replace(SOUND.hosts[0], **change), SOUND.hosts[1]))


def group(**change: Any) -> Problem:
    return replace(SOUND, groups=(replace(SOUND.groups[0], **change), SOUND.groups[1]))


def workload(**change: Any) -> Problem:
    return replace(SOUND, workloads=(replace(SOUND.workloads[0], **change), SOUND.workloads[1]))


def constraint(made: Any) -> Problem:
    return replace(SOUND, constraints=(made,))


def uplinks(*, capacity: int = 1, weight: int | None = None, times: int = 1) -> Uplinks:
    return Uplinks("c", (Link("l", (0,), (1,), "host", {}, weight=weight),) * times, {"h0": capacity})


FAULTS = {
    "host 'h1' stands twice": host(id="h1"),
    "host 'h0': cpu is -1, not between 0 and": host(capacity={"cpu": -1}),
    f"host 'h0': cpu is {LIMIT + 1}, not between 0 and": host(capacity={"cpu": LIMIT + 1}),
    "host 'h0': cpu is 1.5, not a whole number": host(capacity={"cpu": 1.5}),
    "host 'h0': cpu is True, not a whole number": host(capacity={"cpu": True}),
    "host 'h0': cost is -3": host(cost=-3),
    "host 'h0': device class 'd' stands twice": host(devices=(DeviceClass("d", "gpu", 1),) * 2),
    "host 'h0': device class 'd' is -2": host(devices=(DeviceClass("d", "gpu", -2),)),
    "group 'g1' stands twice": group(id="g1"),
    "group 'g0': priority is 1001": group(priority=1001),
    "group 'g0': requires: there is no 2": group(requires=(2,)),
    "groups require each other in a circle: 'g0'": group(requires=(0,)),
    "groups require each other in a circle: 'g0', 'g1'": replace(
        SOUND, groups=(Group("g0", requires=(1,)), Group("g1", requires=(0,)))
    ),
    "workload 'w1' stands twice": workload(id="w1"),
    "workload 'w0': group: there is no 7": workload(group=7),
    "workload 'w0': candidates: there is no 2": workload(candidates=(0, 2)),
    "workload 'w0': candidates: there is no -1": workload(candidates=(-1, 0)),
    "workload 'w0': candidates: not ascending": workload(candidates=(1, 0)),
    "workload 'w0': a host is both candidate and stay": workload(stay=(1,)),
    "workload 'w0': minimum 3 is above maximum 2": workload(minimum=3, maximum=2),
    "workload 'w0': maximum is 1000000000000": workload(maximum=10**12),
    "workload 'w0': cpu is -1": workload(demand={"cpu": -1}),
    "workload 'w0': current: there is no 9": workload(current={9: 1}),
    "workload 'w0': current: 0 is -1": workload(current={0: -1}),
    "workload 'w0': devices 'gpu': none is demanded": workload(devices=(DeviceDemand("gpu", 0),)),
    "moves: may add up to": workload(move_cost=LIMIT, current={0: 2}),
    "constraint 'c': names no workload": constraint(AtMost("c", (), "host", 1)),
    "constraint 'c': there is no 4": constraint(AtLeast("c", (4,), "host", 1)),
    "constraint 'c': names a workload twice": constraint(Same("c", (0,), (0,), "host")),
    "constraint 'c': names no partner": constraint(Different("c", (0,), (), "host")),
    "constraint 'c': skew is -1": constraint(Spread("c", (0,), "host", -1)),
    "constraint 'c': count is -1": constraint(AtMost("c", (0,), "host", -1)),
    "constraint 'c': count is 0": constraint(AtLeast("c", (0,), "host", 0)),
    "constraint 'c': accepts a host that is not there": constraint(Hosts("c", 0, frozenset({5}))),
    "constraint 'c': the latency from 'h0' to 'h1' is -1": constraint(
        Link("c", (0,), (1,), "host", {"h0": {"h1": -1}})
    ),
    "constraint 'c': bandwidth is 0.5, not a whole number": constraint(
        Link("c", (0,), (1,), "host", {}, bandwidth=0.5)  # type: ignore[arg-type]
    ),
    "constraint 'c': 'h0' is within its own reach": constraint(
        LinkEvery("c", (0,), (1,), "host", {"h0": {"h0": 1}})
    ),
    "constraint 'c': what the uplink of 'h0' carries is -1": constraint(uplinks(capacity=-1)),
    "constraint 'c': books a link that is soft": constraint(uplinks(weight=1)),
    "constraint 'c': books a link twice": constraint(uplinks(times=2)),
    "constraint 'c': books no link": constraint(Uplinks("c", (), {})),
    "constraint 'c': has a weight, and what links book is hard": constraint(
        Uplinks("c", (Link("l", (0,), (1,), "host", {}),), {}, weight=1)
    ),
    "constraint 'c': weight is -2": constraint(Hosts("c", 0, frozenset({0}), weight=-2)),
    "constraint 'c': is soft and has workloads of different priority": constraint(
        AtMost("c", (0, 1), "host", 1, weight=1)
    ),
    "constraint 'c0' stands twice": replace(SOUND, constraints=SOUND.constraints * 2),
    "objective 'moves' stands twice": replace(SOUND, objectives=(Moves(), Placed(), Moves())),
}


def test_sound_problem_is_accepted() -> None:
    validate(SOUND)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named(fault: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        solve(FAULTS[fault])
    assert any(found.startswith(fault) for found in refused.value.faults), refused.value.faults


def test_all_faults_are_named_at_once() -> None:
    broken = replace(host(cost=-1), groups=(Group("g0", 5000), Group("g0")))
    with pytest.raises(InvalidProblem) as refused:
        validate(broken)
    assert len(refused.value.faults) == 3


def test_faults_beyond_a_hundred_are_not_listed() -> None:
    with pytest.raises(InvalidProblem) as refused:
        validate(replace(SOUND, hosts=tuple(Host("h", cost=-1) for _ in range(500))))
    assert len(refused.value.faults) == 100


def test_host_whose_device_filters_overlap_in_too_many_ways_is_refused() -> None:
    classes = tuple(DeviceClass(f"d{index}", "gpu", 1) for index in range(12))
    demands = tuple(
        DeviceDemand("gpu", 1, frozenset({(0, one.id), (0, other.id)}))
        for one, other in combinations(classes, 2)
    )
    made = Problem(
        (Host("h", devices=classes),), (Group("g"),), (Workload("w", 0, {}, (0,), devices=demands),)
    )
    with pytest.raises(InvalidProblem, match="device filters overlap"):
        validate(made)
