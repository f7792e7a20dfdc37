"""`Reach`: which sites are within the limits of a link, as far as is known.

A network joins sites: inside one, latency counts as nothing and nothing goes over the uplink. Between two, the latency
is what the linked one measured, and the bandwidth what the uplinks of both carry. What nobody measured is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from placelang.columns import Numbers, Truth
from placelang.evaluate import Asked, Missing
from placelang.program import Link
from placelang.types import BANDWIDTH, DURATION
from placelang.world import World
from placelang_scheduler.problem import LIMIT

UPLINK = "uplink.bandwidth"
_FINE = 1000
"""Latencies are counted in thousandths of a millisecond."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The limits of `clause` between the sites of `world`, by row."""

    clause: Link
    world: World

    def of(self, target: int) -> Truth:
        """Of every site, whether `target` is within the limits."""
        size = len(self.world.sites)
        false, unknown = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        if self.clause.latency is not None:
            unknown[:] = True
            for row, latency in self._measured(target).items():
                unknown[row], false[row] = False, latency > self.clause.latency
        if self.clause.bandwidth is not None:
            uplinks = uplinks_of(self.world)
            low, high = uplinks.low >= self.clause.bandwidth, uplinks.high >= self.clause.bandwidth
            false |= ~(high & high[target])
            unknown |= ~(low & low[target])
        false[target] = unknown[target] = False
        unknown &= ~false
        return Truth(~false & ~unknown, unknown)

    def _measured(self, target: int) -> Mapping[int, float]:
        return self.world.latency.get(self.world.sites.names[target], {})

    def latency(self, source: int, target: int) -> float | None:
        """The latency from one site to another in ms."""
        return 0.0 if source == target else self._measured(target).get(source)

    def missing(self, source: int, target: int) -> Iterator[Missing]:
        """The facts that would tell whether `target` is within the limits of `source`."""
        names, limit = self.world.sites.names, self.clause.latency
        if limit is not None and self.latency(source, target) is None:
            fact = f'latency("{names[target]}")'
            asked = Asked("<=", limit, DURATION)
            yield Missing("site", names[source], fact, (asked,), self._age(source, fact))
        if self.clause.bandwidth is not None:
            asked = Asked(">=", self.clause.bandwidth, BANDWIDTH)
            for row in (source, target):
                if uplinks_of(self.world).value(row) is None:
                    yield Missing("site", names[row], UPLINK, (asked,), self._age(row, UPLINK))

    def _age(self, row: int, fact: str) -> int | None:
        stale = (s for s in self.world.stale if (s.noun, s.row, s.fact) == ("site", row, fact))
        return next((s.age_ms for s in stale), None)


def uplinks_of(world: World) -> Numbers:
    """What the uplink of each site carries."""
    found = world.sites.facts[UPLINK]
    if not isinstance(found, Numbers):
        raise TypeError(UPLINK)
    return found


def fine(latency: float) -> int:
    """A latency in ms as the scheduler counts it."""
    return min(LIMIT, math.ceil(round(latency * _FINE, 6)))
