"""Who watches over each site: the hosts that the inventory knows by key and address, and its arbiter."""

from __future__ import annotations

from collections.abc import Mapping

from placelang.columns import Column
from placelang.lower import Lowered
from placelang_runtime.part import Member

ALONE = 1
"""A host alone has nobody to watch, and nobody to ask."""


def find_members(lowered: Lowered) -> Mapping[int, tuple[Member, ...]]:
    """By site, its members by name, the arbiter last; none unless all hosts of the site are known."""
    world = lowered.world
    hosts = world.hosts.facts["member.key"], world.hosts.facts["member.address"]
    arbiters = world.sites.facts["arbiter.key"], world.sites.facts["arbiter.address"]
    by_site: dict[int, list[int]] = {}
    for row, site in enumerate(world.hosts.parents):
        by_site.setdefault(int(site), []).append(row)
    found = {}
    for site, rows in by_site.items():
        known = [_known(*hosts, row, world.hosts.names[row]) for row in rows]
        members = tuple(member for member in known if member is not None)
        if len(members) == len(rows) > ALONE:
            arbiter = _known(*arbiters, site, f"arbiter of {world.sites.names[site]}")
            last = () if arbiter is None else (arbiter.model_copy(update={"arbiter": True}),)
            found[site] = (*members, *last)
    return found


def _known(keys: Column, addresses: Column, row: int, name: str) -> Member | None:
    key, address = keys.value(row), addresses.value(row)
    return None if key is None or address is None else Member(name=name, key=str(key), address=str(address))
