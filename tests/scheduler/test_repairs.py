"""Every repair that is offered repairs."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler import (
    AtMost,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    Hosts,
    Placed,
    Problem,
    Remedy,
    Repair,
    Workload,
    altered,
    repairs,
    solve,
    validate,
)
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
        Repair(Remedy.FEWER, workload=0, amount=2),
        Repair(Remedy.HOST, host=0),
        Repair(Remedy.WITHOUT, constraint="apart"),
    )


def test_need_is_cut_no_more_than_it_has_to_be() -> None:
    one = Problem(
        HOSTS[:1],
        (Group("other", 1), Group("g")),
        (Workload("v", 0, {"memory": 600 * MEBI}, (0,)), Workload("w", 1, {"memory": 500 * MEBI}, (0,))),
    )
    assert repairs(one, solve(one), 1) == (
        Repair(Remedy.LESS, 1, "memory", 424 * MEBI),
        Repair(Remedy.HOST, host=0),
    )


def test_lower_priority_may_give_way_but_not_higher() -> None:
    groups = (Group("low", 0), Group("high", 9), Group("g", 5))
    workloads = tuple(
        Workload(f"w{index}", index, {"memory": need * MEBI}, (0,))
        for index, need in enumerate((400, 500, 600))
    )
    one = Problem(HOSTS[:1], groups, workloads)
    assert Repair(Remedy.LESS, 2, "memory", 524 * MEBI) in repairs(one, solve(one), 2)


def test_one_more_host_brings_its_devices_and_labels() -> None:
    host = Host("h", {}, {"host": "h", "site": "s"}, (DeviceClass("d", "gpu", 1),))
    demand = (DeviceDemand("gpu", 1, frozenset({(0, "d")})),)
    one = Problem(
        (host, Host("plain", {}, {"host": "plain", "site": "s"})),
        (Group("a", 1), Group("b")),
        (Workload("v", 0, {}, (0, 1), devices=demand), Workload("w", 1, {}, (0, 1), devices=demand)),
        (Hosts("only", 1, frozenset({0})),),
    )
    repair = Repair(Remedy.HOST, host=0)
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
            trial = altered(one, repair)
            validate(trial)
            priority = one.groups[left.group].priority
            kept = [
                group
                for group, admitted in enumerate(solution.admitted)
                if admitted and one.groups[group].priority >= priority
            ]
            forced = tuple(
                replace(group, priority=1000 if index in {left.group, *kept} else 0)
                for index, group in enumerate(trial.groups)
            )
            again = solve(replace(trial, groups=forced))
            assert again.admitted[left.group], repair
            assert all(again.admitted[group] for group in kept), repair
