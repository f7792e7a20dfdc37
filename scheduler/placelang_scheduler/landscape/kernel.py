"""Exact changes of a `Course`, and the search that makes millions of them: one source, compiled where that is possible.

A move is one or two shifts at once. It is tested in this order: hard rows, the change of cost against a threshold that
is drawn first, and then, made, the rules over tallies, for which it is taken back.
"""

# ruff: noqa: PLR0913, PLR0912, PLR0915, PLR0917, C901, SIM110, SIM114 - loops for a compiler
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from placelang_scheduler.landscape.columns import (
    AT_LEAST,
    AT_MOST,
    AWAY,
    DIFFERENT,
    LEAST,
    SAME,
    SERVED,
    TOP,
    TOTAL,
    Columns,
    Course,
    Indices,
)
from placelang_scheduler.landscape.jit import compiled

Bits = NDArray[np.uint64]


@compiled
def takes(c: Columns, item: int, row: int, host: int) -> int:
    """What an item takes of a row of a host."""
    if c.arriving[row] and c.home[item] == host:
        return 0
    return c.need[item, row]


@compiled
def fits(c: Columns, s: Course, item: int, host: int) -> bool:
    """Whether a host has what an item takes."""
    for row in range(c.need.shape[1]):
        if s.free[host, row] < takes(c, item, row, host):
            return False
    return True


@compiled
def fits_for(c: Columns, s: Course, item: int, host: int, leaves: int) -> bool:
    """Whether a host has what an item takes once another leaves."""
    for row in range(c.need.shape[1]):
        if s.free[host, row] + takes(c, leaves, row, host) < takes(c, item, row, host):
            return False
    return True


@compiled
def over(level: int) -> int:
    """What of a level costs."""
    return level if level > 0 else 0  # noqa: FURB136 - the compiler has this faster


@compiled
def shifting(c: Columns, s: Course, item: int, host: int) -> int:
    """What it changes of hinges that an item goes to a host."""
    change = 0
    here = s.at[item]
    for j in range(c.pull.shape[1]):
        pull = c.pull[item, j]
        if pull != 0:
            a, b = s.level[here, j], s.level[host, j]
            change += c.weight[j] * (over(a - pull) - over(a) + over(b + pull) - over(b))
    return change


@compiled
def shifting_two(c: Columns, s: Course, item: int, other: int, host: int) -> int:
    """What it changes of hinges that an item goes to where another is, and that one to a host."""
    change = 0
    here, there = s.at[item], s.at[other]
    for j in range(c.pull.shape[1]):
        pull, push = c.pull[item, j], c.pull[other, j]
        if pull == 0 and push == 0:
            continue
        a, b = s.level[here, j], s.level[there, j]
        one = over(b + pull - push) - over(b)
        if host == here:
            one += over(a - pull + push) - over(a)
        else:
            d = s.level[host, j]
            one += over(a - pull) - over(a) + over(d + push) - over(d)
        change += c.weight[j] * one
    return change


@compiled
def moving(c: Columns, s: Course, item: int, host: int) -> int:
    """What it changes of what moves cost that an item goes to a host, but for the most moved set."""
    home, here = c.home[item], s.at[item]
    if home < 0:
        return 0
    change = 0
    if here == home:
        change += c.fee[item]
    elif host == home:
        change -= c.fee[item]
    if len(c.ways):
        if host != home:
            change += c.ways[home, host]
        if here != home:
            change -= c.ways[home, here]
    return change


@compiled
def leaving(c: Columns, s: Course, item: int, host: int) -> int:
    """By how much it changes the moved items of its set that an item goes to a host."""
    home = c.home[item]
    if home < 0 or c.set_of[item] < 0:
        return 0
    if s.at[item] == home:
        return 1
    return -1 if host == home else 0


@compiled
def bump(s: Course, group: int, by: int) -> None:
    """Count moved items of a set."""
    before = s.moved[group]
    s.sets_with[before] -= 1
    s.moved[group] = before + by
    s.sets_with[before + by] += 1
    if before + by > s.marks[TOP]:
        s.marks[TOP] = before + by
    elif before == s.marks[TOP] and s.sets_with[before] == 0:
        s.marks[TOP] = before + by


@compiled
def topping(c: Columns, s: Course, item: int, host: int, other: int, then: int) -> int:
    """What it changes of the cost of the most moved set that an item goes to a host, and another to `then` (-1:
    none)."""
    if c.top_weight == 0:
        return 0
    one = leaving(c, s, item, host)
    two = leaving(c, s, other, then) if then >= 0 else 0
    if one == 0 and two == 0:
        return 0
    before = s.marks[TOP]
    if one != 0:
        bump(s, c.set_of[item], one)
    if two != 0:
        bump(s, c.set_of[other], two)
    after = s.marks[TOP]
    if two != 0:
        bump(s, c.set_of[other], -two)
    if one != 0:
        bump(s, c.set_of[item], -one)
    return c.top_weight * (after - before)


