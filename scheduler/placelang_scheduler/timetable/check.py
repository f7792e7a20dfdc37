"""Whether a timetable holds, without a solver: `faults` of what is asked, `clashes` of what is answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placelang_scheduler.timetable.problem import Mode, Run, Slot, Timetable

LIMIT = 2**53
STEPS = 1_000_000
"""The longest horizon."""
COST = 1_000_000


@dataclass(frozen=True, slots=True)
class Clash:
    """`rule` does not hold: for a run, or of a pool or budget, which lacks `amount`, at a step."""

    rule: str
    amount: int
    run: int | None = None
    pool: int | None = None
    step: int | None = None


def clashes(asked: Timetable, slots: Sequence[Slot | None]) -> tuple[Clash, ...]:
    """All that the slots break; none where the timetable holds."""
    if len(slots) != len(asked.runs):
        return (Clash("runs", abs(len(slots) - len(asked.runs))),)
    wrong = tuple(clash for n, slot in enumerate(slots) if slot for clash in _alone(asked, n, slot))
    if wrong:
        return wrong
    return (*_order(asked, slots), *_pools(asked, slots), *_budgets(asked, slots))


def _alone(asked: Timetable, number: int, slot: Slot) -> Iterator[Clash]:
    run = asked.runs[number]
    if not 0 <= slot.mode < len(run.modes):
        yield Clash("mode", 1, number)
        return
    mode = run.modes[slot.mode]
    outside = max(mode.first - slot.start, slot.start - mode.last, slot.start + run.duration - asked.horizon)
    if outside > 0 or slot.start < 0:
        yield Clash("hours", max(outside, -slot.start), number)
    waiting = list(slot.picked)
    for pick in mode.picks:
        taken, waiting = waiting[: pick.count], waiting[pick.count :]
        if len(set(taken)) < pick.count or not set(taken) <= set(pick.pools):
            yield Clash("picks", 1, number)
    if waiting:
        yield Clash("picks", len(waiting), number)


def _order(asked: Timetable, slots: Sequence[Slot | None]) -> Iterator[Clash]:
    for number, slot in enumerate(slots):
        for other in asked.runs[number].after if slot else ():
            before = slots[other]
            late = before.start + asked.runs[other].duration - slot.start if before and slot else 1
            if late > 0:
                yield Clash("after", late, number)


def taken_by(mode: Mode, slot: Slot) -> Mapping[int, int]:
    """What a run in a slot takes of each pool."""
    found = dict(mode.takes)
    for pool in slot.picked:
        found[pool] = found.get(pool, 0) + 1
    return found


def _pools(asked: Timetable, slots: Sequence[Slot | None]) -> Iterator[Clash]:
    events: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for run, slot in zip(asked.runs, slots, strict=True):
        for pool, amount in taken_by(run.modes[slot.mode], slot).items() if slot else ():
            if slot and amount:
                events[pool] += [(slot.start, -amount), (slot.start + run.duration, amount)]
    for pool in sorted(events):
        at: dict[int, int] = defaultdict(int)
        for step, change in (*_changes(asked.pools[pool].steps), *events[pool]):
            at[step] += change
        level = 0
        for step in sorted(at):
            level += at[step]
            if level < 0:
                yield Clash("pool", -level, pool=pool, step=step)
                break


def _changes(steps: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    yield steps[0]
    for (_, before), (step, now) in pairwise(steps):
        yield step, now - before


def _budgets(asked: Timetable, slots: Sequence[Slot | None]) -> Iterator[Clash]:
    booked: dict[int, int] = defaultdict(int)
    for run, slot in zip(asked.runs, slots, strict=True):
        for budget, amount in run.modes[slot.mode].books.items() if slot else ():
            booked[budget] += amount
    for budget in sorted(booked):
        beyond = booked[budget] - asked.budgets[budget].amount
        if beyond > 0:
            yield Clash("budget", beyond, pool=budget)


# --- what is asked ---------------------------------------------------------------------------------------------------


def faults(asked: Timetable) -> tuple[str, ...]:
    """All that keeps a timetable from being one."""
    if not _whole((asked.horizon,), 0, STEPS):
        return (f"the horizon is {asked.horizon!r}, not between 0 and {STEPS}",)
    return tuple(_faults(asked))


def _faults(asked: Timetable) -> Iterator[str]:
    for pool in asked.pools:
        steps = [step for step, _ in pool.steps]
        if not _whole(steps, 0, STEPS) or steps[:1] != [0] or any(a >= b for a, b in pairwise(steps)):
            yield f"pool {pool.id!r}: its steps do not ascend from 0"
        if not _whole((amount for _, amount in pool.steps), 0, LIMIT):
            yield f"pool {pool.id!r}: an amount is not between 0 and {LIMIT}"
    for budget in asked.budgets:
        if not _whole((budget.amount,), 0, LIMIT):
            yield f"budget {budget.id!r}: its amount is not between 0 and {LIMIT}"
    for run in asked.runs:
        yield from (f"run {run.id!r}: {fault}" for fault in _wrong_run(asked, run))
    if all(_whole(run.after, 0, len(asked.runs) - 1) for run in asked.runs) and _circular(asked):
        yield "runs wait for each other in a circle"


def _wrong_run(asked: Timetable, run: Run) -> Iterator[str]:
    if not _whole((run.duration,), 1, STEPS):
        yield f"its duration is {run.duration!r}, not between 1 and {STEPS}"
        return
    if not _whole((run.priority,), 0, LIMIT):
        yield f"its priority is {run.priority!r}"
    if not _whole(run.after, 0, len(asked.runs) - 1):
        yield "it is after a run that is not there"
    for mode in run.modes:
        yield from _wrong_mode(asked, run, mode)


def _wrong_mode(asked: Timetable, run: Run, mode: Mode) -> Iterator[str]:
    times = _whole((mode.first, mode.last), 0, STEPS) and mode.first <= mode.last
    if not times or mode.last + run.duration > asked.horizon:
        yield "a mode starts never, or ends beyond the horizon"
    named = (*mode.takes, *(pool for pick in mode.picks for pool in pick.pools))
    if not _whole(named, 0, len(asked.pools) - 1) or not _whole(mode.books, 0, len(asked.budgets) - 1):
        yield "a mode names a pool or budget that is not there"
    if not _whole((*mode.takes.values(), *mode.books.values()), 0, LIMIT):
        yield f"an amount is not between 0 and {LIMIT}"
    if not _whole((mode.cost,), 0, COST):
        yield f"a cost is not between 0 and {COST}"
    if any(not _whole((pick.count,), 1, len(pick.pools)) for pick in mode.picks):
        yield "a mode picks more than there is"


def _whole(numbers: Iterable[object], low: int, high: int) -> bool:
    return all(isinstance(n, int) and not isinstance(n, bool) and low <= n <= high for n in numbers)


def _circular(asked: Timetable) -> bool:
    waiting = [len(set(run.after)) for run in asked.runs]
    ready = [number for number, count in enumerate(waiting) if not count]
    followers: dict[int, list[int]] = defaultdict(list)
    for number, run in enumerate(asked.runs):
        for other in set(run.after):
            followers[other].append(number)
    for number in ready:
        for other in followers[number]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return len(ready) < len(asked.runs)
