"""`balance`: the highest fill of a resource, as low as possible.

One level, `balance R`: the highest fill over all hosts at any time, in whole percent rounded up. Parts of the problem
that share nothing are balanced each by itself, though only the fullest host of all shows in the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, inf
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from placelang_scheduler.hours import together
from placelang_scheduler.rules.draws import sure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model, Terms
    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.objectives.moving import Step
    from placelang_scheduler.parts import Part, Scope, Sure
    from placelang_scheduler.placement import Placement
    from placelang_scheduler.state import State

_FEW = 6
"""Hosts of which all combinations are looked at."""
_SETS = 64
"""Sets of more hosts that are looked at."""
_MANY = 64
"""Hosts of which the reachable sums are looked at."""
_WIDE = 1 << 14
"""Units of a capacity up to which its reachable sums are looked at."""
_FINE = 1_000_000
"""Parts of a full host, for comparing fills."""


_Need: TypeAlias = "tuple[int, int, Mapping[int, int]]"
"""What a replica needs, how many there are at least, and where they have room."""


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
        drawn = _drawn(scope, self.resource)
        needs |= dict.fromkeys((index for index, _ in drawn if index not in needs), 0)
        capacity = {
            host: amount
            for host in scope.hosts
            if (amount := scope.problem.hosts[host].capacity.get(self.resource, 0))
        }
        needs = dict(sorted(needs.items()))
        moments = together(scope.problem, needs)
        return (Fill(f"{self.keyword} {self.resource}", self.resource, needs, capacity, drawn, moments),)


def _drawn(scope: Scope, resource: str) -> dict[tuple[int, int], int]:
    """What a replica of a workload takes of a resource of a host, beyond its demand, by its shares of devices."""
    found = {}
    for index in scope.workloads:
        workload = scope.problem.workloads[index]
        for host in workload.candidates + workload.stay if any(d.share for d in workload.devices) else ():
            beyond = sure(scope.problem, workload, host).get(resource, 0) - workload.demand.get(resource, 0)
            if beyond:
                found[index, host] = beyond
    return found


@dataclass(frozen=True, slots=True)
class Fill:
    """The highest fill over hosts with a `capacity` by workloads with a need, and what is `drawn` beyond it; those of
    each of `moments` run together."""

    effort: ClassVar[float] = (
        0.05  # the last percent is where a site's solve would spend nearly all of its time
    )

    name: str
    resource: str
    needs: dict[int, int]
    capacity: dict[int, int]
    drawn: dict[tuple[int, int], int]
    moments: tuple[tuple[int, ...], ...]

    def need(self, index: int, host: int) -> int:
        """What a replica takes on a host."""
        return self.needs[index] + self.drawn.get((index, host), 0)

    def combine(self, values: Iterable[int]) -> int:
        return max(values, default=0)

    def value(self, placement: Placement) -> int:
        return max(self._value(placement, moment) for moment in self.moments)

    def _value(self, placement: Placement, moment: tuple[int, ...]) -> int:
        used: dict[int, int] = {}
        for index in moment:
            for host, count in placement.on(index).items():
                used[host] = used.get(host, 0) + self.need(index, host) * count
        return max(
            (-(-100 * amount // self.capacity[host]) for host, amount in used.items() if amount), default=0
        )

    def bound(self, part: Part, sure: Sure) -> int:
        """What cannot but stand on some of the hosts has to fit there: tried for few hosts in every combination, else
        for those that workloads may stand on."""
        return max(self._bound(part, sure, moment) for moment in self.moments)

    def _variants(self, part: Part, sure: Sure, moment: tuple[int, ...]) -> Iterator[_Need]:
        """What variants need that are sure together: that of the least of them, wherever any may stand."""
        for one in part.problem.counts(moment):
            due = sure.get(one.workloads, 0)
            if due and set(moment).issuperset(one.workloads):
                yield min(self.needs[index] for index in one.workloads), due, part.room_for(one)

    def _bound(self, part: Part, sure: Sure, moment: tuple[int, ...]) -> int:
        needs = [(self.needs[index], sure[index], part.room[index]) for index in moment if sure.get(index, 0)]
        needs += self._variants(part, sure, moment)
        hosts = [host for host in part.hosts if host in self.capacity]
        loads = _loads(needs, hosts)
        best = max(
            (-(-100 * load // sum(self.capacity[host] for host in on)) for on, load in loads), default=0
        )
        divisor = gcd(*(self.needs[index] for index in moment))
        if self.drawn or not self._narrow(hosts, divisor):
            return best
        sums = {host: self._sums(part, host, divisor, moment) for host in hosts}
        while best < 100:  # noqa: PLR2004 - percent
            most = self._tops(sums, divisor, best)
            if all(load <= divisor * sum(most[host] for host in on) for on, load in loads):
                break
            best += 1
        return best

    def _narrow(self, hosts: Sequence[int], divisor: int) -> bool:
        """Whether it is worth while to look at all sums, in units of `divisor`."""
        widest = max((self.capacity[host] for host in hosts), default=0)
        return len(hosts) <= _MANY and widest <= _WIDE * divisor

    def tops(self, part: Part, percent: int) -> dict[int, int]:
        """The most that whole replicas on a host of `part` can take of it up to that fill, as far as is easily seen."""
        hosts = [host for host in part.hosts if host in self.capacity]
        divisor = gcd(*self.needs.values())
        if self.drawn or len(self.moments) > 1 or not self._narrow(hosts, divisor):
            return {host: percent * self.capacity[host] // 100 for host in hosts}
        sums = {host: self._sums(part, host, divisor, self.moments[0]) for host in hosts}
        return {host: most * divisor for host, most in self._tops(sums, divisor, percent).items()}

    def _tops(self, sums: Mapping[int, int], divisor: int, percent: int) -> dict[int, int]:
        return {
            host: _highest(found, percent * self.capacity[host] // 100 // divisor)
            for host, found in sums.items()
        }

    def _sums(self, part: Part, host: int, divisor: int, moment: tuple[int, ...]) -> int:
        """What whole replicas on a host can add up to, in units of `divisor`: bit n stands for n units."""
        most = self.capacity[host] // divisor
        sums = 1
        for index in moment:
            need = self.needs[index]
            for _ in range(min(part.room[index].get(host, 0), most)):
                sums |= sums << need // divisor
        return sums

    def post(self, model: Model) -> Terms:
        highest = model.variable(100)
        for host, capacity in self.capacity.items():
            for moment in self.moments:
                terms = [
                    (model.x[index][host], need)
                    for index in moment
                    if host in model.x[index] and (need := self.need(index, host))
                ]
                if not terms:
                    continue
                divisor = gcd(capacity, *(need for _, need in terms))
                scaled = [(count, 100 * need // divisor) for count, need in terms]
                unit = model.unit([*scaled])
                rounded = [(count, -(-need // unit)) for count, need in scaled]
                model.define([*rounded, (highest, -(capacity // divisor // unit))], high=0)
        return [(highest, 1)]

    def marginal(self, state: State, workload: int) -> Callable[[int], int] | None:
        if workload not in self.needs:
            return None
        return lambda host: self._fill(state, host, self.need(workload, host))

    def _fill(self, state: State, host: int, more: int = 0) -> int:
        capacity = self.capacity.get(host)
        return (state.used(self.resource, host) + more) * _FINE // capacity if capacity else 0

    def steps(self, state: State, bound: int) -> Iterator[Step]:
        """Away from hosts above the bound, fullest first: one replica, or one in exchange for a smaller, or one that
        makes another give way to a third host. Only what leaves all of these hosts less full than the first was."""
        used = {host: state.used(self.resource, host) for host in state.part.hosts if host in self.capacity}
        standing: dict[int, list[int]] = {host: [] for host in used}
        for index in sorted(self.needs, key=lambda index: (self.needs[index], index)):
            for host in state.on(index):
                if host in standing:
                    standing[host].append(index)
        fill = {host: amount / self.capacity[host] for host, amount in used.items()}
        for source in sorted(used, key=lambda host: (-fill[host], host)):
            if 100 * used[source] <= bound * self.capacity[source]:
                break
            below = {host: fill[source] * self.capacity[host] - amount for host, amount in used.items()}
            for index in reversed(standing[source]):
                yield from self._away(state, standing, below, index, source)

    def _away(
        self, state: State, standing: dict[int, list[int]], below: dict[int, float], index: int, source: int
    ) -> Iterator[Step]:
        """Moves of `index` from `source`; `below` is what each host may take to stay less full than it, anything where
        it has none of the resource: shares of devices may be all that is wanted there."""
        room = state.part.room
        need = self.needs[index]
        for target in room[index]:
            if target == source:
                continue
            if need < below.get(target, inf) and state.fits(index, target):
                yield ((index, source, target, index),)
            for other in standing.get(target, ()):
                less = self.needs[other]
                if other == index or need - less >= below[target]:
                    continue
                if less < need and source in room[other]:
                    yield ((index, source, target, index), (other, target, source, other))
                for third in room[other]:
                    if third not in {source, target} and less < below.get(third, inf):
                        yield ((index, source, target, index), (other, target, third, other))

    def local(self, state: State, workloads: tuple[int, ...], hosts: tuple[int, ...]) -> int:
        return max(self._fill(state, host) for host in hosts)


def _choices(hosts: Sequence[int], rooms: Sequence[Mapping[int, int]]) -> Iterator[tuple[int, ...]]:
    """Of many hosts those to look at together: all of them, those where a workload has room, and unions of these that
    have hosts in common, up to `_SETS`."""
    found = list(dict.fromkeys((frozenset(hosts), *(frozenset(room).intersection(hosts) for room in rooms))))
    known = set(found)
    for one in found:
        for other in list(found) if len(found) < _SETS else ():
            union = one | other
            if one & other and union not in known:
                known.add(union)
                found.append(union)
    yield from (tuple(sorted(chosen)) for chosen in found[:_SETS] if chosen)


def _loads(needs: Sequence[_Need], hosts: Sequence[int]) -> list[tuple[tuple[int, ...], int]]:
    """Sets of hosts, each with what finds no room outside of it; of few hosts all that there are."""
    if len(hosts) > _FEW:
        masked = [(need, least, _mask(room), room) for need, least, room in needs]
        return [(chosen, _load(masked, chosen)) for chosen in _choices(hosts, [room for *_, room in needs])]
    loads = [0] * (1 << len(hosts))
    for need, least, room in needs:
        outside = [sum(room.values())]  # by set of hosts, each host a bit
        for host in hosts:
            here = room.get(host, 0)
            outside += [left - here for left in outside] if here else outside
        for number, left in enumerate(outside):
            if left < least:
                loads[number] += need * (least - left)
    chosen: list[tuple[int, ...]] = [()]
    for host in hosts:
        chosen += [(*others, host) for others in chosen]
    return list(zip(chosen[1:], loads[1:], strict=True))


def _mask(hosts: Iterable[int]) -> int:
    """A bit for each host."""
    return sum(1 << host for host in hosts)


def _load(needs: Sequence[tuple[int, int, int, Mapping[int, int]]], hosts: tuple[int, ...]) -> int:
    """What finds no room outside of `hosts`; each host that there is room on takes one at least."""
    inside = frozenset(hosts)
    beyond = ~_mask(hosts)
    load = 0
    for need, least, mask, room in needs:
        if (mask & beyond).bit_count() < least:
            outside = sum(most for host, most in room.items() if host not in inside)
            load += need * max(0, least - outside)
    return load


def _highest(sums: int, limit: int) -> int:
    """The highest of the sums that is at most `limit`."""
    return (sums & ((1 << (limit + 1)) - 1)).bit_length() - 1
