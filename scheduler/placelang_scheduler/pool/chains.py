"""`chains`: a replica that has no place takes one from another, which has a second place.

Enters a ground; leaves one in which what held holds, with no fewer replicas of any workload. Only what columns know all
rules of is moved, and within a value of a key that it is spread over. The work is counted in tries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.pool.columns import Ints
    from placelang_scheduler.pool.fill import Score
    from placelang_scheduler.pool.ground import Ground

_HOSTS = 256
"""Hosts that are looked at for one replica, those that lack the least first."""
_TRIES = 400
"""Tries for one replica."""
_ELSEWHERE = 8
"""Hosts that are tried for the replica that gives way."""


class Chains:
    """Looks for places on one ground; `tries` are left, and `moved` says how often whose replicas gave way."""

    def __init__(self, ground: Ground, tries: int, score: Score | None = None) -> None:
        self.ground = ground
        self.tries = tries
        self.score = score
        self.residents: dict[int, dict[int, None]] = {}
        self._log: list[tuple[int, int, int]] = []
        for index, found in ground.counts.items():
            for host in found:
                self.residents.setdefault(host, {})[index] = None
        self._elsewhere: dict[int, Ints] = {}

    def begin(self) -> int:
        """A mark to which `undo` can go back."""
        return len(self._log)

    def commit(self) -> None:
        """What was done stays."""
        self._log.clear()

    def undo(self, mark: int) -> None:
        """Take back what was done since."""
        while len(self._log) > mark:
            workload, host, change = self._log.pop()
            self._put(workload, host, -change)

    def place(self, workload: int, wanted: int) -> int:
        """Place up to so many replicas; how many there are."""
        placed = 0
        while placed < wanted and self.tries > 0 and self._one(workload):
            placed += 1
        return placed

    def _one(self, workload: int) -> bool:
        ground = self.ground
        if ground.rules[workload].others or ground.rules[workload].distinct:
            return False
        hosts = self._open(workload)
        lacks = np.zeros(hosts.size)
        for row, need in ground.columns.needs[workload]:
            np.maximum(lacks, (need - ground.free[row][hosts]) / need, out=lacks)
        if ground.lent is not None:
            np.maximum(lacks, ground.lent.lacks(workload, hosts), out=lacks)
        order = np.argsort(lacks, kind="stable")[:_HOSTS]
        end = self.tries - _TRIES
        for host, lack in zip(hosts[order].tolist(), lacks[order].tolist(), strict=True):
            if lack <= 0:
                self._come(workload, host)
                return True
            if any(self._swap(workload, host, other) for other in self._givers(workload, host)):
                return True
            if self.tries <= max(0, end):
                break
        return False

    def _open(self, workload: int) -> Ints:
        """The hosts where rules let one more replica stand, if there were room."""
        ground = self.ground
        hosts, rules = ground.columns.hosts_of(workload), ground.rules[workload]
        open_ = np.ones(hosts.size, bool)
        for one in rules.closing:
            open_ &= ~one.closed(ground)[hosts]
        for even in rules.even:
            open_ &= even.open(ground)[even.keys.codes[hosts]]
        full = [host for host, count in ground.counts[workload].items() if count >= rules.each]
        if full:
            open_ &= ~np.isin(hosts, full)
        return hosts[open_]

    def _givers(self, workload: int, host: int) -> Iterator[int]:
        """Whose replicas on a host are large enough that one of them makes room."""
        ground = self.ground
        lacking = [
            (row, short)
            for row, need in ground.columns.needs[workload]
            if (short := need - int(ground.free[row, host])) > 0
        ]
        for other in list(self.residents.get(host, ())):
            rules = ground.rules[other]
            if other == workload or rules.others or rules.distinct or rules.pairs:
                continue
            needs = dict(ground.columns.needs[other])
            if all(needs.get(row, 0) >= short for row, short in lacking) and (
                ground.lent is None or ground.lent.frees(workload, host, other)
            ):
                yield other

    def _swap(self, workload: int, host: int, other: int) -> bool:
        """Whether `other` finds another host for one of its replicas, which then goes there."""
        self.tries -= 1
        ground = self.ground
        targets = self._elsewhere.get(other)
        if targets is None:
            targets = self._elsewhere[other] = self._targets(other)
        tried = 0
        for target in targets.tolist():
            if target == host or not self._alike(other, host, target):
                continue
            if ground.fits(other, target) and self._may(other, target):
                seat = ground.lent.last(other, host) if ground.lent is not None else ()
                self._leave(other, host)
                self._come(other, target)
                if ground.fits(workload, host):
                    self._come(workload, host)
                    return True
                self._leave(other, target)
                if ground.lent is not None and seat:
                    ground.lent.pin(other, host, seat)
                self._come(other, host)
                return False
            tried += 1
            if tried == _ELSEWHERE:
                break
        self._elsewhere[other] = self._targets(other)
        return False

    def _targets(self, workload: int) -> Ints:
        """Where one more replica finds room, where it is liked the most first."""
        hosts = self.ground.room(workload, 1)[0]
        if self.score is None:
            return hosts
        return hosts[np.argsort(self.score(self.ground, workload, hosts), kind="stable")]

    def _alike(self, workload: int, host: int, target: int) -> bool:
        """Whether quotas see no difference between two hosts."""
        rules = self.ground.rules[workload]
        return all(one.keys.codes[host] == one.keys.codes[target] for one in rules.even)

    def _may(self, workload: int, target: int) -> bool:
        rules = self.ground.rules[workload]
        return all(one.quota(self.ground)[one.keys.codes[target]] > 0 for one in rules.full)

    def _come(self, workload: int, host: int) -> None:
        self._log.append((workload, host, 1))
        self._put(workload, host, 1)

    def _leave(self, workload: int, host: int) -> None:
        self._log.append((workload, host, -1))
        self._put(workload, host, -1)

    def _put(self, workload: int, host: int, change: int) -> None:
        self.ground.put(workload, host, change)
        if host in self.ground.counts[workload]:
            self.residents.setdefault(host, {})[workload] = None
        else:
            self.residents.get(host, {}).pop(workload, None)
