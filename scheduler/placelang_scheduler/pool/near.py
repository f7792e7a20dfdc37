"""`rearrange`: the replicas on a few dozen hosts are laid anew by CP-SAT, so that more of what has no place finds one.

Enters a ground; leaves one with no fewer replicas of any workload and more of those that are short, if that was found.
What stands elsewhere stays. Only what columns know all rules of takes part; other replicas stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from placelang_scheduler.pool.columns import ENDLESS
from placelang_scheduler.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.pool.ground import Ground
    from placelang_scheduler.pool.rules import Even

VARIABLES = 2000
"""Counts of one neighbourhood at most."""


def rearrange(
    ground: Ground, hosts: Sequence[int], short: Mapping[int, int], worth: Mapping[int, int], budget: Budget
) -> bool:
    """Lay anew what stands on `hosts`, with what is `short` and what each replica of it is `worth`; whether more stand
    then."""
    near = _Near(ground, hosts, short)
    if near.post(worth):
        found = search(near.cp, budget).values
        if found is not None:
            near.take(found)
            return True
    return False


class _Near:
    def __init__(self, ground: Ground, hosts: Sequence[int], short: Mapping[int, int]) -> None:
        self.ground, self.hosts, self.short = ground, hosts, short
        self.cp = cp_model.CpModel()
        self.free = {host: [int(left) for left in ground.free[:, host]] for host in hosts}
        self.x: dict[int, dict[int, cp_model.IntVar]] = {}
        self.before: dict[int, dict[int, int]] = {}

    def post(self, worth: Mapping[int, int]) -> bool:
        """Whether there is anything to gain."""
        ground = self.ground
        inside = set(self.hosts)
        standing = {
            index: {host: found[host] for host in self.hosts if host in found}
            for index, found in ground.counts.items()
            if not inside.isdisjoint(found)
        }
        movable = [index for index in standing if _free(ground, index)]
        wanted = [index for index in self.short if index in movable or _welcome(ground, index)]
        for index in sorted({*movable, *wanted}):
            self._count(index, standing.get(index, {}))
        gain = [(variable, worth[index]) for index in wanted for variable in self.x.get(index, {}).values()]
        if not gain:
            return False
        self._rows()
        for index in self.x:
            self._limit(index, index in wanted)
        now = sum(worth[index] * sum(standing.get(index, {}).values()) for index in wanted if index in self.x)
        objective = cp_model.LinearExpr.weighted_sum([v for v, _ in gain], [factor for _, factor in gain])
        self.cp.add(objective >= now + 1)
        self.cp.maximize(objective)
        return True

    def _count(self, index: int, standing: Mapping[int, int]) -> None:
        """How many replicas of a workload stand on each of the hosts where it may."""
        ground = self.ground
        rules = ground.rules[index]
        self.before[index] = dict(standing)
        may = np.isin(np.array(self.hosts), ground.columns.hosts_of(index))
        for one in rules.closing:
            if one not in rules.full:
                may &= ~one.closed(ground)[list(self.hosts)]
        counts = {}
        for host, open_ in zip(self.hosts, may.tolist(), strict=True):
            now = standing.get(host, 0)
            for row, need in ground.columns.needs[index]:
                self.free[host][row] += need * now
            if open_ or now:
                most = sum(standing.values()) + self.short.get(index, 0) if open_ else now
                counts[host] = self.cp.new_int_var(0, min(most, max(now, rules.each)), "")
        self.x[index] = counts

    def _rows(self) -> None:
        needs = self.ground.columns.needs
        for host in self.hosts:
            terms: dict[int, list[tuple[cp_model.IntVar, int]]] = {}
            for index, counts in self.x.items():
                if host in counts:
                    for row, need in needs[index]:
                        terms.setdefault(row, []).append((counts[host], need))
            for row, found in terms.items():
                if self.free[host][row] < ENDLESS // 2:
                    self.cp.add_linear_constraint(_sum(found), -(2**62), self.free[host][row])

    def _limit(self, index: int, grows: bool) -> None:
        """No fewer than there are, no more than are wanted, and what quotas say."""
        standing = sum(self.before[index].values())
        counts = list(self.x[index].values())
        self.cp.add_linear_constraint(
            sum(counts), standing, standing + (self.short.get(index, 0) if grows else 0)
        )
        rules = self.ground.rules[index]
        for full in rules.full:
            if full.workloads[0] == index or full.workloads[0] not in self.x:
                self._at_most(full.key, full.workloads, full.count)
        for even in rules.even:
            if even.workloads[0] == index or even.workloads[0] not in self.x:
                self._spread(even)

    def _by_value(
        self, key: str, workloads: Sequence[int]
    ) -> tuple[dict[int, list[cp_model.IntVar]], list[int]]:
        """The counts of each value that has some here, and what else stands on all values."""
        codes = self.ground.columns.key(key).codes
        outside = self.ground.sums(key, tuple(workloads)).tolist()
        found: dict[int, list[cp_model.IntVar]] = {}
        for index in workloads:
            for host, count in self.x.get(index, {}).items():
                code = int(codes[host])
                found.setdefault(code, []).append(count)
                outside[code] -= self.before[index].get(host, 0)
        return found, outside

    def _at_most(self, key: str, workloads: tuple[int, ...], most: int) -> None:
        exempt = self.ground.columns.key(key).exempt
        found, outside = self._by_value(key, workloads)
        for code, counts in found.items():
            if code != exempt:
                self.cp.add(sum(counts) <= max(0, most - outside[code]))

    def _spread(self, even: Even) -> None:
        found, outside = self._by_value(even.key, even.workloads)
        least = self.cp.new_int_var(0, 2**30, "")
        over = set(even.over.tolist())
        for code, already in enumerate(outside[: even.keys.none]):
            total = sum(found.get(code, [])) + already
            if code in over:
                self.cp.add(least <= total)
            if code in found or already:
                self.cp.add(total <= least + even.skew)
        if not over or max(over) >= even.keys.none:
            self.cp.add(least == 0)

    def take(self, values: Sequence[int]) -> None:
        """Make the ground what was found."""
        changes = []
        for index, counts in self.x.items():
            for host, variable in counts.items():
                change = values[variable.index] - self.before[index].get(host, 0)
                if change:
                    changes.append((change, index, host))
        for change, index, host in sorted(changes):
            self.ground.put(index, host, change)


def _sum(terms: Sequence[tuple[cp_model.IntVar, int]]) -> cp_model.LinearExpr:
    return cp_model.LinearExpr.weighted_sum([count for count, _ in terms], [need for _, need in terms])


def _free(ground: Ground, index: int) -> bool:
    """Whether replicas may be moved with no more said of them than columns know."""
    rules = ground.rules[index]
    return not (rules.others or rules.distinct or rules.pairs or ground.problem.workloads[index].stay)


def _welcome(ground: Ground, index: int) -> bool:
    """Whether a replica may come with no more said of it than columns know."""
    rules = ground.rules[index]
    return not (rules.others or rules.distinct)
