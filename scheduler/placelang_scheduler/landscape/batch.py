"""The search without a compiler: a thousand moves are weighed at once, and of those that are good enough at most one a
host is made, by the same functions that make moves in `kernel`. It gets through a tenth to a thirtieth of the moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placelang_scheduler.landscape import kernel
from placelang_scheduler.landscape.columns import AWAY, LEAST, TOTAL, Amounts, Columns, Course, Indices

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_ONCE = 1024
_SHIFTS = 0.5
"""The share of rounds that move one item; the others move two."""

_Where = NDArray[np.int64]
_Made = tuple[_Where, ...]


def search(  # noqa: PLR0913, PLR0917 - as the compiled one
    c: Columns,
    s: Course,
    best: Indices,
    random: np.random.Generator,
    iterations: int,
    hot: float,
    cold: float,
    homing: float,
    target: int,
) -> None:
    """Anneal from `hot` to `cold` in so many iterations, until the total is `target`; `best` has where items stood for
    the least total."""
    rounds = -(-iterations // _AT_ONCE)
    for number in range(rounds):
        if s.marks[LEAST] <= target:
            break
        heat = hot * (cold / hot) ** (number / rounds)
        most = -heat * np.log(1.0 - random.random(_AT_ONCE))
        if random.random() < _SHIFTS:
            _shift(c, s, random, most, homing)
        else:
            _exchange(c, s, random, most, homing)
        if s.marks[TOTAL] < s.marks[LEAST]:
            s.marks[LEAST] = s.marks[TOTAL]
            best[:] = s.at


def _shift(
    c: Columns, s: Course, random: np.random.Generator, most: NDArray[np.float64], homing: float
) -> None:
    items = _items(s, random)
    hosts = _choices(c, random, items)
    away = int(s.marks[AWAY])
    if away:
        number = int(homing * _AT_ONCE)
        items[:number] = s.away[random.integers(away, size=number)]
        hosts[:number] = c.home[items[:number]]
    here = s.at[items]
    good = (hosts >= 0) & (hosts != here)
    good &= c.allowed[c.kind[items], hosts]
    items, hosts, here, most = items[good], hosts[good], here[good].astype(np.int64), most[good]
    fit = (s.free[hosts] >= _needs(c, items, hosts)).all(axis=1)
    items, hosts, here, most = items[fit], hosts[fit], here[fit], most[fit]
    pull = c.pull[items]
    change = _change(c, s, here, -pull) + _change(c, s, hosts, pull) + _moving(c, s, items, hosts)
    good = change <= most

    def make(at: int) -> bool:
        return bool(kernel.try_shift(c, s, int(items[at]), int(hosts[at]), float(most[at])))

    _make(np.flatnonzero(good), (here, hosts), make)


def _exchange(
    c: Columns, s: Course, random: np.random.Generator, most: NDArray[np.float64], homing: float
) -> None:
    """Items go to where others are, and those home, to where the first were, or anywhere."""
    items = _items(s, random)
    there = _choices(c, random, items)
    good = (there >= 0) & (there != s.at[items]) & (s.standing[there] > 0)
    items, there, most = items[good], there[good], most[good]
    place = (random.random(len(items)) * s.standing[there]).astype(np.int64)
    others = s.slots[s.slot_first[there] + place].astype(np.int64)
    kind = random.random(len(items))
    swapped = s.at[items].astype(np.int64)
    hosts = np.where(kind < 2 * homing, c.home[others].astype(np.int64), _choices(c, random, others))
    hosts = np.where(kind > 1 - (1 - 2 * homing) / 4, swapped, hosts)
    good = (hosts >= 0) & (hosts != there) & c.allowed[c.kind[others], hosts]
    items, others, there, hosts, most = items[good], others[good], there[good], hosts[good], most[good]
    here = s.at[items].astype(np.int64)
    gives, takes = _needs(c, others, there), _needs(c, items, there)
    back = np.where((hosts == here)[:, None], _needs(c, items, here), 0)
    fit = (s.free[there] + gives >= takes).all(axis=1) & (
        s.free[hosts] + back >= _needs(c, others, hosts)
    ).all(axis=1)
    items, others, there, hosts, here, most = (one[fit] for one in (items, others, there, hosts, here, most))
    pull, push = c.pull[items], c.pull[others]
    same = (hosts == here)[:, None]
    change = _change(c, s, there, pull - push) + _change(c, s, here, np.where(same, push - pull, -pull))
    change += _change(c, s, hosts, np.where(same, 0, push))
    change += _moving(c, s, items, there) + _moving(c, s, others, hosts)

    def make(at: int) -> bool:
        return bool(kernel.try_two(c, s, int(items[at]), int(others[at]), int(hosts[at]), float(most[at])))

    _make(np.flatnonzero(change <= most), (here, there, hosts), make)


def _make(good: _Where, touched: _Made, make: Callable[[int], bool]) -> None:
    """Make moves in order, none on hosts that another has changed."""
    changed: set[int] = set()
    for at in good.tolist():
        hosts = {int(one[at]) for one in touched}
        if changed.isdisjoint(hosts) and make(at):
            changed |= hosts


def _items(s: Course, random: np.random.Generator) -> _Where:
    """Items: half of them any, half one of the dearest of three hosts each."""
    found = random.integers(len(s.at), size=_AT_ONCE)
    drawn = random.integers(len(s.cost), size=(_AT_ONCE, 3))
    host = drawn[np.arange(_AT_ONCE), np.where(s.standing[drawn] > 0, s.cost[drawn], -1).argmax(axis=1)]
    place = (random.random(_AT_ONCE) * s.standing[host]).astype(np.int64)
    dear = s.slots[np.minimum(s.slot_first[host] + place, len(s.slots) - 1)]
    weighted = (random.random(_AT_ONCE) < 0.5) & (s.standing[host] > 0)  # noqa: PLR2004 - half
    return np.where(weighted, dear, found)


def _choices(c: Columns, random: np.random.Generator, items: _Where) -> _Where:
    """A host for each where it may stand; -1 where there is none."""
    if not len(c.choices):
        return np.full(len(items), -1)
    number = c.first[items + 1] - c.first[items]
    at = c.first[items] + (random.random(len(items)) * number).astype(np.int64)
    return np.where(number > 0, c.choices[np.minimum(at, len(c.choices) - 1)], -1).astype(np.int64)


def _needs(c: Columns, items: _Where, hosts: _Where) -> Amounts:
    """What items take of hosts."""
    return np.where(c.arriving & (c.home[items] == hosts)[:, None], 0, c.need[items])


def _change(c: Columns, s: Course, hosts: _Where, pull: Amounts) -> Amounts:
    """What it changes of the cost of hosts that their levels change."""
    level = s.level[hosts]
    return np.asarray(((np.maximum(level + pull, 0) - np.maximum(level, 0)) * c.weight).sum(axis=1))


def _moving(c: Columns, s: Course, items: _Where, hosts: _Where) -> Amounts:
    """What it changes of what moves cost, but for the most moved set."""
    home, here = c.home[items], s.at[items]
    leaves, returns = (here == home) & (hosts != home), (hosts == home) & (here != home)
    change = np.where(leaves, c.fee[items], 0) - np.where(returns, c.fee[items], 0)
    if len(c.ways):
        change += np.where(hosts != home, c.ways[home, hosts], 0) - np.where(
            here != home, c.ways[home, here], 0
        )
    return np.where(home < 0, 0, change)
