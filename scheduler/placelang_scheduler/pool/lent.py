"""`Lent`: what is left of each single device of a kind of which shares are lent, and which devices replicas hold.

Enters columns; leaves seats that are never promised twice: a share lies on a device that has so much left and is not
held alone, and what is held alone has nothing else on it. Which device a replica gets is the one whose loss spoils the
least, as `spoil` has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.pool.spoil import Outlook
from placelang_scheduler.rules.filters import accepted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from placelang_scheduler.pool.columns import Columns, Ints
    from placelang_scheduler.pool.ground import Ground
    from placelang_scheduler.problem import DeviceDemand, Problem

    Floats = NDArray[np.float64]

NEVER = 2**60
"""More than is ever left of a device."""
Seat = tuple[tuple[int, int], ...]
"""Devices by their number on the host, and how much of each is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """`count` devices alone, or as many shares; `least[h, d]` is what has to be left of a device that serves."""

    count: int
    share: int
    least: Ints

    def slots(self, free: Ints, hosts: Ints) -> Ints:
        """How many replicas find a seat where so much is `free` on hosts."""
        serve = free >= self.least[hosts]
        found = (free // self.share * serve) if self.share else serve
        total: Ints = found.sum(axis=1, dtype=np.int64) // self.count
        return total


def lent_kinds(problem: Problem) -> tuple[str, ...]:
    """Kinds of which somebody wants a share."""
    return tuple(sorted({d.kind for w in problem.workloads for d in w.devices if d.share}))


class Lent:
    """`free[h, d]` is what is left of devices of one kind, `seats` who sits where."""

    def __init__(self, columns: Columns, kind: str) -> None:
        problem = columns.problem
        self.problem = problem
        self.kind = kind
        every = [[d for d in host.devices if d.kind == kind] for host in problem.hosts]
        unit = max((d.lends for found in every for d in found), default=0) or 1
        self.names = [[d.id for d in found for _ in range(d.count)] for found in every]
        wide = max(map(len, self.names), default=0)
        self.full = np.zeros((len(every), wide), np.int64)
        for host, found in enumerate(every):
            amounts = [d.lends or unit for d in found for _ in range(d.count)]
            self.full[host, : len(amounts)] = amounts
        self.free = self.full.copy()
        self.seats: dict[tuple[int, int], list[Seat]] = {}
        self.pins: dict[tuple[int, int], list[Seat]] = {}
        self.wishes = self._wishes(columns)
        self.outlook = Outlook(columns, self, unit)
        self._pin_running(columns)

    def _wishes(self, columns: Columns) -> dict[int, Wish]:
        known: dict[DeviceDemand, Wish] = {}
        found: dict[int, Wish] = {}
        for index in columns.scope.workloads:
            for demand in self.problem.workloads[index].devices:
                if demand.kind == self.kind:
                    if demand not in known:
                        known[demand] = Wish(demand.count, demand.share, self._least(demand))
                    found[index] = known[demand]
        return found

    def _least(self, demand: DeviceDemand) -> Ints:
        least = np.full(self.full.shape, NEVER, np.int64)
        for host, names in enumerate(self.names):
            right = accepted(self.problem, demand, host) if names else ()
            for number, name in enumerate(names):
                if name in right:
                    least[host, number] = demand.share or self.full[host, number]
        return least

    def _pin_running(self, columns: Columns) -> None:
        """What runs sits down where it sits."""
        for index, wish in self.wishes.items():
            workload = columns.problem.workloads[index]
            position = next(n for n, d in enumerate(workload.devices) if d.kind == self.kind)
            for host, held in workload.holds.items():
                taken = [
                    (self.names[host].index(name) + (0 if wish.share else extra), name)
                    for name, count in sorted(held[position].items() if position < len(held) else ())
                    if name in self.names[host]
                    for extra in range(count)
                ]
                numbers = [number for number, _ in taken if number < len(self.names[host])]
                for start in range(0, len(numbers) - wish.count + 1, wish.count):
                    some = numbers[start : start + wish.count]
                    seat = tuple((d, wish.share or int(self.full[host, d])) for d in some)
                    self.pins.setdefault((index, host), []).append(_joined(seat))

    def room(self, workload: int, hosts: Ints) -> Ints:
        """How many replicas find a seat on hosts."""
        wish = self.wishes.get(workload)
        return np.full(hosts.size, NEVER, np.int64) if wish is None else wish.slots(self.free[hosts], hosts)

    def lacks(self, workload: int, hosts: Ints) -> Floats:
        """Nothing where there is a seat, and how much of devices is missing where not even all together have it."""
        wish = self.wishes.get(workload)
        if wish is None:
            return np.zeros(hosts.size)
        asked = wish.count * (wish.share or self.outlook.unit)
        missing = 1 - self.free[hosts].sum(axis=1) / asked
        some: Floats = np.where(wish.slots(self.free[hosts], hosts) > 0, 0.0, np.maximum(missing, 1e-9))
        return some

    def pin(self, workload: int, host: int, seat: Seat) -> None:
        """The next replica that comes there is to have this seat."""
        self.pins.setdefault((workload, host), []).append(seat)

    def put(self, ground: Ground, workload: int, host: int, change: int) -> None:
        """Replicas sit down, or the last that did get up; before the rows of the host change."""
        if workload in self.wishes:
            taken = self.seats.setdefault((workload, host), [])
            for _ in range(change):
                seat = self._pinned(workload, host) or self.outlook.seat(ground, workload, host)
                taken.append(seat)
                self._take(host, seat, 1)
            for _ in range(-change):
                self._take(host, taken.pop(), -1)
        self.outlook.touch(host)

    def _pinned(self, workload: int, host: int) -> Seat | None:
        """A seat that is kept for one of the replicas here, where it is still free."""
        pins = self.pins.get((workload, host))
        least = self.wishes[workload].least[host]
        while pins:
            seat = pins.pop()
            if all(self.free[host, d] >= max(amount, least[d]) for d, amount in seat):
                return seat
        return None

    def _take(self, host: int, seat: Seat, sign: int) -> None:
        for device, amount in seat:
            self.free[host, device] -= sign * amount

    def frees(self, workload: int, host: int, other: int) -> bool:
        """Whether there is a seat on a host once the last replica of `other` gets up."""
        wish, at = self.wishes.get(workload), np.array([host])
        if wish is None:
            return True
        free = self.free[at]
        for device, amount in self.last(other, host):
            free[0, device] += amount
        return bool(wish.slots(free, at)[0])

    def last(self, workload: int, host: int) -> Seat:
        """The seat of the replica that would get up."""
        seats = self.seats.get((workload, host))
        return seats[-1] if seats else ()

    def holds(self, workload: int, host: int) -> dict[str, int]:
        """How many of which class the replicas on a host hold: devices, or shares of these."""
        wish, found = self.wishes.get(workload), dict[str, int]()
        for seat in self.seats.get((workload, host), ()):
            for device, amount in seat:
                name = self.names[host][device]
                number = amount // wish.share if wish and wish.share else 1
                found[name] = found.get(name, 0) + number
        return dict(sorted(found.items()))


def _joined(seat: Seat) -> Seat:
    amounts: dict[int, int] = {}
    for device, amount in seat:
        amounts[device] = amounts.get(device, 0) + amount
    return tuple(sorted(amounts.items()))
