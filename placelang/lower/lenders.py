"""GPUs of which shares may be taken, as classes of the scheduler."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from placelang.columns import Mask, Numbers
from placelang.lower.lending import SOURCE, lendable, share_needs, size_of, unified
from placelang.lower.running import Running, things_of
from placelang.lower.units import Unit
from placelang.world import World
from placelang_scheduler import DeviceClass
from placelang_scheduler.problem import LIMIT


@dataclass(frozen=True, slots=True)
class Lending:
    """`memory` of each GPU, as far as shares go, and whether it is the host's. `taken`: what is taken now, by host and
    GPU: that much is there, whether or not it is known how much is."""

    memory: Numbers
    unified: Mask
    taken: Mapping[tuple[int, str], int]

    def lends(self, kind: str, name: str, thing: tuple[int, str, int]) -> DeviceClass:
        """The class of one GPU, of its host, name and row (-1 where only its holder knows of it)."""
        host, gpu, row = thing
        known = row >= 0 and bool(self.memory.known[row])
        have = min(LIMIT, max(0, int(self.memory.low[row]))) if known else self.taken.get((host, gpu), 0)
        return DeviceClass(name, kind, 1, have, SOURCE if row >= 0 and self.unified[row] else None)


def lending(world: World, units: tuple[Unit, ...], running: tuple[Running, ...]) -> Lending:
    """What the GPUs of the world lend, and what is taken of them."""
    taken: dict[tuple[int, str], int] = defaultdict(int)
    for r in (r for r in running if r.host >= 0):
        shares = [thing.name for thing in things_of(r.replica) if thing.way == "share"]
        for name, need in zip(shares, share_needs(units[r.unit].service), strict=False):
            taken[r.host, name] += size_of(need)
    return Lending(lendable(world), unified(world), taken)
