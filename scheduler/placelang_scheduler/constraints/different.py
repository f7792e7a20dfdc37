"""`different`: no replica shares the value of a key with a replica of a partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import Pair, keyed_limit, strays
from placelang_scheduler.placement import EXEMPT, Violation, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ortools.sat.python.cp_model import IntVar

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Different(Pair):
    """No replica of `workloads` shares its value of `key` with a replica of `partners`.

    A partner on a host without a value may share any: beside it no replica is known to be different. Where both run
    already they may stay. Soft: one violation per replica (of `workloads`) with a partner.
    """

    id: str
    workloads: tuple[int, ...]
    partners: tuple[int, ...]
    key: str
    weight: int | None = None
    keyword: Literal["different"] = "different"
    lasting: ClassVar[bool] = True

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        yield from Pair.ties(self, problem, room)
        hosts = problem.hosts
        if any(self.key not in hosts[host].domains for partner in self.partners for host in room[partner]):
            yield self.names()

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        partners = tally(problem, placement, self.partners, self.key)
        joined = None in partners and self._joined(problem, placement)
        for workload in self.workloads:
            yield from strays(problem, placement, self, workload)
            for host, count in placement.on(workload).items() if partners else ():
                tolerated = 0 if joined else self._tolerated(problem, workload, host)
                near = self._near(problem, host, count, tolerated, partners)
                if near > 0:
                    yield Violation(self.keyword, near, self.id, workload=workload, host=host)

    def _near(
        self, problem: Problem, host: int, count: int, tolerated: int, partners: Mapping[str | None, int]
    ) -> int:
        """How many of `count` replicas on `host` have a partner near, or one that may be."""
        value = problem.hosts[host].domains.get(self.key)
        if value is None or value == EXEMPT:
            return 0
        if value in partners:
            return count
        if None in partners:
            return count - tolerated
        return 0

    def _joined(self, problem: Problem, placement: Placement) -> bool:
        """Whether a partner stands on a host without a value that does not run there already."""
        return any(
            self.key not in problem.hosts[host].domains
            and count > problem.workloads[partner].current.get(host, 0)
            for partner in self.partners
            for host, count in placement.on(partner).items()
        )

    def _tolerated(self, problem: Problem, workload: int, host: int) -> int:
        """Replicas that may stay beside partners of unknown value that run already."""
        return problem.workloads[workload].current.get(host, 0) if self.weight is None else 0

    def post(self, model: Model) -> None:
        partners = model.present(self.partners, self.key)
        for value, literal in model.present(self.workloads, self.key).items():
            if value is not None and value in partners:
                model.row([(literal, 1), (partners[value], 1)], high=1)
        unknown = partners.get(None)
        if unknown is not None:
            joined = self._join(model)
            for workload in self.workloads:
                for host, count in model.x.get(workload, {}).items():
                    if model.problem.hosts[host].domains.get(self.key, EXEMPT) != EXEMPT:
                        most = model.most[count.index]
                        tolerated = [(one, -factor) for one, factor in model.running(workload, host)]
                        model.row([(count, 1), (unknown, most), *tolerated], high=most)
                        model.row([(count, 1), (joined, most)], high=most)

    def _join(self, model: Model) -> IntVar:
        """A literal that is 1 where `_joined`."""
        literal = model.variable(1)
        for partner in self.partners:
            for host, count in model.x.get(partner, {}).items():
                if self.key not in model.problem.hosts[host].domains:
                    running = [(one, -factor) for one, factor in model.running(partner, host)]
                    model.define([(count, 1), (literal, -model.most[count.index]), *running], high=0)
        return literal

    def penalise(self, model: Model) -> Terms:
        groups = model.by_value(self.workloads, self.key)
        partners = model.present(self.partners, self.key)
        near = groups.pop(None, [])
        for value, terms in groups.items():
            literals = [partners[key] for key in (value, None) if key in partners]
            most = model.widest(terms)
            shared = model.variable(most)
            for literal in literals:
                model.define([*terms, (literal, most), (shared, -1)], high=most)
            near.append((shared, 1))
        return near

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        others = self.workloads if workload in self.partners else self.partners
        near = state.tally(others, self.key)
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(value not in (None, EXEMPT) and near.get(value, 0) > 0)

        return extra
