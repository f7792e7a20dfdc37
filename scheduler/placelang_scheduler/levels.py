"""`goals_of`: the levels of a problem's objectives over a scope, most important first; `combined`: those of the whole
from those of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.objectives import Placed
from placelang_scheduler.parts import whole
from placelang_scheduler.solution import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Scope
    from placelang_scheduler.problem import Problem


def goals_of(scope: Scope) -> tuple[Goal, ...]:
    """All levels, in order. Without `placed` nothing would ever be placed, so it comes first where it is not listed."""
    objectives = scope.problem.objectives
    placed = any(isinstance(objective, Placed) for objective in objectives)
    return tuple(
        goal
        for objective in (objectives if placed else (Placed(), *objectives))
        for goal in objective.goals(scope)
    )


def combined(problem: Problem, parts: Iterable[tuple[int, Iterable[Level]]]) -> tuple[Level, ...]:
    """The levels of a problem that is made of `parts`, each of which is there so many times."""
    values: dict[str, list[int]] = {}
    bounds: dict[str, list[int]] = {}
    for times, levels in parts:
        for level in levels:
            values.setdefault(level.name, []).extend([level.value] * times)
            bounds.setdefault(level.name, []).extend([level.bound] * times)
    return tuple(
        Level(goal.name, *(goal.combine(side.get(goal.name, ())) for side in (values, bounds)))
        for goal in goals_of(whole(problem))
    )
