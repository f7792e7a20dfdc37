"""`best`: replicas are of the best of several variants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import Alike, surely
from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Best(Alike):
    """No replica is of a variant that is a step or more from the best; `steps` are those of `workloads`, in order.

    Soft: as many violations per replica as there are steps.
    """

    id: str
    workloads: tuple[int, ...]
    steps: tuple[int, ...]
    weight: int | None = None
    keyword: Literal["best"] = "best"
    lasting: ClassVar[bool] = True

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from Alike.faults(self, problem)
        if len(self.steps) != len(self.workloads) or any(not 0 <= step <= STEPS for step in self.steps):
            yield f"steps are not one for each workload, from 0 to {STEPS}"

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Best]:
        found: dict[int, list[tuple[int, int]]] = {}
        for workload, step in self._worth():
            found.setdefault(part_of[workload], []).append((workload, step))
        return {
            part: replace(self, workloads=tuple(w for w, _ in own), steps=tuple(step for _, step in own))
            for part, own in found.items()
        }

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return 0 if dict(self._worth())[workload] else problem.workloads[workload].maximum

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for workload, step in self._worth():
            for host, count in placement.on(workload).items():
                if step and count > 0:
                    yield Violation(self.keyword, step * count, self.id, workload=workload, host=host)

    def post(self, model: Model) -> None:
        """The limit says it all."""

    def penalise(self, model: Model) -> Terms:
        return [
            (count, step)
            for workload, step in self._worth()
            if step
            for count in model.x.get(workload, {}).values()
        ]

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """Steps where as many as there is room for are of the best, and so on down."""
        left, cost = surely(problem, sure, self.workloads), 0
        for workload, step in sorted(self._worth(), key=lambda pair: pair[1]):
            most = min(left, sum(room[workload].values()))
            left, cost = left - most, cost + most * step
        return cost

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        step = dict(self._worth())[workload]
        return lambda _: step

    def _worth(self) -> tuple[tuple[int, int], ...]:
        return tuple(zip(self.workloads, self.steps, strict=True))


STEPS = 1000
"""The most steps that a variant is from the best."""
