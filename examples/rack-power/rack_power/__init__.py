"""`rack power`: what replicas draw in a rack, in watts, is no more than its fuse carries.

A constraint that the scheduler does not have, registered by the entry point in `pyproject.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler import Violation

if TYPE_CHECKING:
    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class RackPower:
    """In no rack of `fuses` do replicas draw more watts than its fuse carries.

    `draw` has what one replica of each workload draws; `key` is the key that has the rack. Hosts without a value, or of
    a rack without a fuse, are not looked at.
    Soft: one violation per watt too many.
    """

    id: str
    draw: Mapping[int, int]
    fuses: Mapping[str, int]
    key: str = "rack"
    weight: int | None = None
    keyword: Literal["rack power"] = "rack power"
    lasting: ClassVar[bool] = True

    def subjects(self) -> tuple[int, ...]:
        return tuple(sorted(self.draw))

    def names(self) -> tuple[int, ...]:
        return self.subjects()

    def faults(self, problem: Problem) -> Iterator[str]:
        if min((*self.draw.values(), *self.fuses.values()), default=0) < 0:
            yield "has less than no watts"

    # --- the check, without a solver ---

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for rack, watts in sorted(self._watts(problem, placement).items()):
            if watts > self.fuses[rack]:
                yield Violation(self.keyword, watts - self.fuses[rack], self.id, value=rack)

    def _watts(self, problem: Problem, placement: Placement) -> dict[str, int]:
        found: dict[str, int] = {}
        for workload, each in self.draw.items():
            for host, count in placement.on(workload).items():
                rack = problem.hosts[host].domains.get(self.key)
                if rack in self.fuses:
                    found[rack] = found.get(rack, 0) + each * count
        return found

    # --- for the solver ---

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        rack, each = problem.hosts[host].domains.get(self.key), self.draw[workload]
        return (
            self.fuses[rack] // each if rack in self.fuses and each else problem.workloads[workload].maximum
        )

    def post(self, model: Model) -> None:
        for rack, terms in self._terms(model):
            if model.widest(terms) > self.fuses[rack]:
                model.row(terms, high=self.fuses[rack])

    def penalise(self, model: Model) -> Terms:
        wide = [(rack, terms, model.widest(terms) - self.fuses[rack]) for rack, terms in self._terms(model)]
        return [(model.excess(terms, self.fuses[rack], most), 1) for rack, terms, most in wide if most > 0]

    def _terms(self, model: Model) -> Iterator[tuple[str, Terms]]:
        found: dict[str, Terms] = {}
        for workload, each in self.draw.items():
            for rack, counts in model.by_value((workload,), self.key).items():
                if rack in self.fuses and each:
                    found.setdefault(rack, []).extend((count, each) for count, _ in counts)
        yield from sorted(found.items())

    # --- for greedy and local search ---

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        watts, hosts, each = (
            self._watts(state.problem, state),
            state.problem.hosts,
            self.draw.get(workload, 0),
        )

        def extra(host: int) -> int:
            rack = hosts[host].domains.get(self.key)
            if rack not in self.fuses:
                return 0
            before = max(0, watts.get(rack, 0) - self.fuses[rack])
            return max(0, watts.get(rack, 0) + each - self.fuses[rack]) - before

        return extra

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        return 0

    # --- for taking the problem apart ---

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Those that may stand in one rack."""
        found: dict[str, dict[int, None]] = {}
        for workload in self.subjects():
            for host in room[workload]:
                rack = problem.hosts[host].domains.get(self.key)
                if rack in self.fuses:
                    found.setdefault(rack, {})[workload] = None
        yield from (tuple(met) for met in found.values())

    def divide(self, part_of: Sequence[int]) -> Mapping[int, RackPower]:
        parts: dict[int, dict[int, int]] = {}
        for workload, each in self.draw.items():
            parts.setdefault(part_of[workload], {})[workload] = each
        return {part: replace(self, draw=draw) for part, draw in parts.items()}
