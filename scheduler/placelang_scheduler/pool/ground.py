"""`Ground`: a placement over columns that is being worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.placement import Settled, tally
from placelang_scheduler.pool.lent import Lent, lent_kinds
from placelang_scheduler.pool.rules import rules_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from placelang_scheduler.placement import Contingency, Loss
    from placelang_scheduler.pool.columns import Columns, Ints

    Bools = NDArray[np.bool_]


class Ground:
    """Replicas on hosts, none to begin with. `free[r, h]` is what is left of rows, `counts[w]` where replicas stand.
    What is `gone` takes no more. `lent` has the devices of the kind of which shares are lent, where there is one.

    Constraints ask it like a `State`. Sums over the values of a key are kept once they were asked for.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.problem = columns.problem
        self.rules = rules_of(columns)
        self.free = columns.capacity.copy()
        self.counts: dict[int, dict[int, int]] = {index: {} for index in columns.scope.workloads}
        self.placed = dict.fromkeys(columns.scope.workloads, 0)
        self.admitted: set[int] = set()
        self.contingencies: Mapping[Loss, Contingency] = {}
        self.hard = columns.hard
        self.wanted: dict[int, int] = {}
        self.gone: set[int] = set()
        self.lent = next((Lent(columns, kind) for kind in lent_kinds(self.problem)), None)
        self._sums: dict[tuple[str, tuple[int, ...]], Ints] = {}
        self._watching: dict[int, list[tuple[Ints, Ints]]] = {index: [] for index in columns.scope.workloads}

    def on(self, workload: int) -> Mapping[int, int]:
        return self.counts.get(workload, {})

    def admits(self, group: int) -> bool:
        return group in self.admitted

    def number(self, workload: int) -> int:
        """Replicas that are placed, of variants together."""
        return sum(self.placed[index] for index in self.problem.counted(workload).workloads)

    def due(self, workload: int) -> int:
        """Replicas that are wanted and not placed, of variants together."""
        return self.wanted.get(self.problem.counted(workload).workloads[0], 0) - self.number(workload)

    def tally(self, workloads: tuple[int, ...], key: str) -> dict[str | None, int]:
        """Replicas of `workloads` per value of `key`."""
        return tally(self.problem, self, workloads, key)

    def sums(self, key: str, workloads: tuple[int, ...]) -> Ints:
        """Replicas of `workloads` per number of a value of `key`, kept up to date from now on."""
        found = self._sums.get((key, workloads))
        if found is None:
            keys = self.columns.key(key)
            found = self._sums[key, workloads] = np.zeros(keys.exempt + 1, np.int64)
            for index in workloads:
                self._watching[index].append((keys.codes, found))
                for host, count in self.counts[index].items():
                    found[keys.codes[host]] += count
        return found

    def room(self, workload: int, most: int) -> tuple[Ints, Ints]:
        """The hosts that hold one more replica, as far as rows and limits go, with how many: at most `most`."""
        hosts = self.columns.hosts_of(workload)
        rules = self.rules[workload]
        fit = np.full(hosts.size, min(most, rules.each), np.int64)
        for row, need in self.columns.needs[workload]:
            np.minimum(fit, self.free[row][hosts] // need, out=fit)
        if self.lent is not None:
            np.minimum(fit, self.lent.room(workload, hosts), out=fit)
        if rules.each < self.problem.counted(workload).maximum:
            standing = self.counts[workload]
            if standing:
                at = np.fromiter(standing, np.int64, len(standing))
                mine = np.zeros(self.free.shape[1], np.int64)
                mine[at] = np.fromiter(standing.values(), np.int64, len(standing))
                np.minimum(fit, rules.each - mine[hosts], out=fit)
        for one in rules.closing:
            fit[one.closed(self)[hosts]] = 0
        open_ = fit > 0
        if self.gone:
            open_ &= ~np.isin(hosts, list(self.gone))
        return hosts[open_], fit[open_]

    def add(self, workload: int, hosts: Ints, counts: Ints) -> None:
        """Put replicas on hosts, each of which is there once."""
        if self.lent is not None:
            for host, count in zip(hosts.tolist(), counts.tolist(), strict=True):
                self.lent.put(self, workload, host, count)
        for row, need in self.columns.needs[workload]:
            self.free[row][hosts] -= need * counts
        mine = self.counts[workload]
        for host, count in zip(hosts.tolist(), counts.tolist(), strict=True):
            mine[host] = mine.get(host, 0) + count
        self.placed[workload] += int(counts.sum())
        for codes, found in self._watching[workload]:
            np.add.at(found, codes[hosts], counts)

    def put(self, workload: int, host: int, change: int = 1) -> None:
        """Put replicas on one host, or take them away."""
        if self.lent is not None:
            self.lent.put(self, workload, host, change)
        for row, need in self.columns.needs[workload]:
            self.free[row, host] -= need * change
        mine = self.counts[workload]
        now = mine.get(host, 0) + change
        if now:
            mine[host] = now
        else:
            del mine[host]
        self.placed[workload] += change
        for codes, found in self._watching[workload]:
            found[codes[host]] += change

    def clear(self, workload: int) -> None:
        """Take all replicas of a workload away."""
        for host, count in list(self.counts[workload].items()):
            self.put(workload, host, -count)

    def fits(self, workload: int, host: int) -> bool:
        """Whether a host holds one more replica, as far as rows and limits go; not whether it may stand there."""
        if host in self.gone or any(
            self.free[row, host] < need for row, need in self.columns.needs[workload]
        ):
            return False
        if self.lent is not None and not self.lent.room(workload, np.array([host]))[0]:
            return False
        rules = self.rules[workload]
        if self.counts[workload].get(host, 0) >= rules.each:
            return False
        return not any(one.closed(self)[host] for one in rules.closing)

    def settle(self) -> Settled:
        """The placement as it is now."""
        counts = {index: dict(sorted(found.items())) for index, found in self.counts.items()}
        return Settled(counts, frozenset(self.admitted), self.contingencies)

    def restore(self, placement: Settled) -> None:
        """Make this the placement, of a ground with nothing on it."""
        for index, found in placement.counts.items():
            if found:
                hosts = np.fromiter(found, np.int64, len(found))
                self.add(index, hosts, np.fromiter(found.values(), np.int64, len(found)))
        self.admitted = set(placement.admitted)
