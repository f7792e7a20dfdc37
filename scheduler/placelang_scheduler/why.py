"""`core`: what keeps one left-out group out, for whoever asks about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget, granted
from placelang_scheduler.explain import standing
from placelang_scheduler.needs import Needs
from placelang_scheduler.parts import LARGE
from placelang_scheduler.repairs import around

if TYPE_CHECKING:
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Core, Solution


def core(
    problem: Problem, solution: Solution, group: int, *, budget: float = 10.0, seed: int = 0
) -> Core | None:
    """What cannot all hold beside `group`: if possible without other groups, else with those that are placed and no
    less important. None where they fit, or where that was not decided within the budget."""
    from placelang_scheduler.cores import find_core  # noqa: PLC0415 - the solver is loaded where it is needed

    part = around(problem, group)
    if part.size > LARGE:
        return None
    admitted = frozenset(other for other, yes in enumerate(solution.admitted) if yes)
    needs = Needs(problem, frozenset(range(len(problem.groups))) - admitted)
    others = standing(problem, (other for other in part.groups if other in admitted), group)
    purse = Budget(granted(budget), seed)
    return find_core(needs, group, (), purse) or find_core(needs, group, others, purse)
