"""Pools: forced on small problems, their answers hold, and the best there is lies between these and their bounds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

import placelang_scheduler.pool
from placelang_scheduler import (
    CONSTRAINTS,
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    InvalidProblem,
    Placed,
    Problem,
    Spread,
    Workload,
    session,
    solve,
    verify,
)
from placelang_scheduler.budget import Budget
from placelang_scheduler.levels import goals_of
from placelang_scheduler.parts import whole
from placelang_scheduler.placement import Settled
from placelang_scheduler.pool.columns import columns
from placelang_scheduler.pool.engine import solve_pool, styles
from placelang_scheduler.pool.passes import run_pass
from tests.bench.planted import planted
from tests.scheduler import oracle
from tests.scheduler.problems import problem


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every component is a pool that can be one."""
    monkeypatch.setattr(placelang_scheduler.pool, "POOL", 0)


def some(seed: int) -> Problem:
    r = Random(seed)
    kinds = r.choices(CONSTRAINTS, k=r.choice((0, 1, 1, 2, 2)))
    varied, timed, soft = (r.random() < share for share in (0.3, 0.2, 0.4))
    return problem(seed, kinds, soft=soft, varied=varied, timed=timed)


@pytest.mark.usefixtures("pooled")
@pytest.mark.parametrize("seed", [*range(100), 161])
def test_a_pool_agrees_with_the_oracle(seed: int) -> None:
    one = some(seed)
    solution = solve(one)
    assert verify(one, solution) == ()
    best = oracle.best(one)
    found = tuple(level.value for level in solution.levels)
    assert found >= best
    for at, level in enumerate(solution.levels):
        if found[:at] == best[:at]:
            assert level.bound <= best[at]


@pytest.mark.parametrize("seed", range(3))
def test_a_pool_is_repaired_until_all_is_placed_or_never_worse_than_one_by_one(seed: int) -> None:
    one = planted(40, 300, seed)
    made = columns(whole(one))
    every = frozenset(range(len(one.groups)))
    *_, by_kubernetes = styles(made)
    baseline = run_pass(made, by_kubernetes, every)
    goals = goals_of(whole(one))
    solved, levels, barred = solve_pool(whole(one), Budget(0.5, 0))
    assert not barred
    assert [value for _, value, _ in levels] <= [goal.value(baseline) for goal in goals]
    for constraint in one.constraints:
        assert not list(constraint.violations(one, solved))


@pytest.mark.parametrize("seed", range(10))
def test_a_session_holds_whatever_comes_and_goes(seed: int) -> None:
    r = Random(seed)
    one = planted(20, 150, seed)
    now = session(one)
    for _ in range(60):
        workload = r.randrange(len(one.workloads))
        kind = r.random()
        if kind < 0.7:
            now.arrive(workload, r.choice((1, 1, 5, 50)))
        elif kind < 0.95 and now.on(workload) and not any(workload in c.names() for c in one.constraints):
            now.depart(workload, r.choice(list(now.on(workload))))
        elif kind >= 0.98:
            now.lose(r.randrange(len(one.hosts)))
    found = Settled({index: now.on(index) for index in range(len(one.workloads))}, frozenset())
    for constraint in one.constraints:
        if not isinstance(constraint, Spread):  # what goes may leave others above the least used
            assert not list(constraint.violations(one, found))
    for host, shape in enumerate(one.hosts):
        for name, have in shape.capacity.items():
            used = sum(w.demand[name] * found.on(index).get(host, 0) for index, w in enumerate(one.workloads))
            assert used <= have


def test_after_a_loss_nobody_else_moves_where_there_is_room() -> None:
    one = planted(40, 200, 3, full=0.6)
    now = session(one)
    for index, workload in enumerate(one.workloads):
        now.arrive(index, workload.maximum)
    before = {index: now.on(index) for index in range(len(one.workloads))}
    changes = now.lose(7)
    for index, change in changes.items():
        fewer = {host: count for host, count in change.items() if count < 0}
        assert fewer == {7: -before[index][7]}
    assert all(7 not in now.on(index) for index in range(len(one.workloads)))


def test_a_session_says_what_it_does_not_know() -> None:
    drawing = Problem(
        (Host("a", {"memory": 8}, {}, (DeviceClass("gpu0", "gpu", 1, lends=8, draws="memory"),)),),
        (Group("g"),),
        (Workload("w", 0, {}, (0,), devices=(DeviceDemand("gpu", 1, share=4),)),),
    )
    with pytest.raises(InvalidProblem, match="draw on a resource"):
        session(drawing)
    plain = DeviceClass("plain", "gpu", 10**9)
    many = replace(drawing, hosts=(Host("a", {}, {}, (plain, DeviceClass("gpu0", "gpu", 1, lends=8))),))
    with pytest.raises(InvalidProblem, match="512 devices"):
        session(many)


def _equal(hosts: int, *replicas: int, candidates: tuple[int, ...] | None = None) -> Problem:
    on = tuple(range(hosts)) if candidates is None else candidates
    return Problem(
        tuple(Host(f"h{number}", {"memory": 10}) for number in range(hosts)),
        tuple(Group(f"g{number}") for number in range(len(replicas))),
        tuple(
            Workload(f"w{number}", number, {"memory": 3}, on, 0, most) for number, most in enumerate(replicas)
        ),
        (),
        (Placed(),),
    )


@pytest.mark.usefixtures("pooled")
@pytest.mark.parametrize(
    ("problem_", "left"),
    [
        pytest.param(_equal(50, 100, 50), 0, id="all equal and all full"),
        pytest.param(_equal(50, 450), 300, id="300 %"),
        pytest.param(_equal(50, 3, 9, candidates=(7,)), 9, id="one host for all"),
        pytest.param(_equal(2000, 2000), 0, id="a replica for each host"),
        pytest.param(_equal(2000, 100_000), 94_000, id="far more of one workload than there is room for"),
        pytest.param(_equal(5, 5, candidates=()), 5, id="no candidates"),
    ],
)
def test_a_pool_that_nobody_should_have_is_answered_and_its_gap_is_stated(
    problem_: Problem, left: int
) -> None:
    solution = solve(problem_, budget=2, reasons=False)
    assert solution.levels[-1].value == left
    assert solution.levels[-1].bound == left


@pytest.mark.usefixtures("pooled")
def test_a_pool_is_solved_the_same_again() -> None:
    one = planted(30, 300, 5)
    assert solve(one, budget=1).placements == solve(one, budget=1).placements
