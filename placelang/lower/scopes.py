"""Where policies bind: the hosts, and sites, for which their filters are not false."""

from __future__ import annotations

import numpy as np

from placelang.columns import Mask, Truth
from placelang.evaluate import truth
from placelang.policies import Within
from placelang.world import World


def within_truth(within: Within | None, world: World) -> Truth:
    """Over all hosts, whether they are among those that a policy is about."""
    if within is None:
        return Truth(np.ones(len(world.hosts), dtype=np.bool_), np.zeros(len(world.hosts), dtype=np.bool_))
    holds = truth(within.predicate, world, within.noun)
    if within.noun == "host":
        return holds
    return Truth(holds.true[world.hosts.parents], holds.unknown[world.hosts.parents])


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
