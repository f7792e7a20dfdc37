"""`replicas`: an admitted group has `minimum` to `maximum` replicas of each workload, any other none."""

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
    """Two rows for each workload."""
    for index in part.workloads:
        workload = part.problem.workloads[index]
        admitted = model.admitted[workload.group]
        counts = model.replicas(index)
        model.row([*counts, (admitted, -workload.maximum)], high=0)
        model.row([*counts, (admitted, -workload.minimum)], low=0)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Workloads with too few replicas or too many."""
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        low, high = (workload.minimum, workload.maximum) if solution.admitted[workload.group] else (0, 0)
        total = sum(found.values())
        amount = max(low - total, total - high, -min(found.values(), default=0))
        if amount > 0:
            yield Violation(KEYWORD, amount, group=workload.group, workload=index)
