"""`Outlook`: how much of what is left of devices typical demands can use, and how little of it a replica spoils.

Written from how fragmentation gradient descent (Weng and others, USENIX ATC 2023) is described: of a host, all that is
left is lost to a demand that the host cannot serve, and otherwise what lies on devices that have too little left for
it; the expectation over typical demands says how fragmented the host is. A replica goes where that grows least, in a
hundred coarse steps; among equals, where the least is left of devices, and then of the rest.

Typical demands are those of the workloads of the problem that want such devices, each as often as its maximum says,
the most frequent up to `_COVERED` of them all.
What was worked out of a host holds until something changes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.pool.columns import ENDLESS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from placelang_scheduler.pool.columns import Columns, Ints
    from placelang_scheduler.pool.ground import Ground
    from placelang_scheduler.pool.lent import Lent, Seat, Wish

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_COVERED = 0.95
_STEPS = 100
_CHUNK = 2048
"""States of hosts that are looked at together."""


class Outlook:
    """Kept for one ground; `touch` says that a host changed."""

    def __init__(self, columns: Columns, lent: Lent, unit: int) -> None:
        self.columns = columns
        self.lent = lent
        self.unit = unit
        hosts = len(columns.problem.hosts)
        self._now = 1
        self._changed = np.ones(hosts, np.int64)
        self._seen: dict[int, int] = {}
        self._steps: dict[int, Floats] = {}
        self._typical()

    def touch(self, host: int) -> None:
        """What was worked out of a host holds no more."""
        self._now += 1
        self._changed[host] = self._now

    def _typical(self) -> None:
        """The most frequent demands: how often, what of rows, where, and which wish."""
        often: dict[tuple[tuple[tuple[int, int], ...], int, Wish], int] = {}
        for index, wish in self.lent.wishes.items():
            name = (self.columns.needs[index], self.columns.mask[index], wish)
            often[name] = often.get(name, 0) + self.columns.problem.counted(index).maximum
        total = sum(often.values()) or 1
        ranked = sorted(often, key=lambda name: -often[name])
        before = np.cumsum([0, *(often[name] for name in ranked)])[:-1]
        ranked = [name for name, so_far in zip(ranked, before, strict=True) if so_far < _COVERED * total]
        covered = sum(often[name] for name in ranked) or 1
        asking = [(*name, often[name] / covered) for name in ranked]
        self._wishes = list(dict.fromkeys(wish for _, _, wish, _ in asking))
        self._weights = np.array([weight for *_, weight in asking])
        self._wish_of = np.array([self._wishes.index(wish) for _, _, wish, _ in asking], np.int64)
        self._needs = np.zeros((len(asking), len(self.columns.capacity)), np.int64)
        self._may = np.zeros((len(asking), len(self.columns.problem.hosts)), bool)
        for number, (needs, mask, _, _) in enumerate(asking):
            for row, need in needs:
                self._needs[number, row] = need
            self._may[number, self.columns.masks[mask]] = True

    def useful(self, hosts: Ints, rows: Ints, free: Ints) -> Floats:
        """What of devices is expected to be of use, in whole ones, where hosts have so much left."""
        found = np.zeros(hosts.size)
        for start in range(0, hosts.size if self._wishes else 0, _CHUNK):
            part = slice(start, start + _CHUNK)
            at, left = hosts[part], free[part]
            use = np.empty((len(self._wishes), at.size))
            for number, wish in enumerate(self._wishes):
                amount = (left * (left >= wish.least[at])).sum(axis=1)
                use[number] = amount * (wish.slots(left, at) > 0)
            can = self._may[:, at].copy()
            for row in np.flatnonzero(self._needs.any(axis=0)):
                can &= self._needs[:, row, None] <= rows[row, part][None]
            found[part] = self._weights @ (can * use[self._wish_of])
        return found / self.unit

    def liked(self, ground: Ground, workload: int, hosts: Ints) -> Floats:
        """The order in which hosts with a seat are liked."""
        steps = self._stepped(ground, workload)
        capacity = self.columns.capacity
        some = [row for row in range(len(capacity)) if 0 < capacity[row].max(initial=0) < ENDLESS]
        rest = sum((ground.free[row][hosts] / capacity[row].max() for row in some), np.zeros(hosts.size))
        devices = self.lent.free[hosts].sum(axis=1)
        order = np.lexsort((rest, devices, -steps[hosts]))
        ranks = np.empty(hosts.size)
        ranks[order] = np.arange(hosts.size)
        return ranks

    def _stepped(self, ground: Ground, workload: int) -> Floats:
        steps = self._steps.setdefault(workload, np.zeros(self._changed.size))
        hosts = self.columns.hosts_of(workload)
        hosts = hosts[self._changed[hosts] > self._seen.get(workload, 0)]
        self._seen[workload] = self._now
        if hosts.size:
            steps[hosts] = self._worked_out(ground, workload, hosts)
        return steps

    def _worked_out(self, ground: Ground, workload: int, hosts: Ints) -> Floats:
        wish = self.lent.wishes.get(workload)
        before = self.useful(hosts, ground.free[:, hosts], self.lent.free[hosts])
        at, after = _seats(wish, hosts, self.lent.free[hosts])
        kept = self.useful(hosts[at], self._rows(ground, workload, hosts[at]), after)
        best = np.full(hosts.size, -np.inf)
        np.maximum.at(best, at, kept)
        taken = (self.lent.free[hosts[at]] - after).sum(axis=1) / self.unit
        took = np.zeros(hosts.size)
        took[at] = taken
        with np.errstate(over="ignore"):
            found: Floats = np.floor(_STEPS / (1 + np.exp(before - best - took)))
        return found

    def _rows(self, ground: Ground, workload: int, hosts: Ints) -> Ints:
        rows = ground.free[:, hosts]
        for row, need in self.columns.needs[workload]:
            rows[row] -= need
        return rows

    def seat(self, ground: Ground, workload: int, host: int) -> Seat:
        """The seat on a host that spoils the least; of equals, that on the fullest device. Raises `AssertionError`
        where there is none."""
        hosts, free = np.array([host]), self.lent.free[[host]]
        at, after = _seats(self.lent.wishes[workload], hosts, free)
        if not at.size:
            raise AssertionError("a replica came to a host that has no device for it")
        kept = self.useful(hosts[at], self._rows(ground, workload, hosts[at]), after)
        size = np.where(after < free, free, 0).max(axis=1)
        best = int(np.lexsort((size, -np.round(kept, 9)))[0])
        taken = free[0] - after[best]
        return tuple((int(device), int(taken[device])) for device in np.flatnonzero(taken))


def _seats(wish: Wish | None, hosts: Ints, free: Ints) -> tuple[Ints, Ints]:
    """For each way to seat a replica: the number of the host, and what is left then. Devices of which as much is left
    are tried once."""
    if wish is None:
        return np.arange(hosts.size), free
    serve = free >= wish.least[hosts]
    if not wish.share:
        at = np.flatnonzero(serve.sum(axis=1) >= wish.count)
        chosen = serve[at] & (np.cumsum(serve[at], axis=1) <= wish.count)
        return at, np.where(chosen, 0, free[at])
    if wish.count == 1:
        at, device = np.nonzero(_first(serve, free))
        after = free[at]
        after[np.arange(at.size), device] -= wish.share
        return at, after
    at = np.flatnonzero(wish.slots(free, hosts) > 0)
    after = free[at]
    for _ in range(wish.count):
        fullest = np.where(after >= wish.least[hosts[at]], after, ENDLESS).argmin(axis=1)
        after[np.arange(at.size), fullest] -= wish.share
    return at, after


def _first(serve: Bools, free: Ints) -> Bools:
    """Of devices that serve, the first of those of which as much is left."""
    found = serve.copy()
    for device in range(1, free.shape[1]):
        again = (free[:, :device] == free[:, [device]]) & serve[:, :device]
        found[:, device] &= ~again.any(axis=1)
    return found
