"""`balance`: the highest fill of a resource, as low as possible.

One level, `balance R`: the highest fill over all hosts, in whole percent rounded up. Parts of the problem that share
nothing are balanced each by itself, though only the fullest host of all shows in the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import gcd
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Part, Scope
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.state import State

_FEW = 6
_FINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Balance:
    """The highest fill of `resource` over all hosts, in whole percent rounded up."""

    resource: str
    keyword: Literal["balance"] = "balance"

    def goals(self, scope: Scope) -> tuple[Goal, ...]:
        needs = {
            index: need
            for index in scope.workloads
            if (need := scope.problem.workloads[index].demand.get(self.resource, 0))
        }
        capacity = {
            host: amount
            for host in scope.hosts
            if (amount := scope.problem.hosts[host].capacity.get(self.resource, 0))
        }
        return (Fill(f"{self.keyword} {self.resource}", self.resource, needs, capacity),)


@dataclass(frozen=True, slots=True)
class Fill:
    """The highest fill over hosts with a `capacity` by workloads with a need."""

    name: str
    resource: str
    needs: dict[int, int]
    capacity: dict[int, int]

    def combine(self, values: Iterable[int]) -> int:
        return max(values, default=0)

    def value(self, placement: Placement) -> int:
        used: dict[int, int] = {}
        for index, need in self.needs.items():
            for host, count in placement.on(index).items():
                used[host] = used.get(host, 0) + need * count
        return max(
            (-(-100 * amount // self.capacity[host]) for host, amount in used.items() if amount), default=0
        )

    def bound(self, part: Part, certain: frozenset[int]) -> int:
        """What cannot but stand on some of the hosts fills them evenly at best; tried for few hosts in every
        combination, else for all together."""
        needs = [
            (need, part.problem.workloads[index].minimum, part.room[index])
            for index, need in self.needs.items()
            if part.problem.workloads[index].group in certain
        ]
        hosts = [host for host in part.hosts if host in self.capacity]
        sizes = range(1, len(hosts) + 1) if len(hosts) <= _FEW else (len(hosts),)
        best = 0
        for size in sizes:
            for chosen in combinations(hosts, size):
                inside = frozenset(chosen)
                load = 0
                for need, least, room in needs:
                    outside = sum(most for host, most in room.items() if host not in inside)
                    if outside < least:
                        load += need * (least - outside)
                best = max(best, -(-100 * load // sum(self.capacity[host] for host in chosen)))
        return best

    def post(self, model: Model) -> Terms:
        highest = model.variable(100)
        for host, capacity in self.capacity.items():
            terms = [
                (model.x[index][host], need) for index, need in self.needs.items() if host in model.x[index]
            ]
            if terms:
                divisor = gcd(capacity, *(need for _, need in terms))
                scaled = [(count, 100 * need // divisor) for count, need in terms]
                unit = model.unit([*scaled])
                rounded = [(count, -(-need // unit)) for count, need in scaled]
                model.define([*rounded, (highest, -(capacity // divisor // unit))], high=0)
        return [(highest, 1)]

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        need = self.needs.get(workload)
        if need is None:
            return None
        return lambda host: self._fill(state, host, need)

    def _fill(self, state: State, host: int, more: int = 0) -> int:
        capacity = self.capacity.get(host)
        return (state.used(self.resource, host) + more) * _FINE // capacity if capacity else 0

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return max(self._fill(state, host) for host in hosts)
