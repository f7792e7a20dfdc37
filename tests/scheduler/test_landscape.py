"""Annealing of soft costs: exact changes, rules that hold, the optimum of small ones, the same again."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import Host, Problem, Toll, Workload, solve, verify
from placelang_scheduler.landscape import anneal, descend, kernel, layout
from placelang_scheduler.landscape.columns import LEAST, TOTAL, begin
from tests.scheduler.landscapes import landscape

if TYPE_CHECKING:
    from placelang_scheduler.landscape.columns import Columns, Course


def laid(problem: Problem) -> Columns:
    found = layout.lay(problem)
    assert found is not None
    return found.columns


@pytest.fixture(autouse=True)
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a compiler, which takes longer than all tests here."""
    for name, found in list(vars(kernel).items()):
        if hasattr(found, "py_func"):
            monkeypatch.setattr(kernel, name, found.py_func)
    monkeypatch.setattr(anneal, "FAST", False)
    monkeypatch.setattr(descend, "HANDY", 0)
    monkeypatch.setattr(descend, "PACE", 2_000_000)


def same(one: Course, other: Course) -> None:
    for name in ("at", "free", "level", "cost", "standing", "counts", "used", "moved", "sets_with"):
        assert (getattr(one, name) == getattr(other, name)).all(), name
    assert one.marks[:LEAST].tolist() == other.marks[:LEAST].tolist()


@pytest.mark.parametrize("seed", range(6))
def test_what_moves_change_is_what_there_would_be_without_them(seed: int) -> None:
    c = laid(landscape(seed, 6, 30))
    s, r = begin(c, c.home), Random(seed)
    made = 0
    for _ in range(1500):
        item, other, host = r.randrange(30), r.randrange(30), r.randrange(6)
        most = r.choice((0.0, 50.0, 1e9))
        if host == s.at[item]:
            continue
        if r.random() < 0.5:
            made += kernel.try_shift(c, s, item, host, most)
        elif s.at[item] != s.at[other] and host != s.at[other]:
            made += kernel.try_two(c, s, item, other, host, most)
    same(s, begin(c, s.at))
    assert made > 20
    assert (s.free >= 0).all()
    assert sorted(s.slots[slot] for slot in s.slot) == list(range(30))


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_is_no_worse_than_what_runs_and_passes_the_checks(seed: int) -> None:
    one = landscape(seed, 10, 60)
    (home, *_) = (begin(c, c.home) for c in (laid(one),))
    solution = solve(one, budget=0.2)
    assert solution.engine == descend.ENGINE
    assert verify(one, solution) == ()
    assert solution.levels[-1].bound <= solution.levels[-1].value < home.marks[TOTAL]
    assert solution == solve(one, budget=0.2)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_a_small_one_comes_to_what_the_solver_proves(
    seed: int, tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = landscape(seed, 3, 8, tied=tied)
    found = solve(one, budget=0.3)
    monkeypatch.setattr(descend, "HANDY", 10**9)
    proved = solve(one, budget=30.0)
    assert proved.engine == ""
    assert proved.levels[-1].proved
    assert found.levels[-1].value >= proved.levels[-1].value
    assert tied or found.levels[-1].value == proved.levels[-1].value


def test_it_starts_from_a_placement_where_not_all_runs() -> None:
    one = landscape(1, 8, 40, tied=False)
    idle = tuple(
        Workload(shape.id, 0, shape.demand, shape.candidates, move_cost=shape.move_cost)
        for shape in one.workloads
    )
    some = Problem(one.hosts, one.groups, idle, one.constraints, one.objectives)
    solution = solve(some, budget=0.2)
    assert solution.engine == descend.ENGINE
    assert solution.admitted == (True,)


def test_what_columns_cannot_say_goes_the_usual_way() -> None:
    one = landscape(1, 3, 5, tied=False)
    elastic = (Workload("more", 0, {"cpu": 1}, (0, 1), 0, 2), *one.workloads[1:])
    plain = Toll(one.objectives[1].hinges) if isinstance(one.objectives[1], Toll) else Toll()
    assert solve(Problem(one.hosts, one.groups, elastic, (), (one.objectives[0], plain))).engine == ""


def test_amounts_that_might_not_add_up_are_left_to_others() -> None:
    one = landscape(1, 3, 5, tied=False)
    huge = tuple(Host(host.id, {"cpu": 2**53}) for host in one.hosts)
    many = (Workload("many", 0, {"cpu": 2**50}, (0, 1, 2), 3000, 3000),)
    assert layout.lay(Problem(huge, one.groups, many, (), one.objectives[:1])) is None


def test_hinges_alone_are_a_landscape() -> None:
    one = landscape(2, 8, 40, tied=False)
    assert isinstance(one.objectives[1], Toll)
    plain = Problem(
        one.hosts, one.groups, one.workloads, (), (one.objectives[0], Toll(one.objectives[1].hinges))
    )
    solution = solve(plain, budget=0.2)
    assert solution.engine == descend.ENGINE
    assert verify(plain, solution) == ()
