"""Variants: forms of one thing, of which each replica is the best that is to be had, counted together."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    Best,
    Cost,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    InvalidProblem,
    Keep,
    Latency,
    Link,
    Moves,
    Pack,
    Placed,
    Power,
    Preferences,
    Problem,
    Remedy,
    Spread,
    Survive,
    Vacate,
    Variants,
    Workload,
    altered,
    repairs,
    solve,
    verify,
)
from placelang_scheduler.steps import Act, Copy, Move, order, replay
from tests.scheduler import oracle
from tests.scheduler.orders import allowed
from tests.scheduler.problems import problem
from tests.scheduler.test_catalogue import agree

ALL = (0, 1, 2)
GPU = (DeviceClass("g", "gpu", 1, 6),)
HOSTS = tuple(Host(f"h{n}", {"memory": 4}, {"host": f"h{n}"}, GPU if n == 0 else ()) for n in range(3))
BOTH = Variants((0, 1), 2, 2)
LARGE = Workload(
    "large", 0, {"memory": 1}, ALL, 0, 2, (DeviceDemand("gpu", 1, None, share=4),), variants=BOTH
)
SMALL = Workload("small", 0, {"memory": 2}, ALL, 0, 2, variants=BOTH)
STEP = Best("step", (0, 1), (0, 1), 1)


def detector(*constraints: object, large: Workload = LARGE, small: Workload = SMALL) -> Problem:
    return Problem(
        HOSTS,
        (Group("g"),),
        (large, small),
        (STEP, *constraints),  # type: ignore[arg-type]
        (Placed(), Preferences(), Moves()),
    )


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("kind", CONSTRAINTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_levels_are_the_best_there_are_beside_each_constraint(kind: type, soft: bool, seed: int) -> None:
    agree(problem(8000 + seed, [kind], soft=soft, varied=True))


@pytest.mark.parametrize("seed", range(60))
def test_levels_are_the_best_there_are_beside_pairs_of_constraints(seed: int) -> None:
    r = Random(seed)
    agree(problem(8100 + seed, r.choices(CONSTRAINTS, k=2), soft=r.random() < 0.4, varied=True))


@pytest.mark.parametrize("seed", range(60))
def test_levels_are_the_best_there_are_where_devices_are_shared_and_hours_kept(seed: int) -> None:
    r = Random(seed)
    kinds = r.choices(CONSTRAINTS, k=r.choice((0, 1)))
    agree(problem(8200 + seed, kinds, sharing=True, timed=r.random() < 0.4, varied=True))


@pytest.mark.parametrize("seed", range(40))
def test_plan_is_the_same_with_and_without_classes_and_parts(seed: int) -> None:
    one = problem(8300 + seed, [Random(seed).choice(CONSTRAINTS)], varied=True)
    found = solve(one, seed=3)
    assert solve(one, seed=3, alike=False) == found
    assert solve(one, seed=3, split=False).levels == found.levels


def test_each_replica_is_the_best_that_its_host_can_hold() -> None:
    large, small = solve(detector()).placements
    assert large == {0: 1}
    assert sum(small.values()) == 1


def test_as_many_as_there_are_to_be_whatever_they_are() -> None:
    solution = solve(detector())
    more = replace(solution, placements=({0: 1}, {1: 1, 2: 1}))
    fewer = replace(solution, placements=({0: 1}, {}))
    assert {v.rule for v in verify(detector(), more)} >= {"replicas"}
    assert {v.rule for v in verify(detector(), fewer)} >= {"replicas"}


def test_hard_best_is_of_the_best_alone() -> None:
    one = replace(detector(), constraints=(replace(STEP, weight=None),))
    assert solve(one).admitted == (False,)


def test_spread_counts_all_of_them() -> None:
    wide = replace(BOTH, minimum=3, maximum=3)
    large, small = (replace(w, maximum=3, variants=wide) for w in (LARGE, SMALL))
    found = solve(detector(Spread("even", (0, 1), "host", 0), large=large, small=small)).placements
    assert found == ({0: 1}, {1: 1, 2: 1})


def test_kept_replica_may_become_another_variant_but_goes_nowhere() -> None:
    small = replace(SMALL, current={0: 1, 2: 1})
    found = solve(detector(Keep("data", (0, 1)), small=small)).placements
    assert found == ({0: 1}, {2: 1})


def test_what_runs_keeps_its_variant_where_moves_come_first() -> None:
    one = detector(small=replace(SMALL, current={0: 1, 2: 1}))
    assert solve(replace(one, objectives=(Placed(), Moves(), Preferences()))).placements == ({}, {0: 1, 2: 1})
    assert solve(one).placements == ({0: 1}, {2: 1})


def test_lost_replica_starts_again_as_another_variant() -> None:
    one = detector(Survive("any", (0, 1), ((0,), (1,), (2,))))
    solution = solve(one)
    assert solution.admitted == (True,)
    after = solution.contingencies[0,].placements
    assert sum(after[1].values()) == 2
    assert verify(one, solution) == ()


def test_fewer_replicas_of_all_variants_together_would_fit() -> None:
    many = replace(BOTH, minimum=9, maximum=9)
    one = detector(
        large=replace(LARGE, maximum=9, variants=many), small=replace(SMALL, maximum=9, variants=many)
    )
    found = repairs(one, solve(one), 0)
    fewer = next(r for r in found if r.changes[0].remedy is Remedy.FEWER)
    assert fewer.changes[0].amount == 6
    assert solve(altered(one, fewer)).admitted == (True,)


def test_change_of_variant_in_place_is_ordered_safely() -> None:
    """The better one starts beside the other where both fit for a while, and after it where they do not."""
    tight = replace(detector(), hosts=(replace(HOSTS[0], capacity={"memory": 2}), *HOSTS[1:]))
    for made, first in ((detector(), Act.START), (tight, Act.STOP)):
        move = Move(Copy(0, 1, SMALL.demand), Copy(0, 0, LARGE.demand))
        after = ({0: 1}, {1: 1})
        ordered = order(made, after, [move], {})
        assert ordered.steps[0].act is first
        assert list(replay(made, after, [move], ordered.steps)) == []


@pytest.mark.parametrize("seed", range(30))
def test_steps_between_placements_of_variants_are_safe(seed: int) -> None:
    r = Random(seed)
    made = problem(8400 + seed, [r.choice(CONSTRAINTS)], varied=True)
    before, after = (r.choice(list(islice(oracle.placements(made), 300)))[0] for _ in range(2))
    made = replace(
        made,
        workloads=tuple(replace(w, current=now) for w, now in zip(made.workloads, before, strict=True)),
    )
    gone = [
        (h, w) for w in (0, 1) for h, n in before[w].items() for _ in range(n - min(n, after[w].get(h, 0)))
    ]
    come = [
        (h, w) for w in (0, 1) for h, n in after[w].items() for _ in range(n - min(n, before[w].get(h, 0)))
    ]
    demand = [w.demand for w in made.workloads]
    moves = [
        Move(Copy(a, v, demand[v]), Copy(b, w, demand[w])) for (a, v), (b, w) in zip(gone, come, strict=False)
    ]
    moves += [Move(Copy(a, v, demand[v]), None) for a, v in gone[len(come) :]]
    moves += [Move(None, Copy(b, w, demand[w])) for b, w in come[len(gone) :]]
    settled = (after[0], after[1], *before[2:])
    if moves and oracle.fits(made, settled):
        ordered = order(made, settled, moves, {})
        assert list(replay(made, settled, moves, ordered.steps)) == []
        assert list(replay(made, settled, moves, allowed(ordered, r))) == []


WRONG = {
    "minimum 3 of variants is above maximum 2": replace(BOTH, minimum=3),
    "variants name a workload twice": Variants((0, 0, 1), 2, 2),
    "there is no 7": Variants((0, 7), 2, 2),
    "is none of its own variants": Variants((1,), 2, 2),
    "count otherwise": Variants((0, 1), 1, 2),
    "minimum of variants is -1": replace(BOTH, minimum=-1),
}


@pytest.mark.parametrize("fault", WRONG)
def test_variants_that_are_none_are_refused(fault: str) -> None:
    with pytest.raises(InvalidProblem, match=fault):
        solve(detector(large=replace(LARGE, variants=WRONG[fault])))


def test_variant_has_no_minimum_of_its_own() -> None:
    with pytest.raises(InvalidProblem, match="has a minimum of its own"):
        solve(detector(large=replace(LARGE, minimum=1)))


def test_guarantee_and_spread_name_all_variants() -> None:
    with pytest.raises(InvalidProblem, match="without all of its variants"):
        solve(detector(Survive("any", (0,), ((0,),))))
    third = Workload("other", 0, {}, ALL)
    one = detector(Spread("even", (0, 2), "host"))
    with pytest.raises(InvalidProblem, match="not variants of one thing"):
        solve(replace(one, workloads=(*one.workloads, third)))


@pytest.mark.parametrize("seed", range(60))
def test_no_bound_is_above_the_best_there_is(seed: int) -> None:
    one = problem(seed + 4000, soft=True, varied=True, sharing=seed % 3 == 0, timed=seed % 4 == 0)
    best = oracle.best(one)
    for level, least in zip(solve(one, budget=0).levels, best, strict=True):
        assert level.bound <= least
        if level.value != least:
            break  # what comes after is bounded for this placement, not for the best


@pytest.mark.parametrize(
    "objective", [Vacate(), Cost(), Power(), Pack(), Latency()], ids=lambda one: one.keyword
)
def test_bounds_count_variants_together(objective: Vacate | Cost | Power | Pack | Latency) -> None:
    hosts = tuple(
        Host(
            f"h{n}",
            {"memory": 4},
            {"site": f"s{n}"},
            GPU if n < 2 else (),
            cost=n + 1,
            power=9 - n,
            vacate=n > 1,
        )
        for n in range(3)
    )
    three = Variants((0, 1), 3, 3)
    workloads = (
        replace(LARGE, demand={"memory": 3}, candidates=(1, 2), maximum=3, variants=three),
        replace(SMALL, candidates=(1, 2), maximum=3, variants=three),
        Workload("store", 0, {}, (0,)),
    )
    near = {"s1": {"s0": 5}, "s2": {"s0": 10}}
    link = Link("link", (0, 1), (2,), "site", near)
    one = Problem(hosts, (Group("g"),), workloads, (link,), (Placed(), objective))
    (found,) = [level for level in solve(one, budget=0).levels if level.name == objective.keyword]
    (best,) = oracle.best(one)[-1:]
    assert found.bound == BOUND[objective.keyword]
    assert found.bound <= best


BOUND = {"vacate": 1, "cost": 5, "power": 15, "pack": 2, "latency": 15}
"""Two replicas at most fit on a host, of whatever variant, so that two hosts are needed for three."""
