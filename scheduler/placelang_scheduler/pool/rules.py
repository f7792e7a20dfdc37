"""`Rules`: what hard constraints say of one workload, as arrays over values of keys, and those that are none.

Enters columns; leaves, per workload, the most replicas `each` host takes, what is `closing` hosts, the quotas over
groups of hosts, and `others`, the constraints that have to be asked host by host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.constraints import AtLeast, AtMost, Different, Hosts, Reserve, Same, Spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.pool.columns import Columns, Ints, Keys
    from placelang_scheduler.pool.ground import Ground

    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Full:
    """Hosts whose value of the key holds as many replicas of `workloads` as it may; `alone` if none share one."""

    keys: Keys
    key: str
    workloads: tuple[int, ...]
    count: int
    alone: bool

    def closed(self, ground: Ground) -> Bools:
        full: Bools = ground.sums(self.key, self.workloads) >= self.count
        full[self.keys.exempt] = False
        return full[self.keys.codes]

    def quota(self, ground: Ground) -> Ints:
        """What each value still takes."""
        left = self.count - ground.sums(self.key, self.workloads)
        left[self.keys.exempt] = _MANY
        return left


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Hosts whose value of the key holds a replica of `others`, who must not be near. Where one of these is on a host
    without a value, it may be near to any."""

    keys: Keys
    key: str
    others: tuple[int, ...]

    def closed(self, ground: Ground) -> Bools:
        near: Bools = ground.sums(self.key, self.others) > 0
        if near[self.keys.none]:
            near[:] = True
        elif near.any():
            near[self.keys.none] = True
        near[self.keys.exempt] = False
        return near[self.keys.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Without:
    """Hosts whose value of the key holds none of `partners`, of whom one has to be there."""

    keys: Keys
    key: str
    partners: tuple[int, ...]

    def closed(self, ground: Ground) -> Bools:
        alone: Bools = ground.sums(self.key, self.partners) == 0
        alone[self.keys.exempt] = False
        return alone[self.keys.codes]


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """No value above the least used of `over` by more than `skew`."""

    keys: Keys
    key: str
    workloads: tuple[int, ...]
    skew: int
    over: Ints

    def quota(self, ground: Ground, room: Ints, wanted: int) -> Ints:
        """How many more each value gets of `wanted`, where there is so much `room`: as even as can be."""
        now = ground.sums(self.key, self.workloads)
        level = _level(now, room, wanted)
        more = np.clip(level - now, 0, room)
        rest = wanted - int(more.sum())
        if rest > 0:
            higher = np.flatnonzero((room > more) & (now + more == level))
            best = higher[np.argsort(-(room - more)[higher], kind="stable")][:rest]
            more[best] += 1
        least = int((now + more)[self.over].min()) if self.over.size else 0
        free = more[self.keys.exempt]
        more = np.clip(least + self.skew - now, 0, more)
        more[self.keys.exempt] = free
        return more

    def open(self, ground: Ground) -> Bools:
        """The values that may have one more."""
        now = ground.sums(self.key, self.workloads)
        least = int(now[self.over].min()) if self.over.size else 0
        found: Bools = now < least + max(1, self.skew)
        found[self.keys.exempt] = True
        return found

    def surplus(self, ground: Ground) -> Ints:
        """How many replicas each value holds above what it may."""
        now = ground.sums(self.key, self.workloads)
        least = int(now[self.over].min()) if self.over.size else 0
        above = np.maximum(now - least - self.skew, 0)
        above[self.keys.exempt] = above[self.keys.none] = 0
        return above


def _level(now: Ints, room: Ints, wanted: int) -> int:
    """The highest level to which values can be filled with `wanted` replicas."""
    low, high = 0, int(now.max(initial=0)) + wanted
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.clip(middle - now, 0, room).sum()) <= wanted:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True, slots=True)
class Rules:
    """What hard constraints say of one workload. `pairs` hold when a replica comes, and may break when another goes."""

    each: int
    closing: tuple[Full | Beside | Without, ...]
    full: tuple[Full, ...]
    even: tuple[Even, ...]
    distinct: tuple[AtLeast, ...]
    others: tuple[Constraint, ...]
    pairs: tuple[Constraint, ...]

    @property
    def plain(self) -> bool:
        """Whether hosts can be filled in any order."""
        return not (self.full or self.even or self.distinct or self.others)


def rules_of(columns: Columns) -> dict[int, Rules]:
    """The rules of every workload, made once for columns."""
    if not columns.rules:
        made = _Making(columns)
        columns.rules.update({index: made.rules(index) for index in columns.scope.workloads})
    return columns.rules


class _Making:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.over: dict[tuple[int, str], Ints] = {}

    def rules(self, index: int) -> Rules:
        each = self.columns.problem.counted(index).maximum
        closing: list[Full | Beside | Without] = []
        full: list[Full] = []
        even: list[Even] = []
        distinct: list[AtLeast] = []
        others: list[Constraint] = []
        pairs: list[Constraint] = []
        for one in self.columns.hard[index]:
            if isinstance(one, AtMost):
                limit = self._full(one)
                each = min(each, one.count if limit.alone else each)
                full += [limit] * (not limit.alone or len(one.workloads) > 1)
            elif isinstance(one, Spread):
                even.append(self._even(one))
            elif isinstance(one, Different):
                pairs.append(one)
                near = one.workloads if index in one.partners else one.partners
                closing.append(Beside(self.columns.key(one.key), one.key, near))
            elif isinstance(one, Same):
                pairs.append(one)
                if index in one.workloads:
                    closing.append(Without(self.columns.key(one.key), one.key, one.partners))
            elif isinstance(one, AtLeast):
                distinct.append(one)
            elif not isinstance(one, (Hosts, Reserve)):
                others.append(one)
        return Rules(
            each, (*closing, *full), tuple(full), tuple(even), tuple(distinct), tuple(others), tuple(pairs)
        )

    def _full(self, one: AtMost) -> Full:
        keys = self.columns.key(one.key)
        alone = not keys.shared and not bool((keys.codes == keys.exempt).any())
        return Full(keys, one.key, one.workloads, one.count, alone)

    def _even(self, one: Spread) -> Even:
        keys = self.columns.key(one.key)
        if one.values is not None:
            over = np.array(sorted(keys.values.get(value, -1) for value in one.values), np.int64)
            if over.size and over[0] < 0:  # a value that no host has is used by none
                over = np.array([keys.none], np.int64)
            return Even(keys, one.key, one.workloads, one.skew, over)
        found = [self._over(index, one.key, keys) for index in one.workloads]
        return Even(keys, one.key, one.workloads, one.skew, np.unique(np.concatenate(found)))

    def _over(self, index: int, key: str, keys: Keys) -> Ints:
        candidates = self.columns.problem.workloads[index].candidates
        name = (id(candidates), key)
        if name not in self.over:
            codes = np.unique(keys.codes[np.array(candidates, np.int64)])
            self.over[name] = codes[codes < keys.none]
        return self.over[name]


_MANY = 2**62
