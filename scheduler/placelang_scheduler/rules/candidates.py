"""`candidates`: replicas stand on candidate hosts only, or stay where they run and `stay` allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem, Workload
    from placelang_scheduler.solution import Solution

KEYWORD = "candidates"


def places(workload: Workload) -> Iterator[tuple[int, int]]:
    """The hosts where a replica may stand, with the most that may stand there by this rule."""
    for host in workload.candidates:
        yield host, workload.maximum
    for host in workload.stay:
        yield host, min(workload.maximum, workload.current.get(host, 0))


def post(model: Model, part: Part) -> None:
    """A count exists only where a replica may stand, and goes no higher than the room there."""
    for workload in part.workloads:
        model.count(workload, part.room[workload])


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Replicas where none may stand, or more than may stay."""
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        allowed = set(workload.candidates)
        staying = set(workload.stay)
        for host, count in found.items():
            beyond = count - (workload.current.get(host, 0) if host in staying else 0)
            if host not in allowed and beyond > 0:
                yield Violation(KEYWORD, beyond, workload=index, host=host)
