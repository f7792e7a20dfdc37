"""A few sites of an inventory by themselves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from placelang.inventory.model import Inventory, Record, Things

V = TypeVar("V")


def only_sites(inventory: Inventory, sites: Sequence[int], inside: Iterable[int]) -> Inventory:
    """The inventory with these sites alone, rows in rising order, and with the hosts `inside` them."""
    chosen = {site: own for own, site in enumerate(sites)}
    hosts = {row: own for own, row in enumerate(sorted(inside))}
    return replace(
        inventory,
        sites=_only(inventory.sites, chosen, {}),
        hosts=_only(inventory.hosts, hosts, chosen),
        gpus=_members(inventory.gpus, hosts),
        devices=_members(inventory.devices, hosts),
        latency={
            name: _rows(record, chosen)
            for name, record in inventory.latency.items()
            if name in {inventory.sites.names[site] for site in sites}
        },
    )


def renamed(inventory: Inventory, sites: Sequence[str], hosts: Sequence[str]) -> Inventory:
    """The inventory with other names for its sites and hosts; what has a name of its own inside a host keeps that."""

    def inside(things: Things) -> Things:
        before = inventory.hosts.names
        names = [
            hosts[host] + name.removeprefix(before[host]) if name.startswith(f"{before[host]}/") else name
            for name, host in zip(things.names, things.parents, strict=True)
        ]
        return replace(things, names=tuple(names))

    return replace(
        inventory,
        sites=replace(inventory.sites, names=tuple(sites)),
        hosts=replace(inventory.hosts, names=tuple(hosts)),
        gpus=inside(inventory.gpus),
        devices=inside(inventory.devices),
    )


def _members(things: Things, hosts: Mapping[int, int]) -> Things:
    rows: list[int] = []
    for host in hosts:
        at = bisect_left(things.parents, host)
        while at < len(things.parents) and things.parents[at] == host:
            rows.append(at)
            at += 1
    return _only(things, {row: own for own, row in enumerate(rows)}, hosts)


def _only(things: Things, rows: Mapping[int, int], parents: Mapping[int, int]) -> Things:
    def records(of: Mapping[str, Record[V]]) -> dict[str, Record[V]]:
        return {name: _rows(record, rows) for name, record in of.items()}

    return replace(
        things,
        names=tuple(things.names[row] for row in rows),
        parents=tuple(parents[things.parents[row]] for row in rows) if things.parents else (),
        facts=records(things.facts),
        labels=records(things.labels),
        resources=records(things.resources),
        sets=records(things.sets),
        places=tuple(things.places[row] for row in rows),
    )


def _rows(record: Record[V], rows: Mapping[int, int]) -> Record[V]:
    found = []
    for row in rows:
        at = bisect_left(record.rows, row)
        if at < len(record.rows) and record.rows[at] == row:
            found.append(at)
    return Record(
        tuple(rows[record.rows[at]] for at in found),
        tuple(record.values[at] for at in found),
        tuple(record.observed[at] for at in found),
        tuple(record.expires[at] for at in found),
        tuple(record.sources[at] for at in found),
    )
