"""`at least`: the replicas stand on so many different values of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.shape import One, keyed_limit, room_by_value, strays
from placelang_scheduler.placement import EXEMPT, Violation, exempt, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class AtLeast(One):
    """The replicas of `workload`, once admitted, stand on `count` or more different values of `key`.

    A replica that stays on a host without a value stands on one of its own, and so does one on an exempt host.
    Soft: one violation per value short, and a host without a value brings none.
    """

    id: str
    workload: int
    key: str
    count: int
    weight: int | None = None
    keyword: Literal["at least"] = "at least"

    def faults(self, problem: Problem) -> Iterator[str]:
        if self.count < 1:
            yield f"count is {self.count}, below 1"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """Values short where all that have room are used; an exempt host counts each replica."""
        most = room_by_value(problem, room, (self.workload,), self.key)
        values = sum(count if value == EXEMPT else 1 for value, count in most.items())
        admitted = problem.workloads[self.workload].minimum and sure.get(self.workload, 0)
        return max(0, self.count - values) if admitted else 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        if not placement.admits(problem.workloads[self.workload].group):
            return
        found = tally(problem, placement, (self.workload,), self.key)
        unknown = found.pop(None, 0)
        if self.weight is None:
            yield from strays(problem, placement, self, self.workload)
        else:
            unknown = 0
        short = self.count - len(found) - unknown - exempt(problem, placement, self.workload, self.key)
        if short > 0:
            yield Violation(self.keyword, short, self.id, workload=self.workload)

    def post(self, model: Model) -> None:
        unknown = model.by_value((self.workload,), self.key).get(None, [])
        model.row([*self._missing(model), *((count, -1) for count, _ in unknown)], high=0)

    def penalise(self, model: Model) -> Terms:
        return [(model.excess(self._missing(model), 0, self.count), 1)]

    def _missing(self, model: Model) -> Terms:
        """The values that are due, less those that are used."""
        present = model.present((self.workload,), self.key)
        admitted = model.admitted[model.problem.workloads[self.workload].group]
        used: Terms = [(literal, -1) for value, literal in present.items() if value is not None]
        used += [(count, -1) for count, _ in model.exempt(self.workload, self.key)]
        return [(admitted, self.count), *used]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        found = state.tally((self.workload,), self.key)
        used = sum(1 for value, count in found.items() if count and value not in (None, EXEMPT))
        used += found.get(EXEMPT, 0)
        spare = state.due(self.workload) - 1 >= self.count - used
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(not spare and (value is None or (value != EXEMPT and found.get(value, 0) > 0)))

        return extra
