"""`at most`: no value of a key holds more than so many replicas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import by_part, keyed_limit, meeting, room_by_value, strays, surely
from placelang_scheduler.placement import EXEMPT, Violation, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class AtMost:
    """No value of `key` holds more than `count` replicas of `workloads`, counted together.

    Soft: one violation per replica above, and per replica on a host without a value.
    """

    id: str
    workloads: tuple[int, ...]
    key: str
    count: int
    weight: int | None = None
    keyword: Literal["at most"] = "at most"
    lasting: ClassVar[bool] = True

    def subjects(self) -> tuple[int, ...]:
        return self.workloads

    def names(self) -> tuple[int, ...]:
        return self.workloads

    def ties(self, problem: Problem, room: Room) -> Iterator[tuple[int, ...]]:
        """Workloads that may meet on a value."""
        return meeting(problem, room, self.workloads, self.key)

    def divide(self, part_of: Sequence[int]) -> Mapping[int, AtMost]:
        return {part: replace(self, workloads=own) for part, own in by_part(self.workloads, part_of).items()}

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.count < 0:
            yield f"count is {self.count}, below 0"
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """What is sure, less what each value takes."""
        most = room_by_value(problem, room, self.workloads, self.key)
        allowed = sum(count if value == EXEMPT else min(count, self.count) for value, count in most.items())
        return max(0, surely(problem, sure, self.workloads) - allowed)

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        if problem.hosts[host].domains.get(self.key, EXEMPT) != EXEMPT:
            return self.count
        return keyed_limit(problem, self.key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for workload in self.workloads:
            yield from strays(problem, placement, self, workload)
        for value, count in tally(problem, placement, self.workloads, self.key).items():
            if value is not None and count > self.count:
                yield Violation(self.keyword, count - self.count, self.id, value=value)

    def post(self, model: Model) -> None:
        for value, terms in model.by_value(self.workloads, self.key).items():
            if value is not None and model.widest(terms) > self.count:
                model.row(terms, high=self.count)

    def penalise(self, model: Model) -> Terms:
        groups = model.by_value(self.workloads, self.key)
        strays = groups.pop(None, [])
        wide = [(terms, model.widest(terms) - self.count) for terms in groups.values()]
        return [*strays, *((model.excess(terms, self.count, most), 1) for terms, most in wide if most > 0)]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        found = state.tally(self.workloads, self.key)
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(value is None or (value != EXEMPT and found.get(value, 0) >= self.count))

        return extra
