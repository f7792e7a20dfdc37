"""`moves`: what it costs to take replicas away from where they run, those of left-out groups included.

One level: over all workloads and hosts, each replica that runs now and is not planned there costs `move_cost`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.objectives.moving import relocations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Moves:
    """What it costs to take replicas away from where they run, those of left-out groups included."""

    keyword: Literal["moves"] = "moves"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        running = tuple(index for index in scope.workloads if scope.problem.workloads[index].current)
        return (Moved(self.keyword, scope.problem, running),)


@dataclass(frozen=True, slots=True)
class Moved:
    """Cost of the replicas taken away from where they run; `workloads` are those that run."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    workloads: tuple[int, ...]

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return sum(self._cost(placement, index) for index in self.workloads)

    def _cost(self, placement: Placement, index: int) -> int:
        workload = self.problem.workloads[index]
        found = placement.on(index)
        lost = sum(max(0, count - found.get(host, 0)) for host, count in workload.current.items())
        return lost * workload.move_cost

    def bound(self, part: Part, sure: Sure) -> int:
        cost = 0
        for index in self.workloads:
            workload = self.problem.workloads[index]
            room = part.room[index]
            kept = sum(min(count, room.get(host, 0)) for host, count in workload.current.items())
            cost += (sum(workload.current.values()) - min(kept, workload.maximum)) * workload.move_cost
        return cost

    def post(self, model: Model) -> Terms:
        terms: Terms = []
        for index in self.workloads:
            workload = self.problem.workloads[index]
            counts = model.x[index]
            for host, running in sorted(workload.current.items()):
                if host in counts:
                    lost = model.variable(running)
                    model.define([(lost, 1), (counts[host], 1)], low=running)
                    terms.append((lost, workload.move_cost))
                else:
                    terms.append((model.one, running * workload.move_cost))
        return terms

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        current = self.problem.workloads[workload].current
        if not current:
            return None
        found = state.on(workload)
        return lambda host: int(found.get(host, 0) >= current.get(host, 0))

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        for index in self.workloads:
            if self._cost(state, index):
                yield from relocations(state, index)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return sum(self._cost(state, index) for index in workloads) if self.workloads else 0
