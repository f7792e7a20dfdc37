"""`at least`: the replicas stand on so many different values of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from placelang_scheduler.constraints.shape import Alike, keyed_limit, room_by_value, strays, surely
from placelang_scheduler.placement import EXEMPT, Violation, exempt, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.parts import Room, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class AtLeast(Alike):
    """The replicas of `workloads`, all of one group, once admitted, stand on `count` or more different
    values of `key`.

    A replica that stays on a host without a value stands on one of its own, and so does one on an exempt host.
    Soft: one violation per value short, and a host without a value brings none.
    """

    id: str
    workloads: tuple[int, ...]
    key: str
    count: int
    weight: int | None = None
    keyword: Literal["at least"] = "at least"

    def faults(self, problem: Problem) -> Iterator[str]:
        if len(set(self.workloads)) < len(self.workloads):
            yield "names a workload twice"
        if len({problem.workloads[index].group for index in self.workloads}) > 1:
            yield "names workloads of several groups"
        if self.count < 1:
            yield f"count is {self.count}, below 1"

    def least(self, problem: Problem, room: Room, sure: Sure) -> int:
        """Values short where all that have room are used; an exempt host counts each replica."""
        most = room_by_value(problem, room, self.workloads, self.key)
        values = sum(count if value == EXEMPT else 1 for value, count in most.items())
        return max(0, self.count - values) if surely(problem, sure, self.workloads) else 0

    def limit(self, problem: Problem, workload: int, host: int) -> int:
        return keyed_limit(problem, self.key, workload, host)

    def violations(self, problem: Problem, placement: Placement) -> Iterator[Violation]:
        if not placement.admits(self.group(problem)):
            return
        found = tally(problem, placement, self.workloads, self.key)
        unknown = found.pop(None, 0)
        if self.weight is None:
            for workload in self.workloads:
                yield from strays(problem, placement, self, workload)
        else:
            unknown = 0
        short = self.count - len(found) - unknown - self._unseen(problem, placement)
        if short > 0:
            yield Violation(self.keyword, short, self.id, workload=self.workloads[0])

    def _unseen(self, problem: Problem, placement: Placement) -> int:
        return sum(exempt(problem, placement, workload, self.key) for workload in self.workloads)

    def post(self, model: Model) -> None:
        unknown = model.by_value(self.workloads, self.key).get(None, [])
        model.row([*self._missing(model), *((count, -1) for count, _ in unknown)], high=0)

    def penalise(self, model: Model) -> Terms:
        return [(model.excess(self._missing(model), 0, self.count), 1)]

    def _missing(self, model: Model) -> Terms:
        """The values that are due, less those that are used."""
        present = model.present(self.workloads, self.key)
        admitted = model.admitted[self.group(model.problem)]
        used: Terms = [(literal, -1) for value, literal in present.items() if value is not None]
        used += [(count, -1) for workload in self.workloads for count, _ in model.exempt(workload, self.key)]
        return [(admitted, self.count), *used]

    def marginal(self, state: State, workload: int) -> Callable[[int], int]:
        found = state.tally(self.workloads, self.key)
        used = sum(1 for value, count in found.items() if count and value not in (None, EXEMPT))
        used += found.get(EXEMPT, 0)
        spare = state.due(workload) - 1 >= self.count - used
        hosts = state.problem.hosts

        def extra(host: int) -> int:
            value = hosts[host].domains.get(self.key)
            return int(not spare and (value is None or (value != EXEMPT and found.get(value, 0) > 0)))

        return extra
