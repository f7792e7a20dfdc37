"""Every repair that is offered repairs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from placelang_scheduler import (
    AtMost,
    Change,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    Hosts,
    Placed,
    Problem,
    Remedy,
    Repair,
    Solution,
    Workload,
    altered,
    repairs,
    solve,
    validate,
)
from placelang_scheduler.budget import Budget
from placelang_scheduler.repairs import begin, strongest
from tests.scheduler.problems import EXAMPLES, problem

MEBI = 2**20
HOSTS = tuple(
    Host(f"h{index}", {"memory": 1024 * MEBI}, {"host": f"h{index}", "site": "s"}) for index in range(2)
)


def test_fewer_replicas_one_more_host_or_no_separation() -> None:
    one = Problem(
        HOSTS,
        (Group("g"),),
        (Workload("w", 0, {"memory": 400 * MEBI}, (0, 1), 3, 3),),
        (AtMost("apart", (0,), "host", 1),),
    )
    assert repairs(one, solve(one), 0) == (
        Repair((Change(Remedy.FEWER, workload=0, amount=2),)),
        Repair((Change(Remedy.HOST, host=0),)),
        Repair((Change(Remedy.WITHOUT, constraint="apart"),)),
    )


def test_need_is_cut_no_more_than_it_has_to_be() -> None:
    one = Problem(
        HOSTS[:1],
        (Group("other", 1), Group("g")),
        (Workload("v", 0, {"memory": 600 * MEBI}, (0,)), Workload("w", 1, {"memory": 500 * MEBI}, (0,))),
    )
    assert repairs(one, solve(one), 1) == (
        Repair((Change(Remedy.LESS, 1, "memory", 424 * MEBI),)),
        Repair((Change(Remedy.HOST, host=0),)),
    )


def test_lower_priority_may_give_way_but_not_higher() -> None:
    groups = (Group("low", 0), Group("high", 9), Group("g", 5))
    workloads = tuple(
        Workload(f"w{index}", index, {"memory": need * MEBI}, (0,))
        for index, need in enumerate((400, 500, 600))
    )
    one = Problem(HOSTS[:1], groups, workloads)
    assert Repair((Change(Remedy.LESS, 2, "memory", 524 * MEBI),)) in repairs(one, solve(one), 2)


def test_one_more_host_brings_its_devices_and_labels() -> None:
    host = Host("h", {}, {"host": "h", "site": "s"}, (DeviceClass("d", "gpu", 1),))
    demand = (DeviceDemand("gpu", 1, frozenset({(0, "d")})),)
    one = Problem(
        (host, Host("plain", {}, {"host": "plain", "site": "s"})),
        (Group("a", 1), Group("b")),
        (Workload("v", 0, {}, (0, 1), devices=demand), Workload("w", 1, {}, (0, 1), devices=demand)),
        (Hosts("only", 1, frozenset({0})),),
    )
    repair = Repair((Change(Remedy.HOST, host=0),))
    assert repairs(one, solve(one), 1) == (repair,)
    twin = altered(one, repair)
    validate(twin)
    assert twin.hosts[2].domains == {"host": "h (one more)", "site": "s"}
    assert all(solve(twin).admitted)


def test_without_budget_only_what_is_easily_seen_is_offered() -> None:
    one = problem(5, [AtMost], load=5)
    for left in solve(one).left_out:
        assert set(repairs(one, solve(one), left.group, budget=0)) <= set(
            repairs(one, solve(one), left.group)
        )


@pytest.mark.parametrize("seed", range(60))
def test_repaired_problem_admits_the_group_and_loses_nothing_as_important(seed: int) -> None:
    r = Random(seed)
    one = replace(problem(seed, r.choices(list(EXAMPLES), k=2), load=4), objectives=(Placed(),))
    solution = solve(one)
    for left in solution.left_out:
        for repair in repairs(one, solution, left.group):
            assert repaired(one, solution, left.group, repair), repair


def repaired(one: Problem, solution: Solution, group: int, repair: Repair) -> bool:
    """Whether the group is placed after the repair, beside all that was placed and is no less important."""
    trial = altered(one, repair)
    validate(trial)
    kept = [
        other
        for other, admitted in enumerate(solution.admitted)
        if admitted and one.groups[other].priority >= one.groups[group].priority
    ]
    forced = tuple(
        replace(shape, priority=1000 if index in {group, *kept} else 0)
        for index, shape in enumerate(trial.groups)
    )
    again = solve(replace(trial, groups=forced))
    return all(again.admitted[other] for other in (group, *kept))


def test_two_changes_where_no_single_one_is_enough() -> None:
    """Each of the two needs more than the host has, and both are cut alike as far as that goes."""
    one = Problem(
        HOSTS[:1],
        (Group("g"),),
        (
            Workload("w", 0, {"memory": 1600 * MEBI}, (0,)),
            Workload("v", 0, {"memory": 2048 * MEBI}, (0,)),
        ),
    )
    found = repairs(one, solve(one), 0)
    assert found
    assert all(repair.smallest and len(repair.changes) == 2 for repair in found)
    assert found[0].changes == (
        Change(Remedy.LESS, 0, "memory", 560 * MEBI),
        Change(Remedy.LESS, 1, "memory", 464 * MEBI),
    )


def test_a_host_can_be_added_twice() -> None:
    one = Problem(
        (Host("h", {}, {"host": "h"}, (DeviceClass("d", "gpu", 1),)),),
        (Group("g"),),
        tuple(Workload(f"w{n}", 0, {}, (0,), devices=(DeviceDemand("gpu", 1),)) for n in range(3)),
    )
    twice = Repair((Change(Remedy.HOST, host=0), Change(Remedy.HOST, host=0)))
    assert repairs(one, solve(one), 0) == (twice,)
    assert len({host.id for host in altered(one, twice).hosts}) == 3


@pytest.mark.parametrize("seed", range(30))
def test_no_smaller_repair_exists(seed: int) -> None:
    """Among the changes that are tried, by trying all sets of fewer."""
    r = Random(seed)
    one = replace(problem(seed, r.choices(list(EXAMPLES), k=2), load=6), objectives=(Placed(),))
    solution = solve(one)
    for left in solution.left_out:
        found = repairs(one, solution, left.group)
        every = tuple(strongest(begin(one, solution, left.group, Budget(10, 0))))
        known = {len(repair.changes) for repair in found if repair.smallest}
        for size in range(1, min([*known, 3])):
            for changes in combinations(every, size):
                assert not repaired(one, solution, left.group, Repair(changes)), changes
        assert all(repaired(one, solution, left.group, repair) for repair in found)
