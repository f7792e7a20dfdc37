"""`seat`: who holds which devices of one host: shares on devices that are opened for them, shared devices beside these,
and what is held alone from what stays closed.

Equal shares are laid on devices together, the largest first, on the fullest device that takes them; where that does
not come out, other ways are tried, each in one order of equal devices only, up to a number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_scheduler.rules.draws import draws
from placelang_scheduler.rules.filters import accepted, alone
from placelang_scheduler.rules.flow import Ask, hand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from placelang_scheduler.placement import Held
    from placelang_scheduler.problem import DeviceDemand, Problem, Workload

Present = tuple[tuple[int, "Workload", int], ...]
"""Workloads on a host with their index and how many replicas of each stand there."""

Pins = dict[tuple[int, int], dict[str, int]]
"""What is held alone, and shares, by workload and number of the demand: so many of which class."""

_DEEP = 400
"""Choices in a row."""
_ENDLESS = 10**9


class TiredError(Exception):
    """The steps ended before it was known whether all find a seat."""


@dataclass(slots=True)
class _Union:
    """`spare` devices of `classes` need not be held alone."""

    classes: frozenset[str]
    spare: int


@dataclass(slots=True)
class _Shares:
    """`number` slices of `size`, of any of `classes`; `takers` are demands with how many of them each gets. `laid` is
    how many lie on each."""

    classes: tuple[str, ...]
    size: int
    number: int
    takers: list[tuple[int, int, int]]
    laid: dict[str, int]


def seat(
    problem: Problem, host: int, present: Present, steps: int, pins: Pins | None = None
) -> dict[int, Held] | None:
    """What the replicas present hold, by workload; None if the host has not enough for them, or not where some
    hold what `pins` say. Raises `TiredError`."""
    search = _Search(problem, host, present, steps)
    for (index, position), held in (pins or {}).items():
        search.pin(index, position, held)
    return search.held() if search.found() else None


def arrange(
    problem: Problem,
    host: int,
    present: Present,
    laid: Mapping[tuple[tuple[str, ...], int], Mapping[str, int]],
) -> dict[int, Held] | None:
    """What the replicas present hold where it is known how many equal shares lie on which device."""
    search = _Search(problem, host, present, _ENDLESS)
    search.lay(laid)
    return search.held() if search.unlocked() else None


class _Search:
    """`free`: what each class may still lend. `open`: devices that may not be held alone. `unions`: of the filters of
    what is held alone. `budget`: what is left of the resources that shares draw on."""

    def __init__(self, problem: Problem, host: int, present: Present, steps: int) -> None:
        self.steps = steps
        shape = problem.hosts[host]
        self.count = {device.id: device.count for device in shape.devices}
        self.free = {device.id: device.lends for device in shape.devices}
        self.open = dict.fromkeys(self.count, 0)
        self.draws = draws(problem, host)
        self.budget = {
            resource: shape.capacity.get(resource, 0)
            - sum(workload.demand.get(resource, 0) * count for _, workload, count in present)
            for resource in self.draws.values()
        }
        demands = [(index, d) for index, workload, _ in present for d in workload.devices]
        counts = {index: count for index, _, count in present}
        self.unions = [
            _Union(
                union.classes,
                sum(self.count[device] for device in union.classes)
                - sum(counts[index] * number for index, number in union.demand.items()),
            )
            for union in alone(problem, host, demands)
        ]
        self.wanted = {device: len(self._unions(device)) for device in self.count}
        self.shares, self.shared, self.alone = _sort(problem, host, present)
        self.given: Pins = {}
        self.pinned: set[str] = set()

    def pin(self, index: int, position: int, held: Mapping[str, int]) -> None:
        """Hand out some of a demand beforehand."""
        self.given[index, position] = dict(held)
        number = sum(held.values())
        for ask in self.alone:
            if (ask.index, ask.position) == (index, position):
                ask.wanted -= number
                for device, count in held.items():
                    self.count[device] -= count
                    for union in self._unions(device):
                        union.spare -= 0 if union.classes.issuperset(ask.classes) else count
        for shares in self.shares:
            for at, taker in enumerate(shares.takers):
                if taker[:2] == (index, position):
                    shares.takers[at] = (index, position, taker[2] - number)
                    shares.number -= number
                    for device, count in held.items():
                        self._pin(device, shares.size * count)

    def _pin(self, device: str, amount: int) -> None:
        self.free[device] -= amount
        if device in self.draws:
            self.budget[self.draws[device]] -= amount
        if device not in self.pinned:
            self.pinned.add(device)
            self._open(device, 1)

    def found(self) -> bool:
        """Whether there is a way; what it comes to then stands in the fields."""
        left = [*self.budget.values(), *self.free.values(), *(union.spare for union in self.unions)]
        left += [count - self.open[device] for device, count in self.count.items()]
        if min(left, default=0) < 0:
            return False
        return self._lay(0, 0)

    def lay(self, laid: Mapping[tuple[tuple[str, ...], int], Mapping[str, int]]) -> None:
        """Lay all shares as they are known to lie; of more than there are, only as many."""
        for shares in self.shares:
            left = shares.number
            for device, count in sorted(laid[shares.classes, shares.size].items()):
                self._put(device, shares, min(left, count))
                left -= min(left, count)

    def unlocked(self) -> bool:
        """Whether there is a way to open what is needed beside the shares that lie."""
        return self._unlock(0, 0)

    def held(self) -> dict[int, Held]:
        """The way that was found."""
        given = dict(self.given)
        for shares in self.shares:
            left = dict(sorted(shares.laid.items()))
            for index, position, number in shares.takers:
                given[index, position] = _sum(given.get((index, position), {}), _part(left, number))
        for ask in self.shared:
            order = sorted(ask.classes, key=lambda name: name not in ask.taken)
            given[ask.index, ask.position] = _part({name: self.open[name] for name in order}, ask.wanted)
        if not hand(self.alone, {device: n - self.open[device] for device, n in self.count.items()}):
            raise AssertionError("every union of filters has enough, its devices do not suffice")
        for ask in self.alone:
            at = (ask.index, ask.position)
            given[at] = _sum(given.get(at, {}), {device: n for device, n in ask.taken.items() if n})
        found: dict[int, list[Mapping[str, int]]] = {}
        for index, position in sorted(given):
            found.setdefault(index, []).append(given[index, position])
        return {index: tuple(held) for index, held in found.items()}

    def _lay(self, number: int, depth: int) -> bool:
        """Lay the shares from `number` on, and open what is needed beside them."""
        if number == len(self.shares):
            return self._unlock(0, depth)
        if sum(s.size * s.number for s in self.shares[number:]) > sum(self.free.values()):
            return False
        shares = self.shares[number]
        likes = {device: self._like(device) for device in shares.classes}
        order = sorted(shares.classes, key=lambda device: (likes[device], device))
        fill = [
            (device, bool(at) and likes[device] == likes[order[at - 1]]) for at, device in enumerate(order)
        ]
        return self._fill(number, fill, 0, shares.number, depth)

    def _like(self, device: str) -> tuple[object, ...]:
        """Devices of which this is equal can change places. The first to be filled is the one that is least wanted by
        others, and has the least left."""
        filters = [share.classes for share in self.shares]
        filters += [ask.classes for ask in (*self.shared, *self.alone)]
        return (
            self.wanted[device],
            self.draws.get(device, ""),
            self.free[device],
            not self.open[device],
            tuple(device in classes for classes in filters),
        )

    def _fill(self, number: int, order: Sequence[tuple[str, bool]], at: int, left: int, depth: int) -> bool:
        """Lay the `left` shares that remain of a kind on the devices from `at` on; each with whether it is like the one
        before it."""
        if not left:
            return self._lay(number + 1, depth)
        self._step(depth)
        shares = self.shares[number]
        most = [self._most(device, shares.size) for device, _ in order[at:]]
        if sum(most) < left:
            return False
        device, alike = order[at]
        high = min(left, most[0], shares.laid[order[at - 1][0]] if alike else left)
        for count in range(high, max(0, left - sum(most[1:])) - 1, -1):
            self._put(device, shares, count)
            if self._fill(number, order, at + 1, left - count, depth + 1):
                return True
            self._put(device, shares, -count)
        return False

    def _most(self, device: str, size: int) -> int:
        if not self.open[device] and not self._can_open(device):
            return 0
        free = self.free[device]
        if device in self.draws:
            free = min(free, self.budget[self.draws[device]])
        return free // size

    def _can_open(self, device: str) -> bool:
        spare = all(union.spare > 0 for union in self._unions(device))
        return self.open[device] < self.count[device] and spare

    def _unions(self, device: str) -> list[_Union]:
        return [union for union in self.unions if device in union.classes]

    def _put(self, device: str, shares: _Shares, count: int) -> None:
        before = self.open[device]
        shares.laid[device] = shares.laid.get(device, 0) + count
        self.free[device] -= count * shares.size
        if device in self.draws:
            self.budget[self.draws[device]] -= count * shares.size
        used = device in self.pinned or any(s.laid.get(device) for s in self.shares)
        self._open(device, int(used) - before)

    def _open(self, device: str, count: int) -> None:
        self.open[device] += count
        for union in self._unions(device) if count else ():
            union.spare -= count

    def _unlock(self, number: int, depth: int) -> bool:
        """Open what the shared demands from `number` on need beside what is open."""
        if number == len(self.shared):
            return True
        ask = self.shared[number]
        missing = ask.wanted - sum(self.open[device] for device in ask.classes)
        order = sorted(ask.classes, key=lambda c: (c not in ask.taken, self.wanted[c], ask.classes.index(c)))
        return self._reveal(number, order, max(0, missing), depth)

    def _reveal(self, number: int, order: Sequence[str], left: int, depth: int) -> bool:
        if not left:
            return self._unlock(number + 1, depth)
        if not order:
            return False
        self._step(depth)
        device, rest = order[0], order[1:]
        spare = [union.spare for union in self._unions(device)]
        high = min([left, self.count[device] - self.open[device], *spare])
        low = left - sum(self.count[other] - self.open[other] for other in rest)
        for count in range(high, max(0, low) - 1, -1):
            self._open(device, count)
            if self._reveal(number, rest, left - count, depth + 1):
                return True
            self._open(device, -count)
        return False

    def _step(self, depth: int) -> None:
        self.steps -= 1
        if self.steps < 0 or depth > _DEEP:
            raise TiredError


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {device: one.get(device, 0) + other.get(device, 0) for device in sorted({*one, *other})}


def _part(left: dict[str, int], number: int) -> dict[str, int]:
    """`number` of what is left, taken away from it."""
    found = {}
    for device, have in left.items():
        taken = min(number, have)
        number -= taken
        left[device] -= taken
        if taken:
            found[device] = taken
    return found


def _sort(problem: Problem, host: int, present: Present) -> tuple[list[_Shares], list[Ask], list[Ask]]:
    """The demands by how they hold, equal shares together and the largest first."""
    shares: dict[tuple[tuple[str, ...], int], _Shares] = {}
    workloads = {index: workload for index, workload, _ in present}
    shared: list[Ask] = []
    single: list[Ask] = []
    for index, position, demand, count in _demands(present):
        classes = accepted(problem, demand, host)
        if demand.share:
            found = shares.setdefault((classes, demand.share), _Shares(classes, demand.share, 0, [], {}))
            found.number += demand.count * count
            found.takers.append((index, position, demand.count * count))
        elif demand.shared:
            now = workloads[index].holds.get(host, ())
            held = dict(now[position]) if position < len(now) else {}
            shared.append(Ask(index, position, classes, demand.count, held))
        else:
            single.append(Ask(index, position, classes, demand.count * count))
    return sorted(shares.values(), key=lambda s: (-s.size, len(s.classes), s.classes)), shared, single


def _demands(present: Present) -> Iterator[tuple[int, int, DeviceDemand, int]]:
    for index, workload, count in present:
        if count:
            for position, demand in enumerate(workload.devices):
                yield index, position, demand, count
