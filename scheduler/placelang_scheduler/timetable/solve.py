"""`timetable`: runs are given slots, as many as possible, those of higher priority first, at little cost.

What shares no pool, budget or order falls apart and is worked out by itself. Each part is filled run by run; where that
leaves nothing out and costs the least that it can, it is proved. A small part is then searched as a whole, a large one
in neighbourhoods: a run that is left out, some places where it could go, and the runs that stand there. A part that
ends above its bound is the best found, and said not to be proved.
"""

from __future__ import annotations

from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from placelang_scheduler.budget import Budget as Units
from placelang_scheduler.solution import Level
from placelang_scheduler.timetable.check import clashes, faults
from placelang_scheduler.timetable.lists import Table, cheapest, fill, shift, vector
from placelang_scheduler.timetable.problem import Slot, Timetable, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE = 2_500
"""Modes up to which a part is searched as a whole."""
_PLACES = 6
_RUNS = 30
"""Of a neighbourhood."""
_TRY = 0.05
"""Units for one neighbourhood, and the most that are worth trying in a row without gain for each run left out."""
_PATIENCE = 12
_SHARE = 0.6
"""Of a small part's budget for the search as a whole."""


class InvalidTimetable(ValueError):  # noqa: N818 - as InvalidProblem
    """A timetable that cannot be asked for; `faults` says why."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("; ".join(found[:5]))
        self.faults = tuple(found)


def timetable(
    asked: Timetable, *, seed: int = 0, budget: float = 5.0, time_limit: float | None = None
) -> Timing:
    """The best timetable found within `budget` units, checked. Raises `InvalidTimetable`."""
    found = faults(asked)
    if found:
        raise InvalidTimetable(found)
    units = Units(max(0.0, budget), seed, None if time_limit is None else monotonic() + time_limit)
    table = Table(asked)
    parts = _parts(asked)
    fill(table, range(len(asked.runs)))
    empty = Table(asked)
    alone = {n for n in range(len(asked.runs)) if n not in table.slots and not empty.fits(n)}
    floors = [_floor(table, part, alone) for part in parts]
    work = [
        (part, floor)
        for part, floor in zip(parts, floors, strict=True)
        if _cost(table, table.slots, part) > floor
    ]
    bounds = {}
    for left, (part, floor) in zip(range(len(work), 0, -1), work, strict=True):
        with units.share(1 / left) as share:
            bounds[part[0]] = _improve(table, part, floor, share)
    shift(table)
    slots = tuple(table.slots.get(number) for number in range(len(asked.runs)))
    broken = clashes(asked, slots)
    if broken:
        raise AssertionError(f"the timetable does not hold: {broken[0]}")
    return Timing(slots, _levels(table, table.slots, parts, bounds), units.timed_out, bool(work))


def _levels(
    table: Table,
    slots: dict[int, Slot],
    parts: Sequence[Sequence[int]],
    bounds: dict[int, tuple[int, ...]],
) -> tuple[Level, ...]:
    """Bounds of parts add up; a level is only as sure as those before it."""
    values = vector(table.asked, slots)
    least = [0] * len(values)
    for part in parts:
        for at, bound in enumerate(bounds.get(part[0]) or _cost(table, slots, part)):
            least[at] += bound
    names = [*(f"runs {priority}" for priority in table.classes), "preferences"]
    return tuple(Level(name, value, bound) for name, value, bound in zip(names, values, least, strict=True))


def _cost(table: Table, slots: dict[int, Slot], part: Sequence[int]) -> tuple[int, ...]:
    """The value of each level, over a part."""
    own = {number: slots[number] for number in part if number in slots}
    out = dict.fromkeys(table.classes, 0)
    for number in part:
        out[table.asked.runs[number].priority] += number not in own
    return (*out.values(), sum(table.asked.runs[n].modes[slot.mode].cost for n, slot in own.items()))


def _floor(table: Table, part: Sequence[int], alone: set[int]) -> tuple[int, ...]:
    """What no timetable goes below: runs that do not fit even `alone` are left out, and those that wait for them; only
    if all others are in is it known what they cost at least."""
    out = dict.fromkeys(table.classes, 0)
    hopeless = alone.intersection(part)
    more = hopeless
    while more:
        more = {n for n in part if n not in hopeless and hopeless.intersection(table.asked.runs[n].after)}
        hopeless |= more
    for number in hopeless:
        out[table.asked.runs[number].priority] += 1
    return (*out.values(), sum(cheapest(table.asked.runs[n].modes) for n in part if n not in hopeless))


def _parts(asked: Timetable) -> list[list[int]]:
    """Runs that have to do with each other, ascending."""
    root: dict[object, object] = {}

    def find(node: object) -> object:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for number, run in enumerate(asked.runs):
        for mode in run.modes:
            pools = (*mode.takes, *(pool for pick in mode.picks for pool in pick.pools))
            for node in (*(("pool", p) for p in pools), *(("budget", b) for b in mode.books)):
                root[find(node)] = find(number)
        for other in run.after:
            root[find(other)] = find(number)
    found: dict[object, list[int]] = {}
    for number in range(len(asked.runs)):
        found.setdefault(find(number), []).append(number)
    return list(found.values())


def _improve(table: Table, part: Sequence[int], floor: tuple[int, ...], budget: Units) -> tuple[int, ...]:
    """Bring a part as far as the budget goes, and say what it cannot go below; to begin with, its `floor`."""
    asked = table.asked
    if sum(len(asked.runs[number].modes) for number in part) <= _WHOLE and not budget.spent:
        with budget.share(_SHARE) as share:
            closed = _whole(table, part, share)
        if closed:
            return _cost(table, table.slots, part)
    _search(table, part, floor, budget)
    value = _cost(table, table.slots, part)
    sure = value[:-1] == floor[:-1]
    return (*(min(v, f) for v, f in zip(value[:-1], floor[:-1], strict=True)), floor[-1] if sure else 0)


def _whole(table: Table, part: Sequence[int], budget: Units) -> bool:
    """Search all of a part at once; whether what it has now is proved to be the best."""
    from placelang_scheduler.timetable.model import HEAVY, rearrange, weigh  # noqa: PLC0415 - the solver is heavy

    before = {number: table.take(number) for number in part if number in table.slots}
    weights = weigh(table, part)
    found = rearrange(table, part, before, weights, budget)
    chosen = before
    if found.slots is not None and _cost(table, found.slots, part) < _cost(table, before, part):
        chosen = found.slots
    for number, slot in chosen.items():
        table.put(number, slot)
    costs = sum(table.asked.runs[n].modes[slot.mode].cost for n, slot in chosen.items())
    value = costs + sum(weights[n] for n in part if n not in chosen)
    return found.bound is not None and found.bound >= value and max(weights.values()) < HEAVY


def _search(table: Table, part: Sequence[int], floor: tuple[int, ...], budget: Units) -> None:
    """Neighbourhoods, one after the other, for as long as that gains something now and then."""
    from placelang_scheduler.timetable.model import rearrange, weigh  # noqa: PLC0415 - the solver, where it is needed

    random = Random(budget.seed)  # noqa: S311 - a search, not a secret
    vain = 0
    while not budget.spent:
        value = _cost(table, table.slots, part)
        wanting = _wanting(table, part)
        if value <= floor or not wanting or vain > _PATIENCE * len(wanting):
            return
        chosen = _neighbours(table, part, random.choice(wanting), random)
        before = {number: table.take(number) for number in chosen if number in table.slots}
        with budget.share(min(1.0, _TRY / budget.units)) as share:
            found = rearrange(table, chosen, before, weigh(table, chosen), share)
        slots = before
        if found.slots is not None and _cost(table, found.slots, chosen) <= _cost(table, before, chosen):
            slots = found.slots
        for number, slot in slots.items():
            table.put(number, slot)
        vain = 0 if _cost(table, table.slots, part) < value else vain + 1


def _wanting(table: Table, part: Sequence[int]) -> list[int]:
    """Runs that are left out and could be in, of the highest priority first where there are any; else those that cost
    more than they might."""
    runs = table.asked.runs
    out = [n for n in part if n not in table.slots and runs[n].modes and table.ready(n) is not None]
    if out:
        return out
    return [
        n
        for n in part
        if n in table.slots and runs[n].modes[table.slots[n].mode].cost > cheapest(runs[n].modes)
    ]


def _neighbours(table: Table, part: Sequence[int], wanted: int, random: Random) -> list[int]:
    """A run, and those that stand at some of the places where it could go, no more than can be searched well. Who
    waits for one of them, or is waited for, stays or goes with it."""
    runs = table.asked.runs
    places = sorted({mode.place for mode in runs[wanted].modes})
    near = set(random.sample(places, min(_PLACES, len(places))))
    low = min(mode.first for mode in runs[wanted].modes)
    high = max(mode.last for mode in runs[wanted].modes) + runs[wanted].duration
    beside = [
        n
        for n in part
        if n in table.slots
        and runs[n].modes[table.slots[n].mode].place in near
        and table.slots[n].start < high
        and low < table.slots[n].start + runs[n].duration
    ]
    others = [
        n
        for n in part
        if n not in table.slots and n != wanted and any(mode.place in near for mode in runs[n].modes)
    ]
    chosen = {
        wanted,
        *random.sample(beside, min(_RUNS, len(beside))),
        *random.sample(others, min(4, len(others))),
    }
    return _closed(table, part, chosen)


def _closed(table: Table, part: Sequence[int], chosen: set[int]) -> list[int]:
    """With all that wait for them, directly or not."""
    growing = True
    while growing:
        more = {n for n in part if n not in chosen and chosen.intersection(table.asked.runs[n].after)}
        chosen |= more
        growing = bool(more)
    return sorted(chosen)
