"""The hours of services as spans of a week, in minutes of the clock of whichever site they stand at.

Where a clock jumps, no two windows are open together that are not so in a week in which it does not: a time that is
skipped is skipped for both, and of a time that comes twice the first counts for both.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from placelang.columns import Texts, Truth
from placelang.policies import Window
from placelang.world import World
from placelang_runtime.recurrence import read_zone
from placelang_scheduler.hours import Hours

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = 1440
WEEK = len(_DAYS) * _DAY


def week_of(window: Window) -> Hours:
    """When it is open, None for always; what is open past the end of sunday is so from the start of monday on."""
    spans: list[tuple[int, int]] = []
    for day in (_DAYS.index(day) for day in window.days):
        low = day * _DAY + window.opens
        high = low + window.minutes
        spans += [(low, min(high, WEEK)), *([(0, high - WEEK)] if high > WEEK else [])]
    merged = _merge(spans)
    return None if merged == ((0, WEEK),) else merged


def _merge(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def clock_truth(world: World) -> Truth:
    """Over all hosts, whether it is known what a clock of their site shows: true or unknown."""
    zones = world.sites.facts["timezone"]
    if not isinstance(zones, Texts):
        raise TypeError("a time zone is text")
    readable = np.array(
        [read_zone(str(name)) is not None for name in (*zones.vocabulary, "")], dtype=np.bool_
    )
    known = readable[zones.codes][world.hosts.parents]
    return Truth(known, ~known)
