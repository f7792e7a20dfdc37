"""Workloads that keep hours, against the oracle; thousands more by

python -m tests.scheduler.test_hours 5000
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import (
    CONSTRAINTS,
    Group,
    Host,
    InvalidProblem,
    Placed,
    Problem,
    Workload,
    solve,
    verify,
)
from placelang_scheduler.hours import Hours, peak, together
from tests.scheduler import oracle
from tests.scheduler.problems import problem

if TYPE_CHECKING:
    from collections.abc import Sequence


def keeping(*hours: Hours, need: int = 6, room: int = 10) -> Problem:
    """One host, and one workload for each of `hours`."""
    workloads = tuple(Workload(f"w{n}", n, {"cpu": need}, (0,), hours=kept) for n, kept in enumerate(hours))
    groups = tuple(Group(f"g{n}") for n in range(len(hours)))
    return Problem((Host("h", {"cpu": room}),), groups, workloads, (), (Placed(),))


def placed(one: Problem) -> int:
    solution = solve(one)
    assert verify(one, solution) == ()
    return sum(solution.admitted)


def test_those_that_are_never_up_together_share_a_host() -> None:
    assert placed(keeping(((0, 4),), ((4, 8),), ((8, 9),))) == 3


def test_those_that_are_up_together_at_some_moment_do_not() -> None:
    assert placed(keeping(((0, 5),), ((4, 8),))) == 1
    assert placed(keeping(((0, 4),), None)) == 1


def test_two_may_share_with_each_of_which_a_third_may_not() -> None:
    assert placed(keeping(((0, 4), (8, 9)), ((4, 8),), ((8, 9),))) == 2


def test_only_the_largest_sets_are_looked_at() -> None:
    one = keeping(((0, 6),), ((2, 4),), ((3, 8),), None)
    assert together(one, range(4)) == ((0, 1, 2, 3),)
    assert together(one, (1, 3)) == ((1, 3),)
    assert peak(one, {0: 5, 1: 7, 3: 1}) == 13
    assert together(keeping(((0, 4),), ((4, 8),)), ()) == ((),)


def test_too_much_at_one_time_is_found_by_the_check() -> None:
    one = keeping(((0, 4),), ((4, 8),))
    both = solve(one)
    moved = replace(one.workloads[1], hours=((3, 8),))
    (violation,) = verify(replace(one, workloads=(one.workloads[0], moved)), both)
    assert (violation.rule, violation.amount, violation.host) == ("capacity", 2, 0)


@pytest.mark.parametrize("hours", [(), ((4, 4),), ((4, 2),), ((0, 4), (3, 5)), ((0,),), (("a", "b"),)])
def test_hours_that_are_none_are_refused(hours: Hours) -> None:
    with pytest.raises(InvalidProblem, match="hours"):
        solve(keeping(hours))


def agree(seed: int, kinds: Sequence[type], *, soft: bool) -> None:
    one = problem(seed, kinds, soft=soft, timed=True, sharing=seed % 3 == 0)
    solution = solve(one, seed=3)
    assert verify(one, solution) == ()
    assert tuple(level.value for level in solution.levels) == oracle.best(one), seed
    assert all(level.proved for level in solution.levels)


@pytest.mark.parametrize("seed", range(80))
def test_levels_are_the_best_there_are(seed: int) -> None:
    r = Random(seed)
    agree(6000 + seed, r.choices(CONSTRAINTS, k=r.randint(0, 2)), soft=r.random() < 0.5)


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        chooser = Random(-number)
        agree(10_000 + number, chooser.choices(CONSTRAINTS, k=2), soft=chooser.random() < 0.5)
    print(f"{sys.argv[1]} problems agree")  # noqa: T201 - a command
