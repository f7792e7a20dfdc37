"""`hosts`: every replica stands on one of the accepted hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import One
from placelang_scheduler.placement import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Hosts(One):
    """Every replica of `workload` stands on a host of `accepted`. Soft: one violation per replica that does not."""

    id: str
    workload: int
    accepted: frozenset[int]
    weight: int | None = None
    keyword: Literal["hosts"] = "hosts"
    lasting: ClassVar[bool] = True

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.accepted and not (min(self.accepted) >= 0 and max(self.accepted) < len(problem.hosts)):
            yield "accepts a host that is not there"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        most = sum(count for host, count in room[self.workload].items() if host in self.accepted)
        return max(0, sure.get(self.workload, 0) - most)

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return problem.workloads[workload].maximum if host in self.accepted else 0

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        for host, count in placement.on(self.workload).items():
            if count > 0 and host not in self.accepted:
                yield Violation(self.keyword, count, self.id, workload=self.workload, host=host)

    def post(self, model: Model) -> None:
        """The limit says it all."""

    def penalise(self, model: Model) -> Terms:
        return [
            (count, 1) for host, count in model.x.get(self.workload, {}).items() if host not in self.accepted
        ]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        return lambda host: int(host not in self.accepted)
