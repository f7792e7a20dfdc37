"""Hosts that are added: each is like a host of the inventory, or like one of another inventory, a catalogue of kinds.

A host that is added is up and not drained, whatever the one is that it is like; what a catalogue says never goes out of
date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from placelang.inventory import Inventory, Record, Things
from placelang.testing.things import Entry, tables, with_copies, with_record
from placelang.whatif.pieces import apart

V = TypeVar("V")

_APART = "\0"
"""Begins the names of a catalogue's things while they stand beside those of an inventory, whose names have none."""


@dataclass(frozen=True, slots=True)
class Added:
    """`names` are new hosts at `site`, like the host `kind`."""

    kind: str
    site: str
    names: tuple[str, ...]


def new_names(kind: str, count: int, taken: frozenset[str]) -> tuple[str, ...]:
    """`gbg-1+1`, `gbg-1+2`, …: names for hosts like `kind` that no host has."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        if f"{kind}+{number}" not in taken:
            found.append(f"{kind}+{number}")
    return tuple(found)


def with_hosts(inventory: Inventory, added: Sequence[Added], catalogue: Inventory | None = None) -> Inventory:
    """The inventory with more hosts. A kind that the catalogue has is the catalogue's."""
    kinds = frozenset(catalogue.hosts.names) if catalogue is not None else frozenset[str]()
    both = inventory if catalogue is None else _beside(inventory, catalogue)
    rows = {name: row for row, name in enumerate(both.hosts.names)}
    copies = [
        Entry(rows[_APART + one.kind if one.kind in kinds else one.kind], name, one.site)
        for one in added
        for name in one.names
    ]
    found = with_copies(both, "host", copies)
    if catalogue is not None:
        found = _without_catalogue(found)
    return _ready(found, frozenset(name for one in added for name in one.names))


def _ready(inventory: Inventory, names: frozenset[str]) -> Inventory:
    facts = dict(inventory.hosts.facts)
    at = inventory.newest or 0
    for row, name in enumerate(inventory.hosts.names):
        if name in names:
            facts["up"] = with_record(facts.get("up"), row, True, at)
            facts["draining"] = with_record(facts.get("draining"), row, False, at)
    return replace(inventory, hosts=replace(inventory.hosts, facts=facts))


def _beside(inventory: Inventory, catalogue: Inventory) -> Inventory:
    """Both in one, the catalogue's rows after the inventory's."""
    own, other = tables(inventory), tables(catalogue)
    above = {"site": None, "host": "site", "gpu": "host", "device": "host"}
    first = {noun: len(own[noun].names) for noun in own}
    joined = {
        noun: _joined(own[noun], other[noun], first[above[noun] or "site"])
        for noun in ("site", "host", "gpu", "device")
    }
    return replace(
        inventory, sites=joined["site"], hosts=joined["host"], gpus=joined["gpu"], devices=joined["device"]
    )


def _joined(own: Things, other: Things, parents: int) -> Things:
    start = len(own.names)
    return replace(
        own,
        names=(*own.names, *(_APART + name for name in other.names)),
        parents=(*own.parents, *(parent + parents for parent in other.parents)),
        facts=_records(own.facts, other.facts, start),
        labels=_records(own.labels, other.labels, start),
        resources=_records(own.resources, other.resources, start),
        sets=_records(own.sets, other.sets, start),
        places=(*own.places, *other.places),
    )


def _records(
    own: Mapping[str, Record[V]], other: Mapping[str, Record[V]], start: int
) -> dict[str, Record[V]]:
    none: Record[V] = Record((), (), (), (), ())
    return {
        name: _record(own.get(name, none), other.get(name, none), start)
        for name in dict.fromkeys((*own, *other))
    }


def _record(own: Record[V], other: Record[V], start: int) -> Record[V]:
    return Record(
        (*own.rows, *(row + start for row in other.rows)),
        (*own.values, *other.values),
        (*own.observed, *other.observed),
        (*own.expires, *(None for _ in other.rows)),
        (*own.sources, *other.sources),
    )


def _without_catalogue(inventory: Inventory) -> Inventory:
    """Without the catalogue's own sites and hosts."""
    own = [row for row, name in enumerate(inventory.sites.names) if not name.startswith(_APART)]
    return apart(inventory, [own])[0]
