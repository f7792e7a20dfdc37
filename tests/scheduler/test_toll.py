"""What use and moves cost: against an oracle that tries every placement, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    AtLeast,
    Group,
    Hinge,
    Host,
    InvalidProblem,
    Moves,
    Objective,
    Placed,
    Problem,
    Toll,
    Workload,
    solve,
    verify,
)
from tests.scheduler import oracle
from tests.scheduler.problems import problem


def hinge(r: Random, hosts: int) -> Hinge:
    """A safe level, or a resource in proportion to another."""
    use = r.choice(
        ((("cpu", 1),), (("memory", 1),), (("cpu", 1024), ("memory", -1)), (("cpu", -2), ("memory", 3)))
    )
    scale = 1 if use == (("cpu", 1),) else 1024
    return (
        Hinge(r.randint(0, 5), use, tuple(r.choice((None, *range(-3, 5))) for _ in range(hosts)))
        if scale == 1
        else (Hinge(r.randint(0, 5), use, tuple(scale * r.randint(-3, 5) for _ in range(hosts))))
    )


def landscape(seed: int) -> Problem:
    r = Random(seed)
    one = problem(seed, r.choices(CONSTRAINTS, k=r.choice((0, 0, 1, 2))), soft=r.random() < 0.3)
    hosts = range(len(one.hosts))
    shuffled = r.sample(range(len(one.workloads)), len(one.workloads))
    ways: tuple[tuple[int, ...], ...] = ()
    if r.random() < 0.5:
        ways = tuple(tuple(r.randint(0, 9) for _ in hosts) for _ in hosts)
        one = replace(one, workloads=tuple(single(r, shape, len(hosts)) for shape in one.workloads))
    toll = Toll(
        tuple(hinge(r, len(hosts)) for _ in range(r.choice((0, 1, 2)))),
        r.choice((0, 1, 100)),
        ways,
        r.choice(((), ((shuffled[0],), tuple(shuffled[1:])))),
        r.choice((0, 1, 50)),
    )
    return replace(
        one, objectives=r.choice(((Placed(), toll), (Placed(), toll, Moves()), (Placed(), Moves(), toll)))
    )


def single(r: Random, shape: Workload, hosts: int) -> Workload:
    current = {r.randrange(hosts): 1} if r.random() < 0.7 else {}
    return replace(shape, minimum=min(1, shape.minimum), maximum=1, current=current)


@pytest.mark.parametrize("seed", range(150))
def test_what_it_costs_is_the_least_there_is(seed: int) -> None:
    one = landscape(seed)
    solution = solve(one, seed=3)
    assert tuple(level.value for level in solution.levels) == oracle.best(one)
    assert all(level.proved for level in solution.levels)


@pytest.mark.parametrize("seed", range(40))
def test_workloads_of_one_group_stand_on_so_many_values_together(seed: int) -> None:
    one = problem(seed)
    workloads = tuple(replace(shape, group=0) for shape in one.workloads)
    rule = AtLeast("together", tuple(range(len(workloads))), "zone", Random(seed).choice((2, 3)))
    one = replace(one, groups=(Group("all"),), workloads=workloads, constraints=(rule,))
    assert tuple(level.value for level in solve(one, seed=3).levels) == oracle.best(one)


HOSTS = (Host("a", {"cpu": 8}), Host("b", {"cpu": 8}))
APP = Workload("app", 0, {"cpu": 2}, (0, 1), 3, 3, current={0: 3})


def posed(toll: Objective, workload: Workload = APP) -> Problem:
    return Problem(HOSTS, (Group("g"),), (workload,), (), (Placed(), toll))


def test_a_unit_above_the_edge_is_paid_where_moving_costs_more() -> None:
    solution = solve(posed(Toll((Hinge(5, (("cpu", 1),), (4, 4)),), moves=9)))
    assert solution.placements == ({0: 2, 1: 1},)
    assert solution.levels[-1].value == 9
    solution = solve(posed(Toll((Hinge(5, (("cpu", 1),), (4, 4)),), moves=11)))
    assert solution.placements == ({0: 3},)
    assert solution.levels[-1].value == 10


def test_a_host_on_which_nothing_may_stand_costs_what_it_is_below_its_edge() -> None:
    one = posed(Toll((Hinge(1, (("cpu", 1),), (9, -7)),)), replace(APP, candidates=(0,)))
    solution = solve(one)
    assert solution.levels[-1].value == 7
    assert verify(one, solution) == ()


@pytest.mark.parametrize(
    ("toll", "fault"),
    [
        (Toll((Hinge(1, (("cpu", 1),), (4,)),)), "a hinge has not one edge a host"),
        (Toll(ways=((0, 1),)), "ways are not from each host to each"),
        (Toll(sets=((0,), (0,)), most=1), "or a workload twice"),
        (Toll(sets=((7,),), most=1), "sets name what is not there"),
        (Toll(moves=-1), "costs less than nothing"),
        (Toll(ways=((0, 1), (1, 0))), "ways are of workloads of one replica"),
        (Toll((Hinge(2**50, (("cpu", 2**50),), (4, 4)),)), "may add up to more"),
    ],
)
def test_what_is_no_toll_is_refused(toll: Toll, fault: str) -> None:
    with pytest.raises(InvalidProblem, match=fault):
        solve(posed(toll))
