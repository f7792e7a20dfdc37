"""Hosts that constraints do not look at, and what is kept free of them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    EXEMPT,
    AtMost,
    Group,
    Host,
    Placed,
    Preferences,
    Problem,
    Reserve,
    Workload,
    solve,
)
from placelang_scheduler.placement import Settled
from tests.scheduler import oracle
from tests.scheduler.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable

KEYED = [kind for kind in CONSTRAINTS if "key" in kind.__dataclass_fields__]


def exempted(one: Problem, seed: int) -> Problem:
    """The problem with some values replaced by the one that is not looked at."""
    r = Random(seed)
    hosts = tuple(
        replace(h, domains={key: EXEMPT if r.random() < 0.4 else value for key, value in h.domains.items()})
        for h in one.hosts
    )
    return replace(one, hosts=hosts)


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", KEYED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(25))
def test_levels_are_the_best_there_are_with_exempt_hosts(kind: type, soft: bool, seed: int) -> None:
    one = exempted(problem(7000 + seed, [kind], soft=soft), seed)
    solution = solve(one, seed=3)
    assert tuple(level.value for level in solution.levels) == oracle.best(one)


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", KEYED, ids=lambda kind: kind.__name__)
def test_own_check_does_not_count_what_stands_on_exempt_hosts(kind: type, soft: bool) -> None:
    for seed in range(40):
        one = exempted(problem(8000 + seed, [kind], soft=soft), seed)
        r = Random(seed)
        counts = tuple({h: r.randint(1, 2) for h in range(3) if r.random() < 0.6} for _ in one.workloads)
        admitted = frozenset(range(len(one.groups)))
        found = one.constraints[0].violations(one, Settled(dict(enumerate(counts)), admitted))
        due = oracle.cost(one, one.constraints[0], counts, admitted)
        assert sum(violation.amount for violation in found) == due


def two(constraint: Callable[[int | None], object], *, weight: int | None = None) -> Problem:
    """Two replicas of 3 cpu each of two services, and two hosts of 10."""
    made = constraint(weight)
    assert isinstance(made, AtMost | Reserve)
    return Problem(
        hosts=tuple(Host(f"h{n}", {"cpu": 10}, {"host": f"h{n}" if n else EXEMPT}) for n in range(2)),
        groups=(Group("a"), Group("b")),
        workloads=tuple(Workload(name, n, {"cpu": 3}, (0, 1), 2, 2) for n, name in enumerate("ab")),
        constraints=(made,),
        objectives=(Placed(), Preferences()),
    )


def test_a_host_that_is_looked_at_holds_no_more_and_an_exempt_one_what_it_can() -> None:
    found = solve(two(lambda weight: AtMost("c", (0, 1), "host", 1, weight)))
    counted = [sum(counts.get(host, 0) for counts in found.placements) for host in (0, 1)]
    assert counted == [3, 1]


@pytest.mark.parametrize(("free", "placed"), [(1, 2), (2, 2), (4, 2), (5, 1), (7, 1), (8, 0)])
def test_what_is_kept_free_is_not_used(free: int, placed: int) -> None:
    found = solve(two(lambda weight: Reserve("c", (0, 1), "cpu", {0: free, 1: free}, weight=weight)))
    assert sum(found.admitted) == placed


@pytest.mark.parametrize(("free", "missing"), [(1, 0), (4, 0), (5, 20), (7, 60)])
def test_a_preference_costs_a_point_for_each_whole_percent_that_is_missing(free: int, missing: int) -> None:
    wish = two(lambda weight: Reserve("c", (0, 1), "cpu", {0: free, 1: free}, weight=weight), weight=1)
    assert solve(wish).levels[-1].value == missing


def test_less_than_a_percent_costs_nothing() -> None:
    wish = two(lambda weight: Reserve("c", (0, 1), "cpu", {0: 401, 1: 401}, weight=weight), weight=1)
    hosts = tuple(replace(host, capacity={"cpu": 1000}) for host in wish.hosts)
    workloads = tuple(replace(workload, demand={"cpu": 300}) for workload in wish.workloads)
    assert solve(replace(wish, hosts=hosts, workloads=workloads)).levels[-1].value == 0


def test_what_others_take_is_counted_too() -> None:
    wish = two(lambda weight: Reserve("c", (1,), "cpu", {0: 9, 1: 9}, (0,), weight), weight=1)
    assert solve(wish).levels[-1].value == 100
