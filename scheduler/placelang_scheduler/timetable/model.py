"""`rearrange`: some runs of a table, the others standing still, placed with CP-SAT as well as can be.

Amounts of a pool are divided by their greatest common divisor; where they are still too large for the solver, takes are
rounded up and what is free down, so that a timetable of the model still holds but a proof says little: `coarse`.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.sat.python.cp_model import CpModel, Domain, IntVar, LinearExpr

from placelang_scheduler.search import search
from placelang_scheduler.timetable.problem import Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.timetable.lists import Table
    from placelang_scheduler.timetable.problem import Pick, Run

_WIDE = 2**58
"""The largest sum of amounts, over all steps."""
_BUILT = 20_000
"""Parts of a model that take about as long to build as one unit of search."""
HEAVY = 2**45
"""The largest weight of a level in a sum of them."""


class Found(NamedTuple):
    """Slots by run, None where nothing was found; `bound` is what no choice of slots goes below, by the weights that
    were asked for, None where nothing is proved."""

    slots: dict[int, Slot] | None
    bound: int | None


class _Post:
    """The model of `chosen` runs, which have no slot in `table`."""

    def __init__(self, table: Table, chosen: Sequence[int]) -> None:
        self.cp = CpModel()
        self.table = table
        self.chosen = chosen
        self.coarse = False
        self.start: dict[int, IntVar] = {}
        self.modes: dict[int, list[IntVar]] = {}
        self.picked: dict[int, list[list[dict[int, IntVar]]]] = {}
        self._takes: dict[int, list[tuple[int, int, IntVar, int]]] = {}
        self._books: dict[int, list[tuple[IntVar, int]]] = {}
        for number in chosen:
            self._run(number, table.asked.runs[number])
        for number in chosen:
            self._after(number, table.asked.runs[number])
        self.size = sum(map(len, self._takes.values()))
        for pool, takes in sorted(self._takes.items()):
            self._pool(pool, takes)
        for budget, terms in sorted(self._books.items()):
            self._weighed(terms, table.left[budget])

    def _run(self, number: int, run: Run) -> None:
        ranges = {(mode.first, mode.last) for mode in run.modes} or {(0, 0)}
        domain = Domain.from_intervals([[low, high] for low, high in sorted(ranges)])
        start = self.start[number] = self.cp.new_int_var_from_domain(domain, "")
        self.modes[number], self.picked[number] = [], []
        for mode in run.modes:
            here = self.cp.new_bool_var("")
            self.modes[number].append(here)
            if len(ranges) > 1:
                self.cp.add_linear_constraint(start, mode.first, mode.last).only_enforce_if(here)
            for pool, amount in mode.takes.items():
                if amount:
                    self._takes.setdefault(pool, []).append((number, run.duration, here, amount))
            for budget, amount in mode.books.items():
                self._books.setdefault(budget, []).append((here, amount))
            self.picked[number].append([self._pick(number, run, pick, here) for pick in mode.picks])
        self.cp.add_at_most_one(self.modes[number])

    def _pick(self, number: int, run: Run, pick: Pick, here: IntVar) -> dict[int, IntVar]:
        found = {pool: self.cp.new_bool_var("") for pool in pick.pools}
        self.cp.add(sum(found.values()) == pick.count * here)
        for pool, taken in found.items():
            self._takes.setdefault(pool, []).append((number, run.duration, taken, 1))
        return found

    def _after(self, number: int, run: Run) -> None:
        placed = sum(self.modes[number])
        for other in run.after:
            if other in self.start:
                self.cp.add(placed <= sum(self.modes[other]))
                end = self.start[other] + self.table.asked.runs[other].duration
                for here in self.modes[number]:
                    self.cp.add(self.start[number] >= end).only_enforce_if(here)
        since = self.table.ready(number, self.start)
        if since is None:
            self.cp.add(placed == 0)
        elif since:
            for here in self.modes[number]:
                self.cp.add(self.start[number] >= since).only_enforce_if(here)

    def _pool(self, pool: int, takes: Sequence[tuple[int, int, IntVar, int]]) -> None:
        column = self.table.column(pool)
        if sum(amount for _, _, _, amount in takes) <= int(column.min()):
            return
        edges = [0, *(np.flatnonzero(np.diff(column)) + 1).tolist(), len(column)]
        most = int(column.max())
        divisor = gcd(*(amount for _, _, _, amount in takes))
        wide = _WIDE // self.table.asked.horizon // (len(takes) + len(edges))
        if most // divisor > wide:
            divisor = -(-most // wide)
            self.coarse = True
        intervals, demands = [], []
        for low, high in pairwise(edges):
            used = most // divisor - int(column[low]) // divisor
            if used:
                self.size += 1
                intervals.append(self.cp.new_fixed_size_interval_var(low, high - low, ""))
                demands.append(used)
        for number, duration, here, amount in takes:
            intervals.append(
                self.cp.new_optional_fixed_size_interval_var(self.start[number], duration, here, "")
            )
            demands.append(-(-amount // divisor))
        self.cp.add_cumulative(intervals, demands, most // divisor)

    def _weighed(self, terms: Sequence[tuple[IntVar, int]], limit: int) -> None:
        if sum(amount for _, amount in terms) > limit:
            divisor = gcd(*(amount for _, amount in terms))
            wide = _WIDE // len(terms)
            if limit // divisor > wide:
                divisor = -(-limit // wide)
                self.coarse = True
            variables = [variable for variable, _ in terms]
            amounts = [-(-amount // divisor) for _, amount in terms]
            self.cp.add(LinearExpr.weighted_sum(variables, amounts) <= limit // divisor)

    def hint(self, slots: dict[int, Slot]) -> None:
        """Begin the search at `slots`, for every variable."""
        for number in self.chosen:
            slot = slots.get(number)
            if slot is not None:
                self.cp.add_hint(self.start[number], slot.start)
            for index, here in enumerate(self.modes[number]):
                chosen = slot is not None and slot.mode == index
                self.cp.add_hint(here, int(chosen))
                waiting = list(slot.picked) if slot is not None and chosen else []
                for found, pick in zip(
                    self.picked[number][index], self.table.asked.runs[number].modes[index].picks, strict=True
                ):
                    taken, waiting = waiting[: pick.count], waiting[pick.count :]
                    for pool, variable in found.items():
                        self.cp.add_hint(variable, int(pool in taken))

    def read(self, values: Sequence[int]) -> dict[int, Slot]:
        """The slots of a solution."""
        found = {}
        for number in self.chosen:
            for index, here in enumerate(self.modes[number]):
                if values[here.index]:
                    picked = tuple(
                        pool
                        for one in self.picked[number][index]
                        for pool, v in one.items()
                        if values[v.index]
                    )
                    found[number] = Slot(index, values[self.start[number].index], picked)
        return found


def rearrange(
    table: Table, chosen: Sequence[int], before: dict[int, Slot], weights: dict[int, int], budget: Budget
) -> Found:
    """Slots for the `chosen` runs, which have none in `table`: of the least sum of what those left out weigh, by run,
    and of what the others cost; `before` is where they were."""
    post = _Post(table, chosen)
    post.hint(before)
    terms, factors, constant = [], [], 0
    for number in chosen:
        constant += weights[number]
        for here, mode in zip(post.modes[number], table.asked.runs[number].modes, strict=True):
            terms.append(here)
            factors.append(mode.cost - weights[number])
    budget.units -= post.size / _BUILT
    post.cp.minimize(LinearExpr.weighted_sum(terms, factors) + constant)
    finding = search(post.cp, budget)
    bound = None if post.coarse or finding.bound in {float("inf"), float("-inf")} else round(finding.bound)
    return Found(None if finding.values is None else post.read(finding.values), bound)


def weigh(table: Table, chosen: Sequence[int]) -> dict[int, int]:
    """Weights by which one run of a priority left out is worse than all of lower ones, and any cost; where there are
    too many priorities for that, the highest weigh alike."""
    runs = table.asked.runs
    weight = 1 + sum(max((mode.cost for mode in runs[n].modes), default=0) for n in chosen)
    found = {}
    for priority in sorted({runs[number].priority for number in chosen}):
        members = [number for number in chosen if runs[number].priority == priority]
        found.update(dict.fromkeys(members, weight))
        weight = min(HEAVY, weight * (len(members) + 1))
    return found
