"""`link every`: every replica has partners, and all of them are within reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.reach import Linked, Reach
from placelang_scheduler.placement import EXEMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class LinkEvery(Linked):
    """Some replica of `partners` stands, and all of them stand within reach of every replica of `workloads`.

    Of a partner on a host without a value it is not known whether it is within reach. No bandwidth is booked, as
    nobody knows who serves whom. Soft: one violation per replica for which this does not hold.
    """

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    reach: Reach
    doubtful: Reach = field(default_factory=dict)
    bandwidth: int = 0
    weight: int | None = None
    keyword: Literal["link every"] = "link every"

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        yield tuple(workload for workload in self.names() if room[workload])

    def served(
        self, problem: Problem, partners: Collection[str | None], workload: int, host: int, count: int
    ) -> int:
        """How many of `count` replicas on `host` have all partners within reach, or are not asked for that."""
        value = problem.hosts[host].domains.get(self.key)
        if value is None or value == EXEMPT:
            return count
        if not partners:
            return 0
        near = self.near(value)
        far = [other for other in partners if other not in near]
        if not far:
            return count
        if all(self._may_be_near(value, other) for other in far):
            return problem.workloads[workload].current.get(host, 0)
        return 0

    def _may_be_near(self, value: str, other: str | None) -> bool:
        return self.weight is None and (other is None or other in self.maybe_near(value))

    def post(self, model: Model) -> None:
        partners = model.present(self.partners, self.key)
        any_partner = [
            (count, -1) for terms in model.by_value(self.partners, self.key).values() for count, _ in terms
        ]
        for value, literal in model.present(self.workloads, self.key).items():
            if value is None:
                continue
            model.row([(literal, 1), *any_partner], high=0)
            near = self.near(value)
            for other, partner in partners.items():
                if other in near:
                    continue
                if self._may_be_near(value, other):
                    self._stay(model, value, partner)
                else:
                    model.row([(literal, 1), (partner, 1)], high=1)

    def _stay(self, model: Model, value: str, partner: IntVar) -> None:
        """Beside a partner that may be within reach stands only what runs there."""
        for workload in self.workloads:
            for host, count in model.x.get(workload, {}).items():
                if model.problem.hosts[host].domains.get(self.key) == value:
                    most = model.most[count.index]
                    running = [(one, -factor) for one, factor in model.running(workload, host)]
                    model.row([(count, 1), (partner, most), *running], high=most)

    def penalise(self, model: Model) -> Terms:
        groups = model.by_value(self.workloads, self.key)
        partners = model.present(self.partners, self.key)
        missed = groups.pop(None, [])
        for value, terms in groups.items():
            most = model.widest(terms)
            lonely = model.variable(most)
            model.define([*terms, *((one, -most) for one in partners.values()), (lonely, -1)], high=0)
            near = self.near(value or "")
            for other, partner in partners.items():
                if other not in near:
                    model.define([*terms, (partner, most), (lonely, -1)], high=most)
            missed.append((lonely, 1))
        return missed

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        """Of a linked one: whether it stands too far from a partner; of a partner: from whom it serves."""
        hosts = state.problem.hosts
        others = self.partners if workload in self.workloads else self.workloads
        standing = [
            value for value, count in state.tally(others, self.key).items() if count and value != EXEMPT
        ]
        found = state.on(workload)

        def linked(host: int) -> int:
            count = found.get(host, 0) + 1
            if self.key not in hosts[host].domains:
                return 1
            return int(bool(standing) and self.served(state.problem, standing, workload, host, count) < count)

        def partner(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(
                value != EXEMPT
                and any(
                    other is not None
                    and value not in self.near(other)
                    and not self._may_be_near(other, value)
                    for other in standing
                )
            )

        return linked if workload in self.workloads else partner
