"""`replicas`: an admitted group has `minimum` to `maximum` replicas of each workload, of variants together; any other
none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.solution import Solution

KEYWORD = "replicas"


def post(model: Model, part: Part) -> None:
    """Two rows for all that is counted together."""
    for one in part.problem.counts(part.workloads):
        admitted = model.admitted[part.problem.workloads[one.workloads[0]].group]
        replicas = model.replicas(*one.workloads)
        model.row([*replicas, (admitted, -one.maximum)], high=0)
        model.row([*replicas, (admitted, -one.minimum)], low=0)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Workloads with too few replicas or too many."""
    for one in problem.counts(range(len(problem.workloads))):
        index = one.workloads[0]
        group = problem.workloads[index].group
        low, high = (one.minimum, one.maximum) if solution.admitted[group] else (0, 0)
        found = [number for member in one.workloads for number in solution.placements[member].values()]
        total = sum(found)
        amount = max(low - total, total - high, -min(found, default=0))
        if amount > 0:
            yield Violation(KEYWORD, amount, group=group, workload=index)
