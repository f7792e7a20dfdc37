"""`outright`: what of a problem is solved without a search.

Enters a problem; leaves a solution, and of each component whether it is the one that `solve` would find, whatever the
budget and whatever else there is: all of it placed, and every level at its bound before any of the budget is used. What
stands there for the other components is a placement, and no more; a group that arithmetic rules out is proved so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_scheduler.classes import classes
from placelang_scheduler.forms import digest_of
from placelang_scheduler.solution import LeftOut, Outcome, Proof
from placelang_scheduler.solve import assemble, checked
from placelang_scheduler.task import begin
from placelang_scheduler.validate import validate

if TYPE_CHECKING:
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Level, Solution


@dataclass(frozen=True, slots=True)
class Component:
    """The `groups` of a component, the `digest` of its form, None where it has none, how large it is, and the levels of
    each of its parts. `sure`: this is the answer."""

    groups: tuple[int, ...]
    digest: bytes | None
    size: int
    levels: tuple[tuple[Level, ...], ...]
    sure: bool


def outright(problem: Problem, seed: int = 0) -> tuple[Solution, tuple[Component, ...]]:
    """The solution and its components. Raises `InvalidProblem` for a problem that is none."""
    validate(problem)
    found = classes(problem, seed)
    begun = [begin(one.task) for one in found]
    made = assemble(found, [answer for answer, _ in begun])
    barred = {
        form.groups[group]
        for one, (answer, _) in zip(found, begun, strict=True)
        for _, form in one.members
        for group in answer.barred
    }
    left_out = tuple(
        LeftOut(group, Proof.PROVED if group in barred else Proof.NOT_PROVED, ())
        for group in range(len(problem.groups))
        if group not in made.admitted
    )
    outcome = Outcome.EXHAUSTED if left_out else Outcome.SOLVED
    components = []
    for one, (_, sure) in zip(found, begun, strict=True):
        digest = None if one.task.rows is None else digest_of(one.task.rows)
        for scope, _ in one.members:
            levels = tuple(made.parts[group] for group in scope.groups if group in made.parts)
            components.append(Component(scope.groups, digest, one.size, levels, sure and digest is not None))
    return checked(problem, made.solution(problem, outcome, left_out)), tuple(components)
