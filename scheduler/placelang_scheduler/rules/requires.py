"""`requires`: a group is admitted only beside all groups that it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Solution

KEYWORD = "requires"


def post(model: Model, part: Part) -> None:
    """One row for each requirement."""
    for group in part.groups:
        for other in part.problem.groups[group].requires:
            model.row([(model.admitted[group], 1), (model.admitted[other], -1)], high=0)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Admitted groups that lack one."""
    for group, shape in enumerate(problem.groups):
        missing = [other for other in shape.requires if not solution.admitted[other]]
        if solution.admitted[group] and missing:
            yield Violation(KEYWORD, len(missing), group=group)
