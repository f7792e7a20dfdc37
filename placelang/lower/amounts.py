"""Quantities as the scheduler counts them: whole numbers, demands rounded up and capacities down.

cpu is in millicores, every other amount in the base unit of its type.
"""

from __future__ import annotations

import math

import numpy as np

from placelang.columns import Numbers
from placelang.program import AmountNeed
from placelang.world import World
from placelang_scheduler.problem import LIMIT

SCALE = {"cpu": 1000}
_DIGITS = 6  # 0.1 cores are 100 millicores, not the 101 that binary fractions would round up to


def demand(need: AmountNeed) -> int:
    """What one replica consumes."""
    return min(LIMIT, math.ceil(round(need.amount * SCALE.get(need.resource, 1), _DIGITS)))


def supply(resource: str, fact: str | None, world: World) -> Numbers:
    """What each host has of `resource`, in whole units; `fact` is the host fact it is taken from, if any."""
    found = world.hosts.resources[resource] if fact is None else world.hosts.facts[fact]
    if not isinstance(found, Numbers):
        raise TypeError(f"{resource} is no amount")
    scale = SCALE.get(resource, 1)
    low, high = (np.floor(np.round(side * scale, _DIGITS)) for side in (found.low, found.high))
    return Numbers(low, high)
