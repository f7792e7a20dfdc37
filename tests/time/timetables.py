"""Small random timetables, and the best levels of each by trying every one. Shares no code with the scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from random import Random

from placelang_scheduler.timetable import Budget, Mode, Pick, Pool, Run, Slot, Timetable


def asked(seed: int) -> Timetable:
    """Three or four runs on two places over six steps."""
    r = Random(seed)
    pools = tuple(_pool(r, f"p{n}", 4) for n in range(2)) + tuple(_pool(r, f"d{n}", 1) for n in range(3))
    runs = tuple(_run(r, n) for n in range(r.choice((3, 3, 4))))
    return Timetable(6, pools, runs, (Budget("b", r.randint(0, 6)),))


def _pool(r: Random, name: str, most: int) -> Pool:
    starts = sorted({0, *(r.randint(1, 5) for _ in range(r.randint(0, 2)))})
    return Pool(name, tuple((start, r.randint(0, most)) for start in starts))


def _run(r: Random, number: int) -> Run:
    duration = r.randint(1, 3)
    modes = tuple(_mode(r, place, 6 - duration) for place in range(2) if r.random() < 0.8)
    after = (r.randrange(number),) if number and r.random() < 0.3 else ()
    return Run(f"r{number}", duration, modes, r.choice((0, 0, 5)), after)


def _mode(r: Random, place: int, latest: int) -> Mode:
    first = r.randint(0, latest)
    picks: tuple[Pick, ...] = ()
    if r.random() < 0.4:
        picks = (Pick(r.randint(1, 2), (2, 3, 4)),)
        if r.random() < 0.4:
            picks += (Pick(1, tuple(sorted(r.sample((2, 3, 4), 2)))),)
    return Mode(
        place,
        first,
        min(latest, first + r.randint(0, 2)),
        {place: r.randint(1, 3)},
        {0: r.randint(0, 4)} if r.random() < 0.4 else {},
        picks,
        r.choice((0, 0, 1, 2)),
    )


def best(one: Timetable) -> tuple[int, ...]:
    """The levels of the best timetable that there is."""
    return min(
        levels(one, slots) for slots in product(*(_options(run) for run in one.runs)) if holds(one, slots)
    )


def _options(run: Run) -> list[Slot | None]:
    found: list[Slot | None] = [None]
    for number, mode in enumerate(run.modes):
        for picked in _picked(mode.picks):
            found += [Slot(number, start, picked) for start in range(mode.first, mode.last + 1)]
    return found


def _picked(picks: tuple[Pick, ...]) -> Iterator[tuple[int, ...]]:
    for chosen in product(*(combinations(pick.pools, pick.count) for pick in picks)):
        flat = tuple(pool for one in chosen for pool in one)
        if len(set(flat)) == len(flat):
            yield flat


def levels(one: Timetable, slots: tuple[Slot | None, ...]) -> tuple[int, ...]:
    classes = sorted({run.priority for run in one.runs}, reverse=True)
    pairs = list(zip(one.runs, slots, strict=True))
    out = [sum(run.priority == level and slot is None for run, slot in pairs) for level in classes]
    return (*out, sum(run.modes[slot.mode].cost for run, slot in pairs if slot))


def holds(one: Timetable, slots: tuple[Slot | None, ...]) -> bool:
    pairs = [(run, slot, run.modes[slot.mode]) for run, slot in zip(one.runs, slots, strict=True) if slot]
    for run, slot, _ in pairs:
        for other in run.after:
            before = slots[other]
            if before is None or before.start + one.runs[other].duration > slot.start:
                return False
    if sum(mode.books.get(0, 0) for _, _, mode in pairs) > one.budgets[0].amount:
        return False
    for step in range(one.horizon):
        free = [max(s for s in pool.steps if s[0] <= step)[1] for pool in one.pools]
        for run, slot, mode in pairs:
            if slot.start <= step < slot.start + run.duration:
                for pool, amount in (*mode.takes.items(), *((pool, 1) for pool in slot.picked)):
                    free[pool] -= amount
        if min(free) < 0:
            return False
    return True
