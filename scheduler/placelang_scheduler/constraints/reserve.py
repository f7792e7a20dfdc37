"""`reserve`: hosts keep so much of a resource free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import by_part
from placelang_scheduler.hours import peak, together
from placelang_scheduler.placement import Violation
from placelang_scheduler.rules.draws import possible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Reserve:
    """On each host of `free`, what the replicas of `workloads` and `others` take of `resource` at any one time leaves
    that amount of the host's capacity free. What shares of devices may draw on it counts as taken.

    `others` are counted, and bound by other constraints only: what is soft binds workloads of one priority.
    Soft: one violation per whole percent of the host's capacity that is missing.
    """

    id: str
    workloads: tuple[int, ...]
    resource: str
    free: Mapping[int, int]
    others: tuple[int, ...] = ()
    weight: int | None = None
    keyword: Literal["reserve"] = "reserve"
    lasting: ClassVar[bool] = True

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads + self.others

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Those that share a host are tied by it."""
        return iter(())

    def divide(self, part_of: Sequence[int]) -> Mapping[int, Reserve]:
        near = by_part(self.others, part_of)
        return {
            part: replace(self, workloads=own, others=near.get(part, ()))
            for part, own in by_part(self.workloads, part_of).items()
        }

    def faults(self, problem: Problem) -> Iterator[str]:
        if any(not 0 <= host < len(problem.hosts) for host in self.free):
            yield "names a host that is not there"
        if any(amount < 0 for amount in self.free.values()):
            yield "keeps less than nothing free"
        if len(set(self.names())) < len(self.names()):
            yield "names a workload twice"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        shape = problem.workloads[workload]
        need = possible(problem, shape, host, self.resource) if host in self.free else 0
        if not need:
            return shape.maximum
        return self._room(problem, host) // need

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for host, amounts in sorted(self._used(problem, placement).items()):
            beyond = self._beyond(problem, host, peak(problem, amounts))
            if beyond > 0:
                yield Violation(self.keyword, beyond, self.id, host=host, resource=self._unit())

    def post(self, model: Model) -> None:
        for host, terms in self._terms(model):
            divisor = gcd(*(need for _, need in terms))
            small = [(variable, need // divisor) for variable, need in terms]
            room = self._room(model.problem, host) // divisor
            if model.widest(small) > room:
                unit = model.unit(small)
                model.row([(variable, -(-need // unit)) for variable, need in small], high=room // unit)

    def penalise(self, model: Model) -> Terms:
        """Whole percents `p` that are missing: 100 (used - room) is less than (p + 1) of the capacity."""
        percents: dict[int, IntVar] = {}
        for host, terms in self._terms(model):
            room, capacity = self._room(model.problem, host), self._capacity(model.problem, host)
            if model.widest(terms) <= room or not capacity:
                continue
            missing = percents.setdefault(host, model.variable(_WHOLE))
            wide = [(variable, _WHOLE * need) for variable, need in terms]
            divisor = gcd(capacity, *(need for _, need in wide))
            high = (_WHOLE * room + capacity - 1) // divisor
            small = [(variable, need // divisor) for variable, need in wide]
            unit = model.unit(small)
            rounded = [(variable, -(-need // unit)) for variable, need in small]
            model.define([*rounded, (missing, -(capacity // divisor // unit))], high=high // unit)
        return [(missing, 1) for missing in percents.values()]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        problem, used = state.problem, self._used(state.problem, state)
        shape = problem.workloads[workload]

        def extra(host: int) -> int:
            need = possible(problem, shape, host, self.resource) if host in self.free else 0
            if not need:
                return 0
            before = used.get(host, {})
            more = before | {workload: before.get(workload, 0) + need}
            after = self._beyond(problem, host, peak(problem, more))
            return (
                after if self.weight is None else after - self._beyond(problem, host, peak(problem, before))
            )

        return extra

    def _unit(self) -> str | None:
        """What violations count: the resource, or percents of it."""
        return self.resource if self.weight is None else None

    def _capacity(self, problem: Problem, host: int) -> int:
        return problem.hosts[host].capacity.get(self.resource, 0)

    def _room(self, problem: Problem, host: int) -> int:
        """What may be taken."""
        return max(0, self._capacity(problem, host) - self.free[host])

    def _used(self, problem: Problem, placement: Placement) -> dict[int, dict[int, int]]:
        """What each workload takes of each host of `free`."""
        found: dict[int, dict[int, int]] = {}
        for workload in self.names():
            shape = problem.workloads[workload]
            for host, count in placement.on(workload).items():
                need = possible(problem, shape, host, self.resource) if host in self.free else 0
                if need:
                    found.setdefault(host, {})[workload] = need * count
        return found

    def _beyond(self, problem: Problem, host: int, used: int) -> int:
        """What is missing of what should be free, where the constraint is hard; else how many whole percents."""
        missing = max(0, used - self._room(problem, host))
        if self.weight is None:
            return missing
        capacity = self._capacity(problem, host)
        return min(_WHOLE, _WHOLE * missing // capacity) if capacity else 0

    def _terms(self, model: Model) -> Iterator[tuple[int, Terms]]:
        """What the counts on each host of `free` take, of those that run at one time."""
        for host in sorted(self.free):
            needs = {
                workload: need
                for workload in self.names()
                if host in model.x.get(workload, {})
                and (need := possible(model.problem, model.problem.workloads[workload], host, self.resource))
            }
            for moment in together(model.problem, needs) if needs else ():
                yield host, [(model.x[workload][host], needs[workload]) for workload in moment]
