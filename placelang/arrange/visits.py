"""Replicas that stand on a spare host for a while, as they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placelang.arrange.moving import Moving
from placelang.arrange.naming import Placed
from placelang.arrange.parts import visiting
from placelang.lower import Lowered
from placelang_runtime.part import Replica
from placelang_scheduler.steps import Act, Order


def find_visits(
    lowered: Lowered, placed: tuple[Placed, ...], moving: Sequence[Moving], found: Order
) -> Mapping[str, tuple[Replica, ...]]:
    """By site, in the order in which they come."""
    spares = [step for step in found.steps if step.spare and step.act is Act.START]
    units = {p.name: p.unit for p in placed} if spares else {}
    visits: dict[str, list[Replica]] = {}
    for step in spares:
        name = moving[step.move].name
        there = Placed(units[name], step.host, name, None, stands=False)
        site = lowered.world.sites.names[lowered.world.hosts.parents[step.host]]
        visits.setdefault(site, []).append(visiting(lowered, there))
    return {site: tuple(replicas) for site, replicas in visits.items()}
