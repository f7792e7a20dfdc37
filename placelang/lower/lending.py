"""Shares of GPUs: how large each is, how much of a GPU there is to share, and whose memory that is."""

from __future__ import annotations

import math

import numpy as np

from placelang.columns import Mask, Numbers, Truth, take
from placelang.program import Service, ShareNeed
from placelang.world import World
from placelang_scheduler.problem import LIMIT

SOURCE = "memory"
"""The resource of the host that shares of a unified GPU take."""


def size_of(need: ShareNeed) -> int:
    """How many bytes a share takes."""
    return min(LIMIT, math.ceil(need.amount))


def share_needs(service: Service) -> list[ShareNeed]:
    """The service's needs of shares, as written."""
    return [need for need in service.needs if isinstance(need, ShareNeed)]


def lendable(world: World) -> Numbers:
    """What shares of each GPU may come to: its memory; of one that is unified no more than its host has."""
    own = world.gpus.facts["memory"]
    host = take(world.hosts.facts["memory"], world.gpus.parents)
    if not (isinstance(own, Numbers) and isinstance(host, Numbers)):
        raise TypeError(own, host)
    both = unified(world)
    low = np.where(both, np.minimum(own.low, host.low), own.low)
    return Numbers(low, np.where(both, np.minimum(own.high, host.high), own.high))


def unified(world: World) -> Mask:
    """The GPUs that are known to have their memory in common with their host."""
    column = world.gpus.facts["unified"]
    if not isinstance(column, Truth):
        raise TypeError(column)
    return column.true
