"""`Used`: the level of objectives that count the hosts that hold at least one replica."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from placelang_scheduler.constraints.shape import surely
from placelang_scheduler.objectives.moving import relocations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.state import State


@dataclass(frozen=True, slots=True)
class Used:
    """The sum of `price` over hosts that hold at least one replica of `workloads`."""

    effort: ClassVar[float] = 0.5

    name: str
    problem: Problem
    workloads: tuple[int, ...]
    price: Mapping[int, int]

    def combine(self, values: Iterable[int]) -> int:
        return sum(values)

    def value(self, placement: Placement) -> int:
        used = {host for index in self.workloads for host, count in placement.on(index).items() if count > 0}
        return sum(self.price[host] for host in used)

    def bound(self, part: Part, sure: Sure) -> int:
        """The cheapest hosts on which the workload that is hardest to serve finds its minimum."""
        return max(
            (
                self._least(part.room_for(one), due)
                for one in self.problem.counts(self.workloads)
                if (due := surely(self.problem, sure, one.workloads))
            ),
            default=0,
        )

    def _least(self, room: Mapping[int, int], due: int) -> int:
        """Taking the cheapest and the roomiest hosts at once comes to no more than the best choice of hosts."""
        number = 0
        for most in sorted(room.values(), reverse=True):
            if due <= 0:
                break
            due -= most
            number += 1
        return sum(sorted(self.price[host] for host in room)[:number])

    def post(self, model: Model) -> Terms:
        standing: dict[int, Terms] = {}
        for index in self.workloads:
            for host, count in model.x[index].items():
                standing.setdefault(host, []).append((count, 1))
        terms: Terms = []
        for host, counts in sorted(standing.items()):
            used = model.variable(1)
            for count, _ in counts:
                model.define([(count, 1), (used, -model.most[count.index])], high=0)
            terms.append((used, self.price[host]))
        return terms

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        return lambda host: 0 if state.standing[host] else self.price[host]

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        for index in self.workloads:
            yield from relocations(state, index)

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return sum(self.price[host] for host in hosts if state.standing[host])
