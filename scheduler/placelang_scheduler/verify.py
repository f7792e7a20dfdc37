"""`verify`: whether a solution is one, by the own checks of every rule, constraint and objective, without a solver.

Enters any `Solution` of the shape of its problem; leaves what it breaks, nothing where it holds. Levels must have
the value that they claim and a bound that is no higher; what is left out must be listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler import partners
from placelang_scheduler.levels import goals_of
from placelang_scheduler.losses.replay import replay
from placelang_scheduler.parts import whole
from placelang_scheduler.placement import Settled, Violation
from placelang_scheduler.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Solution


def verify(problem: Problem, solution: Solution) -> tuple[Violation, ...]:
    """Everything that `solution` breaks."""
    misshapen = tuple(_shape(problem, solution))
    if misshapen:
        return misshapen
    placement = settled(solution)
    found = [violation for rule in RULES for violation in rule.check(problem, solution)]
    for constraint in problem.constraints:
        if constraint.weight is None and constraint.keyword != "survive":
            found.extend(constraint.violations(problem, placement))
    found.extend(partners.check(problem, placement, solution.pairs))
    found.extend(replay(problem, solution, placement))
    found.extend(_levels(problem, solution, placement))
    return tuple(found)


def settled(solution: Solution) -> Settled:
    """The placement of a solution, as constraints and objectives look at it."""
    admitted = frozenset(group for group, yes in enumerate(solution.admitted) if yes)
    return Settled(dict(enumerate(solution.placements)), admitted, solution.contingencies)


def _shape(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """A solution for another problem: nothing else can be checked of it."""
    if len(solution.placements) != len(problem.workloads) or len(solution.admitted) != len(problem.groups):
        yield Violation("shape")
        return
    for index, found in enumerate(solution.placements):
        for host in found:
            if not 0 <= host < len(problem.hosts):
                yield Violation("shape", workload=index, host=host)
    listed = [left.group for left in solution.left_out]
    absent = [group for group, yes in enumerate(solution.admitted) if not yes]
    for group in sorted(set(listed) ^ set(absent)):
        yield Violation("left out", group=group)


def _levels(problem: Problem, solution: Solution, placement: Settled) -> Iterator[Violation]:
    goals = goals_of(whole(problem))
    if [goal.name for goal in goals] != [level.name for level in solution.levels]:
        yield Violation("levels")
        return
    for goal, level in zip(goals, solution.levels, strict=True):
        wrong = abs(goal.value(placement) - level.value) + max(0, level.bound - level.value)
        if wrong:
            yield Violation("levels", wrong, value=level.name)