@compiled
def put(c: Columns, s: Course, item: int, host: int) -> None:
    """Let an item stand on a host, in everything but the total."""
    here, home = s.at[item], c.home[item]
    for row in range(c.need.shape[1]):
        s.free[here, row] += takes(c, item, row, here)
        s.free[host, row] -= takes(c, item, row, host)
    for j in range(c.pull.shape[1]):
        pull = c.pull[item, j]
        if pull != 0:
            a, b = s.level[here, j], s.level[host, j]
            s.cost[here] += c.weight[j] * (over(a - pull) - over(a))
            s.cost[host] += c.weight[j] * (over(b + pull) - over(b))
            s.level[here, j] = a - pull
            s.level[host, j] = b + pull
    s.standing[here] -= 1
    last = s.slots[s.slot_first[here] + s.standing[here]]
    s.slots[s.slot[item]] = last
    s.slot[last] = s.slot[item]
    s.slot[item] = s.slot_first[host] + s.standing[host]
    s.slots[s.slot[item]] = item
    s.standing[host] += 1
    if home >= 0 and here == home:
        s.away[s.marks[AWAY]] = item
        s.place[item] = s.marks[AWAY]
        s.marks[AWAY] += 1
    elif home >= 0 and host == home:
        s.marks[AWAY] -= 1
        end = s.away[s.marks[AWAY]]
        s.away[s.place[item]] = end
        s.place[end] = s.place[item]
        s.place[item] = -1
    if c.top_weight != 0:
        by = leaving(c, s, item, host)
        if by != 0:
            bump(s, c.set_of[item], by)
    for t in range(c.tally_first[item], c.tally_first[item + 1]):
        tally = c.tallies[t]
        old, new = c.value[c.tally_key[tally], here], c.value[c.tally_key[tally], host]
        if old == new:
            continue
        if old >= 0:
            s.counts[c.base[tally] + old] -= 1
            if s.counts[c.base[tally] + old] == 0:
                s.used[tally] -= 1
        if new >= 0:
            s.counts[c.base[tally] + new] += 1
            if s.counts[c.base[tally] + new] == 1:
                s.used[tally] += 1
    s.at[item] = host


@compiled
def obeyed(c: Columns, s: Course, item: int, here: int) -> bool:
    """Whether all rules hold that an item, which was `here` before, could have broken."""
    host = s.at[item]
    for t in range(c.tally_first[item], c.tally_first[item + 1]):
        tally = c.tallies[t]
        key = c.tally_key[tally]
        old, new = c.value[key, here], c.value[key, host]
        if old == new:
            continue
        for r in range(c.rule_first[tally], c.rule_first[tally + 1]):
            kind, other = c.rule_kind[r], c.rule_other[r]
            if kind == AT_MOST:
                if new >= 0 and s.counts[c.base[tally] + new] > c.rule_number[r]:
                    return False
            elif kind == AT_LEAST:
                if s.used[tally] < c.rule_number[r]:
                    return False
            elif kind == SAME:
                if new >= 0 and s.counts[c.base[other] + new] == 0:
                    return False
            elif kind == SERVED:
                if old >= 0 and s.counts[c.base[tally] + old] == 0 and s.counts[c.base[other] + old] > 0:
                    return False
            elif kind == DIFFERENT and new >= 0 and s.counts[c.base[other] + new] > 0:
                return False
    return True


@compiled
def try_shift(c: Columns, s: Course, item: int, host: int, most: float) -> bool:
    """Let an item go to a host, if it may and that adds no more than `most`."""
    if not fits(c, s, item, host):
        return False
    change = shifting(c, s, item, host) + moving(c, s, item, host)
    change += topping(c, s, item, host, item, -1)
    if change > most:
        return False
    here = s.at[item]
    put(c, s, item, host)
    if not obeyed(c, s, item, here):
        put(c, s, item, here)
        return False
    s.marks[TOTAL] += change
    return True


