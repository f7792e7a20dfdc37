"""`descend`: a solution of a problem whose costs are a landscape, by annealing.

Enters a valid problem; leaves a solution, or None where this is no way for it: where nothing costs a toll, where the
whole of it can be given to the solver at once, or where columns cannot say all of it (see `lay`). It starts from what
runs, or where that is not all or breaks something, from what the other ways make of the problem without the toll.

The cost that moves added up to is held against the cost of the placement that they led to.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.landscape.anneal import Descent, anneal
from placelang_scheduler.landscape.columns import (
    AT_LEAST,
    AT_MOST,
    SAME,
    SERVED,
    Columns,
    Course,
    Indices,
    begin,
)
from placelang_scheduler.landscape.jit import FAST
from placelang_scheduler.landscape.layout import Layout, lay
from placelang_scheduler.levels import goals_of
from placelang_scheduler.objectives import Placed, Toll
from placelang_scheduler.objectives.toll import Tolled
from placelang_scheduler.parts import whole
from placelang_scheduler.placement import Settled
from placelang_scheduler.solution import Level, Outcome, Solution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.problem import Problem

ENGINE = "annealing, compiled" if FAST else "annealing in batches"
HANDY = 2_000
"""Pairs of workload and host up to which the solver sees the whole."""
PACE = 120_000_000 if FAST else 5_000_000
_PLAIN, _MANY = 8, 3_000
"""Rows that a unit of the budget goes through, those that a move takes beside its own, and items that slow memory."""

Start = tuple["Mapping[int, int]", ...]


def descend(problem: Problem, budget: Budget, before: Callable[[Problem], Start | None]) -> Solution | None:
    """The solution; `before` places a problem without a toll, if it can place all of it."""
    pairs = sum(len(shape.candidates) for shape in problem.workloads)
    if pairs <= HANDY or not all(isinstance(one, Placed | Toll) for one in problem.objectives):
        return None
    if not any(isinstance(one, Toll) for one in problem.objectives):
        return None
    layout = lay(problem)
    if layout is None:
        return None
    at = layout.columns.home
    if not _sound(layout.columns, at):
        found = before(replace(problem, objectives=(Placed(),)))
        if found is None:
            return None
        at = layout.items(found)
    rows = _PLAIN + layout.columns.need.shape[1] + layout.columns.pull.shape[1]
    pace = PACE / rows / (1 + len(at) / _MANY)
    iterations = int(min(budget.units * pace, 1e15))
    total, at = anneal(layout.columns, at, Descent(iterations, budget.seed, 0, _ended(budget)))
    return _answer(layout, at, total, budget)


def _sound(columns: Columns, at: Indices) -> bool:
    """Whether all items stand, and break nothing."""
    if len(at) == 0 or at.min() < 0 or not columns.allowed[columns.kind, at].all():
        return False
    course = begin(columns, at)
    if (course.free < 0).any():
        return False
    rules = range(len(columns.rule_kind))
    owner = np.repeat(np.arange(len(columns.tally_key)), np.diff(columns.rule_first))
    return all(_holds(columns, course, int(owner[rule]), rule) for rule in rules)


def _holds(columns: Columns, course: Course, tally: int, rule: int) -> bool:
    own = course.counts[columns.base[tally] : columns.base[tally + 1]]
    match columns.rule_kind[rule]:
        case kind if kind == AT_MOST:
            return bool((own <= columns.rule_number[rule]).all())
        case kind if kind == AT_LEAST:
            return bool(course.used[tally] >= columns.rule_number[rule])
        case kind if kind == SERVED:
            return True
    at = columns.rule_other[rule]
    other = course.counts[columns.base[at] : columns.base[at + 1]]
    wrong = (own > 0) & ((other == 0) if columns.rule_kind[rule] == SAME else (other > 0))
    return not wrong.any()


def _ended(budget: Budget) -> Callable[[], bool]:
    def ended() -> bool:
        if budget.deadline is not None and monotonic() > budget.deadline:
            budget.timed_out = True
        return budget.timed_out or budget.stopped

    return ended


def _answer(layout: Layout, at: Indices, total: int, budget: Budget) -> Solution:
    problem = layout.problem
    counts = layout.counts(at)
    groups = frozenset(range(len(problem.groups)))
    placement = Settled(counts, groups)
    sure: dict[int | tuple[int, ...], int] = {
        index: shape.minimum for index, shape in enumerate(problem.workloads)
    }
    levels = []
    for goal in goals_of(whole(problem)):
        value = goal.value(placement)
        bound = value
        if isinstance(goal, Tolled):
            bound = min(value, goal.least(sure))
            if value != total:
                raise AssertionError(f"moves add up to {total}, and the placement costs {value}")
        levels.append(Level(goal.name, value, bound))
    return Solution(
        Outcome.INTERRUPTED if budget.stopped else Outcome.SOLVED,
        tuple(counts[index] for index in range(len(problem.workloads))),
        {},
        (True,) * len(problem.groups),
        (),
        tuple(levels),
        budget.timed_out,
        parts={0: tuple(levels)},
        engine=ENGINE,
    )
