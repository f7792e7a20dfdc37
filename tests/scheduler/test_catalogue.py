"""Every constraint, hard and soft, alone and beside every other, against the oracle; and every constraint's own check
against placements that were tampered with."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from random import Random
from typing import TYPE_CHECKING

import pytest

from placelang_scheduler import CONSTRAINTS, Survive, solve
from placelang_scheduler.placement import Settled
from tests.scheduler import oracle
from tests.scheduler.problems import EXAMPLES, problem

if TYPE_CHECKING:
    from placelang_scheduler import Problem

SHAPE = (
    "subjects",
    "names",
    "ties",
    "divide",
    "faults",
    "limit",
    "least",
    "violations",
    "post",
    "penalise",
    "marginal",
)

for kind in CONSTRAINTS:
    if kind not in EXAMPLES:
        raise AssertionError(f"{kind.__name__} has no example: add one to tests/scheduler/problems.py")
    lacking = [name for name in SHAPE if not callable(getattr(kind, name, None))]
    if lacking or not {"id", "weight", "keyword"} <= set(kind.__dataclass_fields__):
        raise AssertionError(
            f"{kind.__name__} lacks {lacking or 'a field'}: a constraint is both hard and soft"
        )

FORMS = pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
KINDS = pytest.mark.parametrize("kind", CONSTRAINTS, ids=lambda kind: kind.__name__)
PAIRS = pytest.mark.parametrize(
    "kinds",
    list(combinations_with_replacement(CONSTRAINTS, 2)),
    ids=lambda kinds: "-".join(k.__name__ for k in kinds),
)


def agree(one: Problem) -> None:
    solution = solve(one, seed=3)
    assert tuple(level.value for level in solution.levels) == oracle.best(one)
    assert all(level.proved for level in solution.levels)


@FORMS
@KINDS
@pytest.mark.parametrize("seed", range(12))
def test_levels_are_the_best_there_are(kind: type, soft: bool, seed: int) -> None:
    agree(problem(1000 + seed, [kind], soft=soft))


@FORMS
@PAIRS
@pytest.mark.parametrize("seed", range(3))
def test_levels_are_the_best_there_are_in_pairs(kinds: tuple[type, type], soft: bool, seed: int) -> None:
    agree(problem(2000 + seed, kinds, soft=soft))


@pytest.mark.parametrize("seed", range(60))
def test_levels_are_the_best_there_are_with_hard_and_soft_mixed(seed: int) -> None:
    r = Random(seed)
    made = problem(3000 + seed, r.choices(list(EXAMPLES), k=3), soft=True)
    mixed = [replace(one, weight=r.choice((None, one.weight))) for one in made.constraints]
    agree(replace(made, constraints=tuple(mixed)))


@FORMS
@pytest.mark.parametrize(
    "kind", [kind for kind in CONSTRAINTS if kind is not Survive], ids=lambda k: k.__name__
)
def test_own_check_counts_what_the_language_prices(kind: type, soft: bool) -> None:
    objected = 0
    for seed in range(40):
        one = problem(4000 + seed, [kind], soft=soft)
        for placement in tampered(one, seed):
            counts = tuple(placement.on(index) for index in range(len(one.workloads)))
            due = oracle.cost(one, one.constraints[0], counts, placement.admitted)
            found = list(one.constraints[0].violations(one, placement))
            assert sum(violation.amount for violation in found) == due
            assert all(violation.amount > 0 and violation.constraint == "c0" for violation in found)
            objected += due > 0
    assert objected > 20, "too few of the placements broke the constraint for this to mean anything"


def tampered(one: Problem, seed: int) -> list[Settled]:
    """The solution, and twelve placements made from it by moving, adding and taking replicas, wherever that leads."""
    r = Random(seed)
    solution = solve(one, budget=0)
    counts = [dict(found) for found in solution.placements]
    admitted = frozenset(range(len(one.groups)))
    found = [Settled(dict(enumerate(map(dict, counts))), admitted)]
    for _ in range(12):
        index, host = r.randrange(len(counts)), r.randrange(len(one.hosts))
        counts[index][host] = counts[index].get(host, 0) + 1
        if r.random() < 0.6:
            other = r.choice(sorted(counts[index]))
            counts[index][other] -= 1
        counts[index] = {at: count for at, count in counts[index].items() if count}
        found.append(Settled(dict(enumerate(map(dict, counts))), admitted))
    return found
