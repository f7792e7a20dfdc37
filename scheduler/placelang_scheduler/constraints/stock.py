"""`stock`: what replicas use is kept on their host once, and takes its room beside what they demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import by_part
from placelang_scheduler.hours import peak, together
from placelang_scheduler.placement import Violation
from placelang_scheduler.rules.draws import possible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Stock:
    """On each host of `free`, the things that the replicas of `workloads` there use, each of them once, and what these
    take of `resource` at any one time leave that amount of the host's capacity free.

    `sizes` are those of the things, `uses` has for each workload which it uses, by number. It is hard: without its
    things, no replica runs.
    """

    id: str
    workloads: tuple[int, ...]
    resource: str
    free: Mapping[int, int]
    sizes: tuple[int, ...]
    uses: tuple[tuple[int, ...], ...]
    weight: int | None = None
    keyword: Literal["stock"] = "stock"
    lasting: ClassVar[bool] = True

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Those that share a host are tied by it."""
        return iter(())

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Stock]:
        uses = self._uses()
        return {
            part: replace(self, workloads=own, uses=tuple(uses[workload] for workload in own))
            for part, own in by_part(self.workloads, part_of).items()
        }

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.weight is not None:
            yield "has a weight, and what replicas use has to be there"
        if any(not 0 <= host < len(problem.hosts) for host in self.free):
            yield "names a host that is not there"
        if any(amount < 0 for amount in (*self.free.values(), *self.sizes)):
            yield "speaks of less than nothing"
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"
        if len(self.uses) != len(self.workloads):
            yield "does not say of each workload what it uses"
        if any(not 0 <= thing < len(self.sizes) for used in self.uses for thing in used):
            yield "names a thing that is not there"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        shape = problem.workloads[workload]
        if host not in self.free:
            return shape.maximum
        left = self._room(problem, host) - self._size(self._uses()[workload])
        need = possible(problem, shape, host, self.resource)
        if left < 0:
            return 0
        return left // need if need else shape.maximum

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for host, amounts in sorted(self._used(problem, placement).items()):
            beyond = self._beyond(problem, host, amounts)
            if beyond > 0:
                yield Violation(self.keyword, beyond, self.id, host=host, resource=self.resource)

    def post(self, model: Model) -> None:
        """Whatever stands on a host has its things there: a literal each, beside what is demanded."""
        problem, uses = model.problem, self._uses()
        for host in sorted(self.free):
            here = [one for one in self.workloads if host in model.x.get(one, {})]
            needs = {one: possible(problem, problem.workloads[one], host, self.resource) for one in here}
            things = self._things(model, host, {one: uses[one] for one in here})
            takers = {one: need for one, need in needs.items() if need}
            for moment in together(problem, takers) if takers else ((),):
                terms: Terms = [(model.x[one][host], needs[one]) for one in moment]
                self._limit(model, [*terms, *things], self._room(problem, host))

    def penalise(self, model: Model) -> Terms:
        return []

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        problem, used = state.problem, self._used(state.problem, state)
        shape = problem.workloads[workload]

        def extra(host: int) -> int:
            if host not in self.free:
                return 0
            before = used.get(host, {})
            need = possible(problem, shape, host, self.resource)
            return self._beyond(problem, host, before | {workload: before.get(workload, 0) + need})

        return extra

    def _limit(self, model: Model, terms: Terms, room: int) -> None:
        unit = model.unit(terms)
        small = [(variable, -(-need // unit)) for variable, need in terms]
        if model.widest(small) > room // unit:
            model.row(small, high=room // unit)

    def _things(self, model: Model, host: int, uses: Mapping[int, Sequence[int]]) -> Terms:
        """The things that may be needed on a host, each with its size: 1 where any count that needs it is not 0."""
        users: dict[int, list[int]] = {}
        for one, used in uses.items():
            for thing in dict.fromkeys(used):
                users.setdefault(thing, []).append(one)
        return [
            (model.any([(model.x[one][host], 1) for one in users[thing]]), self.sizes[thing])
            for thing in sorted(users)
            if self.sizes[thing]
        ]

    def _uses(self) -> dict[int, tuple[int, ...]]:
        return dict(zip(self.workloads, self.uses, strict=True))

    def _size(self, things: Iterable[int]) -> int:
        return sum(self.sizes[thing] for thing in set(things))

    def _room(self, problem: Problem, host: int) -> int:
        """What may be taken."""
        return max(0, problem.hosts[host].capacity.get(self.resource, 0) - self.free[host])

    def _used(self, problem: Problem, placement: Placement) -> dict[int, dict[int, int]]:
        """What each workload that stands on a host of `free` takes there, which may be nothing."""
        found: dict[int, dict[int, int]] = {}
        for workload in self.workloads:
            shape = problem.workloads[workload]
            for host, count in placement.on(workload).items():
                if count and host in self.free:
                    need = possible(problem, shape, host, self.resource)
                    found.setdefault(host, {})[workload] = need * count
        return found

    def _beyond(self, problem: Problem, host: int, amounts: Mapping[int, int]) -> int:
        """What is missing where these stand and take so much."""
        uses = self._uses()
        kept = self._size(thing for workload in amounts for thing in uses[workload])
        return max(0, peak(problem, amounts) + kept - self._room(problem, host))
