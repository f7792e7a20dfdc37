"""`fill`: runs one after the other, each at the earliest step at which it fits: a timetable that holds, and no solver.

What is free is kept as one column of steps per pool.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from placelang_scheduler.timetable.check import taken_by
from placelang_scheduler.timetable.problem import Slot

if TYPE_CHECKING:
    from placelang_scheduler.timetable.problem import Mode, Pick, Run, Timetable

Column: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Steps: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Table:
    """Slots of `runs`, and what they leave free of each pool and budget."""

    def __init__(self, asked: Timetable) -> None:
        self.asked = asked
        self.free: dict[int, Column] = {}
        self.left = [budget.amount for budget in asked.budgets]
        self.slots: dict[int, Slot] = {}
        self.classes = priorities(asked)

    def column(self, pool: int) -> Column:
        """What is free of a pool, step by step."""
        found = self.free.get(pool)
        if found is None:
            found = self.free[pool] = np.zeros(self.asked.horizon, dtype=np.int64)
            for step, amount in self.asked.pools[pool].steps:
                found[step:] = amount
        return found

    def put(self, number: int, slot: Slot) -> None:
        """Give a run its slot."""
        self._book(number, slot, 1)
        self.slots[number] = slot

    def take(self, number: int) -> Slot:
        """Take a run's slot away."""
        slot = self.slots.pop(number)
        self._book(number, slot, -1)
        return slot

    def _book(self, number: int, slot: Slot, sign: int) -> None:
        run = self.asked.runs[number]
        mode = run.modes[slot.mode]
        for pool, amount in taken_by(mode, slot).items():
            self.column(pool)[slot.start : slot.start + run.duration] -= sign * amount
        for budget, amount in mode.books.items():
            self.left[budget] -= sign * amount

    def ready(self, number: int, aside: Container[int] = ()) -> int | None:
        """When all that a run waits for have ended, those `aside` left aside; None where one is left out."""
        ends = [
            self.slots[other].start + self.asked.runs[other].duration if other in self.slots else None
            for other in self.asked.runs[number].after
            if other not in aside
        ]
        known = [end for end in ends if end is not None]
        return max(known, default=0) if len(known) == len(ends) else None

    def best(self, number: int, modes: Iterable[int] | None = None) -> Slot | None:
        """The cheapest slot that is free for a run, the earliest of these."""
        run, since = self.asked.runs[number], self.ready(number)
        if since is None:
            return None
        best: tuple[int, int, int] | None = None
        chosen = None
        for index in range(len(run.modes)) if modes is None else modes:
            mode = run.modes[index]
            if best is not None and (mode.cost, max(since, mode.first)) >= best[:2]:
                continue
            slot = self._earliest(run, index, since)
            if slot is not None and (best is None or (mode.cost, slot.start, index) < best):
                best, chosen = (mode.cost, slot.start, index), slot
        return chosen

    def fits(self, number: int) -> bool:
        """Whether there is a slot for a run, whatever it waits for."""
        run = self.asked.runs[number]
        return any(self._earliest(run, index, 0) is not None for index in range(len(run.modes)))

    def _earliest(self, run: Run, index: int, since: int) -> Slot | None:
        mode = run.modes[index]
        first, last = max(mode.first, since), mode.last
        if first > last or any(self.left[budget] < amount for budget, amount in mode.books.items()):
            return None
        end = last + run.duration
        busy = np.zeros(end - first, dtype=np.bool_)
        for pool, amount in mode.takes.items():
            if amount:
                busy |= self.column(pool)[first:end] < amount
        starts = _free(busy, run.duration)
        singles = {
            pool: _free((self.column(pool)[first:end] < 1 + mode.takes.get(pool, 0)) | busy, run.duration)
            for pick in mode.picks
            for pool in pick.pools
        }
        for pick in mode.picks:
            starts &= np.sum([singles[pool] for pool in pick.pools], axis=0) >= pick.count
        for start in np.flatnonzero(starts).tolist():
            picked = _pick(mode.picks, {pool for pool, found in singles.items() if found[start]})
            if picked is not None:
                return Slot(index, first + start, picked)
        return None


def _free(busy: Steps, duration: int) -> Steps:
    """Where as many steps as `duration` are free in a row, by the first of them."""
    before = np.concatenate(([0], np.cumsum(busy)))
    found: Steps = before[duration:] == before[:-duration]
    return found


def _pick(picks: Sequence[Pick], free: set[int]) -> tuple[int, ...] | None:
    """Different ones of the free pools for each pick; those that others are less likely to want first."""
    wanted: dict[int, int] = {}
    for pick in picks:
        for pool in pick.pools:
            wanted[pool] = wanted.get(pool, 0) + 1
    taken: list[tuple[int, ...]] = []
    for pick in picks:
        found = sorted((pool for pool in pick.pools if pool in free), key=lambda pool: (wanted[pool], pool))
        if len(found) < pick.count:
            return None
        taken.append(tuple(found[: pick.count]))
        free = free.difference(taken[-1])
    return tuple(pool for one in taken for pool in one)


def fill(table: Table, numbers: Iterable[int]) -> None:
    """Give runs a slot where there is one: higher priority first, then those whose last chance comes first, each after
    those that it waits for."""
    for number in order(table.asked, numbers):
        slot = table.best(number)
        if slot is not None:
            table.put(number, slot)


def order(asked: Timetable, numbers: Iterable[int]) -> list[int]:
    """Runs in the order in which they are placed."""
    chosen = set(numbers)
    rank = {number: _rank(asked.runs[number], number) for number in chosen}
    followers: dict[int, list[int]] = {}
    waiting = {}
    for number in sorted(chosen):
        ahead = {other for other in asked.runs[number].after if other in chosen}
        waiting[number] = len(ahead)
        for other in sorted(ahead):
            followers.setdefault(other, []).append(number)
    ready = [rank[number] for number, count in waiting.items() if not count]
    heapify(ready)
    found = []
    while ready:
        number = heappop(ready)[-1]
        found.append(number)
        for other in followers.get(number, ()):
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready, rank[other])
    return found


def _rank(run: Run, number: int) -> tuple[int, int, int, int]:
    return (-run.priority, max((mode.last for mode in run.modes), default=0), -run.duration, number)


def shift(table: Table) -> None:
    """Every run as early as it can be in the mode that it has, the earliest first."""
    for number in sorted(table.slots, key=lambda number: (table.slots[number].start, number)):
        before = table.take(number)
        found = table.best(number, (before.mode,))
        table.put(number, found if found is not None and found.start < before.start else before)


def vector(asked: Timetable, slots: Mapping[int, Slot]) -> tuple[int, ...]:
    """The value of each level: runs left out by priority, then what the others cost."""
    out = dict.fromkeys(priorities(asked), 0)
    cost = 0
    for number, run in enumerate(asked.runs):
        slot = slots.get(number)
        if slot is None:
            out[run.priority] += 1
        else:
            cost += run.modes[slot.mode].cost
    return (*out.values(), cost)


def priorities(asked: Timetable) -> list[int]:
    """All priorities, the highest first."""
    return sorted({run.priority for run in asked.runs}, reverse=True)


def cheapest(modes: Sequence[Mode]) -> int:
    """What the cheapest mode costs."""
    return min((mode.cost for mode in modes), default=0)
