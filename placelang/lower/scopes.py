"""Where policies bind: the hosts, and sites, for which their filters are not false.

A constraint that binds within some places only looks at the hosts there. To the scheduler it is one over a key of its
own, which exempts all other hosts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from placelang.columns import Mask, Truth
from placelang.evaluate import truth
from placelang.lower.keys import KeyColumn, domain
from placelang.policies import Within
from placelang.program import Key
from placelang.world import World
from placelang_scheduler import EXEMPT


def within_truth(within: Within | None, world: World) -> Truth:
    """Over all hosts, whether they are among those that a policy is about."""
    if within is None:
        return Truth(np.ones(len(world.hosts), dtype=np.bool_), np.zeros(len(world.hosts), dtype=np.bool_))
    holds = truth(within.predicate, world, within.noun)
    if within.noun == "host":
        return holds
    return Truth(holds.true[world.hosts.parents], holds.unknown[world.hosts.parents])


def implied(within: Within | None, holds: Truth, world: World) -> Truth:
    """Over all hosts, what `holds` comes to where it is asked only within some places."""
    if within is None:
        return holds
    about = within_truth(within, world)
    true: Mask = about.false | holds.true
    return Truth(true, ~true & ~(about.true & holds.false))


def bound_hosts(within: Within | None, world: World) -> Mask:
    """The hosts that a policy binds."""
    bound: Mask = ~within_truth(within, world).false
    return bound


def bound_sites(within: Within | None, world: World) -> Mask:
    """The sites that a policy binds, or of which it binds a host."""
    if within is None:
        return np.ones(len(world.sites), dtype=np.bool_)
    if within.noun == "site":
        return ~truth(within.predicate, world, "site").false
    found = np.zeros(len(world.sites), dtype=np.bool_)
    found[world.hosts.parents[bound_hosts(within, world)]] = True
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """The keys that exempt some hosts, by name: of each host its value, None where it has none."""

    values: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    _names: dict[tuple[Key, bytes], str] = field(default_factory=dict, repr=False)

    def looking_at(self, key: Key, column: KeyColumn, hosts: Mask) -> str:
        """What the problem calls `key` where only `hosts` are looked at."""
        if hosts.all():
            return domain(key)
        known = (key, hosts.tobytes())
        if known not in self._names:
            name = self._names[known] = f"{domain(key)}|{len(self._names)}"
            own = [column.names[v] if v >= 0 else None for v in column.values.tolist()]
            bound = hosts.tolist()
            self.values[name] = tuple(v if b else EXEMPT for v, b in zip(own, bound, strict=True))
        return self._names[known]

    def of_host(self, row: int) -> dict[str, str]:
        """The values of a host."""
        return {name: found for name, values in self.values.items() if (found := values[row]) is not None}