@compiled
def try_two(c: Columns, s: Course, item: int, other: int, host: int, most: float) -> bool:
    """Let an item go to where another is, and that one to a host, if they may and that adds no more than `most`."""
    here, there = s.at[item], s.at[other]
    if not fits_for(c, s, item, there, other):
        return False
    if host == here:
        if not fits_for(c, s, other, host, item):
            return False
    elif not fits(c, s, other, host):
        return False
    change = shifting_two(c, s, item, other, host) + moving(c, s, item, there) + moving(c, s, other, host)
    change += topping(c, s, item, there, other, host)
    if change > most:
        return False
    put(c, s, other, host)
    put(c, s, item, there)
    if not (obeyed(c, s, item, here) and obeyed(c, s, other, there)):
        put(c, s, item, here)
        put(c, s, other, there)
        return False
    s.marks[TOTAL] += change
    return True


@compiled
def draw(rng: Bits) -> int:
    """The next 31 bits at random."""
    x = rng[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    rng[0] = x
    return np.int64(x >> np.uint64(33))  # type: ignore[return-value]


@compiled
def below(rng: Bits, number: int) -> int:
    """A number below another at random."""
    return (draw(rng) * number) >> 31


@compiled
def pick(s: Course, rng: Bits) -> int:
    """An item: half the time any, half the time one of the dearest of three hosts."""
    if draw(rng) & 1:
        return below(rng, len(s.at))
    best, most = -1, -1
    for _ in range(3):
        host = below(rng, len(s.cost))
        if s.standing[host] and s.cost[host] > most:
            best, most = host, s.cost[host]
    if best < 0:
        return below(rng, len(s.at))
    return s.slots[s.slot_first[best] + below(rng, s.standing[best])]


@compiled
def choose(c: Columns, rng: Bits, item: int) -> int:
    """A host where an item may stand; -1 where there is none."""
    number = c.first[item + 1] - c.first[item]
    return c.choices[c.first[item] + below(rng, number)] if number else -1


@compiled
def like(c: Columns, rng: Bits, item: int) -> int:
    """Another item, of a size that is near as often as not."""
    items = len(c.rank)
    wide = max(items >> below(rng, 8), 2)
    place = c.rank[item] + below(rng, wide) - wide // 2
    return c.order[min(max(place, 0), items - 1)]


@compiled
def note(s: Course, best: Indices) -> None:
    """Remember where items stand."""
    for item in range(len(best)):
        best[item] = s.at[item]


@compiled
def search(
    c: Columns,
    s: Course,
    best: Indices,
    rng: Bits,
    iterations: int,
    hot: float,
    cold: float,
    homing: float,
    shift: int,
    swap: int,
    target: int,
) -> None:
    """Anneal from `hot` to `cold` in so many iterations, until the total is `target`; `best` has where items stood for
    the least total. A share `homing` of shifts and twice that of ejections go home;
    in percent, below `shift` a move is one of one item, below `swap` two change places, else one makes way."""
    unsaved = False
    heat = hot
    stride = 1000
    ratio = (cold / hot) ** (stride / max(iterations, stride)) if hot > 0 else 1.0
    home_bits = np.int64(homing * (1 << 31))
    for step in range(iterations):
        if step % stride == 0 and step > 0:
            heat *= ratio
        most = -heat * math.log((draw(rng) + 1.0) / 2147483649.0)
        if unsaved and most >= 1.0 and s.marks[TOTAL] == s.marks[LEAST]:
            note(s, best)
            unsaved = False
        which = below(rng, 100)
        if which < shift:
            if s.marks[AWAY] and draw(rng) < home_bits:
                item = s.away[below(rng, s.marks[AWAY])]
                host = c.home[item]
                if not c.allowed[c.kind[item], host]:
                    continue
            else:
                item = pick(s, rng)
                host = choose(c, rng, item)
            if host < 0 or host == s.at[item]:
                continue
            try_shift(c, s, item, host, most)
        elif which < swap:
            item = pick(s, rng)
            other = like(c, rng, item)
            here, there = s.at[item], s.at[other]
            if here == there or not (c.allowed[c.kind[item], there] and c.allowed[c.kind[other], here]):
                continue
            try_two(c, s, item, other, here, most)
        else:
            item = pick(s, rng)
            there = choose(c, rng, item)
            if there < 0 or there == s.at[item] or s.standing[there] == 0:
                continue
            other = s.slots[s.slot_first[there] + below(rng, s.standing[there])]
            host = c.home[other]
            if host < 0 or host == there or draw(rng) >= 2 * home_bits or not c.allowed[c.kind[other], host]:
                host = choose(c, rng, other)
            if host < 0 or host == there:
                continue
            try_two(c, s, item, other, host, most)
        if s.marks[TOTAL] < s.marks[LEAST]:
            s.marks[LEAST] = s.marks[TOTAL]
            unsaved = True
            if s.marks[LEAST] <= target:
                break
    if unsaved:
        note(s, best)
