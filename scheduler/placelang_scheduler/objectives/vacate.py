"""`vacate`: replicas on hosts that are to be emptied: as few as possible.

One level, over all hosts with `vacate`. After `placed`, nothing is left out so that a host becomes empty: what has no
other place stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from placelang_scheduler.constraints.shape import surely
from placelang_scheduler.objectives.moving import relocations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Vacate:
    """Replicas on hosts that are to be emptied: as few as possible."""

    keyword: Literal["vacate"] = "vacate"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        hosts = scope.problem.hosts
        emptied = frozenset(host for host in scope.hosts if hosts[host].vacate)
        return (Left(self.keyword, scope.workloads, emptied),)


@dataclass(frozen=True, slots=True)
class Left:
    """Replicas of `workloads` on `hosts`."""

    effort: ClassVar[float] = 0.5

    name: str
    workloads: tuple[int, ...]
    hosts: frozenset[int]

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        return sum(self._on(placement, index) for index in self.workloads) if self.hosts else 0

    def _on(self, placement: Placement, index: int) -> int:
        return sum(count for host, count in placement.on(index).items() if host in self.hosts)

    def bound(self, part: Part, sure: Sure) -> int:
        """Replicas that are sure, less what the other hosts take."""
        return sum(
            max(0, due - sum(most for host, most in part.room_for(one).items() if host not in self.hosts))
            for one in (part.problem.counts(self.workloads) if self.hosts else ())
            if (due := surely(part.problem, sure, one.workloads))
        )

    def post(self, model: Model) -> Terms:
        return [
            (count, 1)
            for index in self.workloads
            for host, count in model.x[index].items()
            if host in self.hosts
        ]

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        return (lambda host: int(host in self.hosts)) if self.hosts else None

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        for index in self.workloads:
            if self._on(state, index):
                yield from relocations(state, index)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return sum(self._on(state, index) for index in workloads) if self.hosts else 0
