"""`overlap`: while things move, what arrives on a host and what runs there now take of a resource together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import by_part
from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Overlap:
    """What replicas of `workloads` take of `resource` where they arrive is free there beside those that run there now.

    A host gives nothing back by what leaves: both places are taken while a replica moves. It counts what replicas
    demand at any hour. Soft: one violation per host where it is not free.
    """

    id: str
    workloads: tuple[int, ...]
    resource: str
    weight: int | None = None
    keyword: Literal["overlap"] = "overlap"
    lasting: ClassVar[bool] = False

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Those that arrive on, or run on, one host."""
        near: dict[int, dict[int, None]] = {}
        for index in self.workloads:
            for host in (*room[index], *problem.workloads[index].current):
                near.setdefault(host, {})[index] = None
        return (tuple(met) for met in near.values())

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Overlap]:
        return {part: replace(self, workloads=own) for part, own in by_part(self.workloads, part_of).items()}

    def faults(self, problem: Problem) -> Iterator[str]:
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        shape = problem.workloads[workload]
        need = shape.demand.get(self.resource, 0)
        if not need:
            return shape.maximum
        return shape.current.get(host, 0) + self.spare(problem).get(host, 0) // need

    def spare(self, problem: Problem) -> dict[int, int]:
        """What each host has beside what runs there."""
        found = {host: shape.capacity.get(self.resource, 0) for host, shape in enumerate(problem.hosts)}
        for index in self.workloads:
            workload = problem.workloads[index]
            for host, count in workload.current.items():
                found[host] -= workload.demand.get(self.resource, 0) * count
        return {host: max(0, amount) for host, amount in found.items()}

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        free = self.spare(problem)
        for host, amount in sorted(self._arriving(problem, placement).items()):
            if amount > free[host]:
                yield Violation(self.keyword, 1, self.id, host=host, resource=self.resource)

    def _arriving(self, problem: Problem, placement: Placement) -> dict[int, int]:
        found: dict[int, int] = {}
        for index in self.workloads:
            workload = problem.workloads[index]
            need = workload.demand.get(self.resource, 0)
            for host, count in placement.on(index).items():
                new = count - workload.current.get(host, 0)
                if new > 0 and need:
                    found[host] = found.get(host, 0) + need * new
        return found

    def post(self, model: Model) -> None:
        for terms, free in self._rows(model):
            model.row(terms, high=free)

    def penalise(self, model: Model) -> Terms:
        found: Terms = []
        for terms, free in self._rows(model):
            missing = model.variable(1)
            model.define([*terms, (missing, free - model.widest(terms))], high=free)
            found.append((missing, 1))
        return found

    def _rows(self, model: Model) -> Iterator[tuple[Terms, int]]:
        """What arrives on each host where it may be too much, and what is free."""
        free = self.spare(model.problem)
        arriving: dict[int, Terms] = {}
        for index in self.workloads:
            workload = model.problem.workloads[index]
            need = workload.demand.get(self.resource, 0)
            for host, count in model.x.get(index, {}).items() if need else ():
                now = workload.current.get(host, 0)
                most = model.most[count.index] - now
                if most > 0:
                    new = model.excess([(count, 1)], now, most) if now else count
                    arriving.setdefault(host, []).append((new, need))
        for host, terms in sorted(arriving.items()):
            divisor = gcd(*(need for _, need in terms))
            small = [(variable, need // divisor) for variable, need in terms]
            if model.widest(small) > free[host] // divisor:
                unit = model.unit(small)
                yield [(v, -(-need // unit)) for v, need in small], free[host] // divisor // unit

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        problem = state.problem
        free, arriving = self.spare(problem), self._arriving(problem, state)
        shape, found = problem.workloads[workload], state.on(workload)
        need = shape.demand.get(self.resource, 0)

        def extra(host: int) -> int:
            if found.get(host, 0) < shape.current.get(host, 0):
                return 0
            now = arriving.get(host, 0)
            return int(need > 0 and now <= free[host] < now + need)

        return extra
