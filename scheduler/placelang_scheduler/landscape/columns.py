"""`Columns`: a landscape as arrays, and `Course`: where its items stand, with everything that a move changes.

An item is one replica. All amounts are 64-bit whole numbers. Hosts, items, rows, hinges, sets, tallies and keys are
numbers; a tally counts the items of a set of workloads per value of a key.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Amounts = NDArray[np.int64]
Indices = NDArray[np.int32]

AT_MOST, AT_LEAST, SAME, SERVED, DIFFERENT = range(5)
"""Kinds of rule over a tally: `SAME` holds where the other tally is not empty, `SERVED` is that seen from there."""


class Columns(NamedTuple):
    """What does not change.

    `need`: what an item takes of each hard row of a host, `capacity` what that has; where it is `arriving`, an
    item at its `home` (-1: none) takes nothing. `pull`: what an item adds to each hinge of a host, `edge` where that
    begins to cost `weight` a unit. `fee`: what it costs not to be at home, `ways` what more by host from and to (empty:
    no more). `set_of` (-1: none): `top_weight` times the most moved items of any set is added.

    `choices` from `first` on are the hosts where an item may stand, `allowed` by `kind` of item. `order` has items by
    size, `rank` where in it. `tallies` from `tally_first` on are those of an item; a tally has its `tally_key`, counts
    from `base` on, and rules from `rule_first` on, each of a kind, with another tally and a number. `value` by key and
    host is -1 where nobody looks.
    """

    need: Amounts
    capacity: Amounts
    arriving: NDArray[np.bool_]
    pull: Amounts
    edge: Amounts
    weight: Amounts
    home: Indices
    fee: Amounts
    ways: Amounts
    set_of: Indices
    top_weight: int
    first: NDArray[np.int64]
    choices: Indices
    kind: Indices
    order: Indices
    rank: Indices
    allowed: NDArray[np.bool_]
    tally_first: NDArray[np.int64]
    tallies: Indices
    tally_key: Indices
    base: NDArray[np.int64]
    value: Indices
    rule_first: NDArray[np.int64]
    rule_kind: Indices
    rule_other: Indices
    rule_number: Amounts


class Course(NamedTuple):
    """What moves change: where items are `at`, what hard rows have `free`, the `level` of hinges above their edge, the
    `cost` of hosts; items by host in `slots` from `slot_first` on, `standing` of them; items away from home first in
    `away`, with their `place` there (-1: at home); counts and numbers of used values of tallies; moved items of sets
    and how many sets have so many. `marks` has the whole cost, the most moved items of a set, how many items are away,
    and the least cost that there was."""

    at: Indices
    free: Amounts
    level: Amounts
    cost: Amounts
    slot_first: NDArray[np.int64]
    slots: Indices
    slot: NDArray[np.int64]
    standing: NDArray[np.int64]
    away: Indices
    place: Indices
    counts: Amounts
    used: Amounts
    moved: Amounts
    sets_with: Amounts
    marks: Amounts


TOTAL, TOP, AWAY, LEAST = range(4)


def begin(columns: Columns, at: Indices) -> Course:
    """The course of items that stand `at` hosts."""
    items, hosts = len(at), len(columns.capacity)
    rows, hinges = columns.need.shape[1], columns.pull.shape[1]
    at = at.astype(np.int32)
    moved_away = at != columns.home
    free, level = columns.capacity.copy(), -columns.edge
    for row in range(rows):
        takes = columns.need[:, row] * (moved_away | (not columns.arriving[row]))
        np.subtract.at(free[:, row], at, takes)
    for hinge in range(hinges):
        np.add.at(level[:, hinge], at, columns.pull[:, hinge])
    cost = (np.maximum(level, 0) * columns.weight).sum(axis=1, dtype=np.int64)
    standing = np.bincount(at, minlength=hosts).astype(np.int64)
    slot_first = np.concatenate(([0], np.cumsum(_most(columns, standing)))).astype(np.int64)
    slots = np.full(int(slot_first[-1]), -1, np.int32)
    order = np.argsort(at, kind="stable").astype(np.int32)
    rank = np.arange(items) - np.concatenate(([0], np.cumsum(standing)))[at[order]]
    slot = np.empty(items, np.int64)
    slot[order] = slot_first[at[order]] + rank
    slots[slot] = np.arange(items)
    off = np.flatnonzero(moved_away & (columns.home >= 0)).astype(np.int32)
    away, place = np.zeros(items, np.int32), np.full(items, -1, np.int32)
    away[: len(off)], place[off] = off, np.arange(len(off))
    count, used = _tallied(columns, at)
    grouped = columns.set_of[off]
    sets = int(columns.set_of.max(initial=-1)) + 1
    moved = np.bincount(grouped[grouped >= 0], minlength=sets).astype(np.int64)
    sets_with = np.bincount(moved, minlength=items + 2).astype(np.int64)
    top = int(moved.max(initial=0))
    total = int(cost.sum()) + top * columns.top_weight + int(columns.fee[off].sum())
    if len(columns.ways):
        total += int(columns.ways[columns.home[off], at[off]].sum())
    marks = np.array([total, top, len(off), total], np.int64)
    return Course(
        at, free, level, cost, slot_first, slots, slot, standing, away, place, count, used, moved, sets_with, marks
    )  # fmt: skip


def _most(columns: Columns, standing: NDArray[np.int64]) -> NDArray[np.int64]:
    """The most items that can stand on each host at once: as many of the smallest as fit into each row."""
    items = len(columns.need)
    most = np.full(len(standing), items, np.int64)
    for row in range(columns.need.shape[1]):
        if not columns.arriving[row]:
            sums = np.cumsum(np.sort(columns.need[:, row]))
            most = np.minimum(most, np.searchsorted(sums, columns.capacity[:, row], side="right"))
    return np.maximum(most, standing) + 1


def _tallied(columns: Columns, at: Indices) -> tuple[Amounts, Amounts]:
    count = np.zeros(int(columns.base[-1]), np.int64)
    used = np.zeros(len(columns.tally_key), np.int64)
    owner = np.repeat(np.arange(len(at)), np.diff(columns.tally_first))
    values = columns.value[columns.tally_key[columns.tallies], at[owner]]
    seen = values >= 0
    np.add.at(count, columns.base[columns.tallies[seen]] + values[seen], 1)
    for tally in range(len(used)):
        used[tally] = np.count_nonzero(count[columns.base[tally] : columns.base[tally + 1]])
    return count, used
