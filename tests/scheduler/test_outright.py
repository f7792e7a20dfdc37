"""What is sure without a search is what a search would find, and what is short can be told without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placelang_scheduler import (
    Group,
    Host,
    InvalidProblem,
    Problem,
    Proof,
    Workload,
    lacking,
    outright,
    solve,
)
from placelang_scheduler.classes import classes
from placelang_scheduler.forms import digest_of
from tests.scheduler.test_classes import repeated


@pytest.mark.parametrize("seed", range(20))
def test_a_component_that_is_sure_is_solved_so_whatever_the_budget(seed: int) -> None:
    problem = repeated(seed)
    found, components = outright(problem, seed)
    assert sorted(group for one in components for group in one.groups) == list(range(len(problem.groups)))
    sure = {group for one in components if one.sure for group in one.groups}
    for budget in (0.0, 2.0):
        expected = solve(problem, seed=seed, budget=budget)
        for index, workload in enumerate(problem.workloads):
            if workload.group in sure:
                assert found.placements[index] == expected.placements[index]
        assert all(expected.admitted[group] for group in sure)


def test_some_of_these_components_are_sure() -> None:
    every = [one.sure for seed in range(20) for one in outright(repeated(seed))[1]]
    assert 5 < sum(every) < len(every)


@pytest.mark.parametrize("seed", range(20))
def test_components_have_one_digest_if_they_are_of_one_form(seed: int) -> None:
    problem = repeated(seed)
    known = [one.task.rows for one in classes(problem, seed) if one.task.rows is not None]
    assert len({digest_of(rows) for rows in known}) == len(known)
    digests = {one.digest for one in outright(problem, seed)[1]} - {None}
    assert digests == {digest_of(rows) for rows in known}


@pytest.mark.parametrize("seed", range(8))
def test_what_is_solved_elsewhere_shares_the_budget(seed: int) -> None:
    """A part of a problem is solved as it is beside the others, where these are sure."""
    problem = repeated(seed)
    found, components = outright(problem, seed)
    elsewhere = {one.digest: one.size for one in components if one.sure and one.digest is not None}
    expected = solve(problem, seed=seed, budget=1.0)
    assert solve(problem, seed=seed, budget=1.0, beside=elsewhere) == expected
    assert found.admitted == expected.admitted or not all(one.sure for one in components)


def test_a_problem_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidProblem):
        outright(Problem((), (), (Workload("w", 0, {}, ()),)))


def test_a_group_that_arithmetic_rules_out_is_proved_to_be() -> None:
    problem = Problem((Host("h", {"memory": 4}),), (Group("g"),), (Workload("w", 0, {"memory": 5}, (0,)),))
    found, (component,) = outright(problem)
    assert [left.proof for left in found.left_out] == [Proof.PROVED]
    assert not component.sure


def test_what_is_short_is_what_the_others_leave_too_little_of() -> None:
    hosts = (Host("a", {"memory": 8, "cpu": 8}), Host("b", {"memory": 6, "cpu": 1}))
    groups = (Group("high", 9), Group("low"))
    workloads = (
        Workload("high", 0, {"memory": 6, "cpu": 1}, (0,)),
        Workload("low", 1, {"memory": 4, "cpu": 2}, (0, 1)),
    )
    problem = Problem(hosts, groups, workloads)
    assert lacking(problem, ({0: 1}, {}), (0,), (1,)) == {1: frozenset({"memory"})}
    hopeless = replace(problem, workloads=(workloads[0], replace(workloads[1], demand={"memory": 9})))
    assert lacking(hopeless, ({0: 1}, {}), (0,), (1,)) == {1: frozenset()}
