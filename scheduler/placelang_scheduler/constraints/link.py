"""`link`: every replica has a partner within reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.reach import Linked, Reach
from placelang_scheduler.constraints.shape import room_by_value
from placelang_scheduler.placement import EXEMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Link(Linked):
    """Every replica of `workloads` is served by one of `partners` within reach of its value of `key`.

    Soft: one violation per replica that has none.
    """

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    reach: Reach
    doubtful: Reach = field(default_factory=dict)
    bandwidth: int = 0
    weight: int | None = None
    keyword: Literal["link"] = "link"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """What is sure, less what has room where a partner within reach has."""
        standing = room_by_value(problem, room, self.partners, self.key)
        total = 0
        for workload in self.workloads:
            most = room_by_value(problem, room, (workload,), self.key)
            served = sum(
                count
                for value, count in most.items()
                if value == EXEMPT or not standing.keys().isdisjoint(self.near(value))
            )
            total += max(0, sure.get(workload, 0) - served)
        return total

    def served(
        self, problem: Problem, partners: Collection[str | None], workload: int, host: int, count: int
    ) -> int:
        """How many of `count` replicas on `host` have a partner, or are not asked for one."""
        value = problem.hosts[host].domains.get(self.key)
        if value is None or value == EXEMPT or any(near in partners for near in self.near(value)):
            return count
        if any(near in partners for near in self.maybe_near(value)):
            return problem.workloads[workload].current.get(host, 0)
        return 0

    def post(self, model: Model) -> None:
        partners = model.by_value(self.partners, self.key)
        for value, literal in model.present(self.workloads, self.key).items():
            if value is not None:
                near = [term for other in self.near(value) for term in partners.get(other, ())]
                maybe = [term for other in self.maybe_near(value) for term in partners.get(other, ())]
                model.row([(literal, 1), *((count, -1) for count, _ in (*near, *maybe))], high=0)
                if maybe:
                    self._stay(model, value, near)

    def _stay(self, model: Model, value: str, near: Terms) -> None:
        """Only what runs may do with a partner that may be within reach."""
        for workload in self.workloads:
            for host, count in model.x.get(workload, {}).items():
                if model.problem.hosts[host].domains.get(self.key) == value:
                    most = model.most[count.index]
                    running = [(one, -factor) for one, factor in model.running(workload, host)]
                    known = [(partner, -most) for partner, _ in near]
                    model.row([(count, 1), *running, *known], high=0)

    def penalise(self, model: Model) -> Terms:
        groups = model.by_value(self.workloads, self.key)
        partners = model.present(self.partners, self.key)
        lonely = groups.pop(None, [])
        for value, terms in groups.items():
            most = model.widest(terms)
            near = [(partners[other], -most) for other in self.near(value or "") if other in partners]
            lonely += [(model.excess([*terms, *near], 0, most), 1)] if near else terms
        return lonely

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        """Partners stand where they like: they come first, and are waited for where they do not."""
        if workload not in self.workloads:
            return lambda _: 0
        near = state.tally(self.partners, self.key)
        partners = {value for value, count in near.items() if count and value != EXEMPT}
        found = state.on(workload)

        def extra(host: int) -> int:
            if not partners:
                return int(self.key not in state.problem.hosts[host].domains)
            count = found.get(host, 0) + 1
            if self.key not in state.problem.hosts[host].domains:
                return 1
            return int(self.served(state.problem, partners, workload, host, count) < count)

        return extra
