"""`goals_of`: the levels of a problem's objectives over a scope, most important first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.objectives import Placed

if TYPE_CHECKING:
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Scope


def goals_of(scope: Scope) -> tuple[Goal, ...]:
    """All levels, in order. Without `placed` nothing would ever be placed, so it comes first where it is not listed."""
    objectives = scope.problem.objectives
    placed = any(isinstance(objective, Placed) for objective in objectives)
    return tuple(
        goal
        for objective in (objectives if placed else (Placed(), *objectives))
        for goal in objective.goals(scope)
    )
