"""`apart`: an inventory taken to pieces, some sites in each.

A piece is an inventory by itself: rows in the same order, nothing of other sites but the round trips to them. What
other sites measured to a site of the piece, that one is taken to have measured, unless it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from placelang.inventory import Inventory, Record, Things
from placelang.types import Value

V = TypeVar("V")

Homes = Sequence[tuple[int, int]]
"""For each row, the piece that it is in and its row there; (-1, -1) for what is in none."""


def apart(inventory: Inventory, pieces: Sequence[Sequence[int]]) -> tuple[Inventory, ...]:
    """One inventory for each of `pieces`, which are rows of sites, ascending; no site is in two of them."""
    count = len(pieces)
    piece_of = {row: piece for piece, rows in enumerate(pieces) for row in rows}
    sites = _homes([piece_of.get(row, -1) for row in range(len(inventory.sites.names))], count)
    hosts = _homes([sites[parent][0] for parent in inventory.hosts.parents], count)
    gpus = _homes([hosts[parent][0] for parent in inventory.gpus.parents], count)
    devices = _homes([hosts[parent][0] for parent in inventory.devices.parents], count)
    latency = _by_piece(_both_ways(inventory), sites, count)
    tables = zip(
        _things(inventory.sites, sites, None, count),
        _things(inventory.hosts, hosts, sites, count),
        _things(inventory.gpus, gpus, hosts, count),
        _things(inventory.devices, devices, hosts, count),
        latency,
        strict=True,
    )
    return tuple(
        replace(inventory, sites=s, hosts=h, gpus=g, devices=d, latency=measured)
        for s, h, g, d, measured in tables
    )


def _homes(pieces: Sequence[int], count: int) -> Homes:
    sizes = [0] * count
    homes = []
    for piece in pieces:
        if piece < 0:
            homes.append((-1, -1))
        else:
            homes.append((piece, sizes[piece]))
            sizes[piece] += 1
    return homes


def _things(things: Things, homes: Homes, parents: Homes | None, count: int) -> list[Things]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, (piece, _) in enumerate(homes):
        if piece >= 0:
            rows[piece].append(row)
    facts, labels = _by_piece(things.facts, homes, count), _by_piece(things.labels, homes, count)
    resources, sets = _by_piece(things.resources, homes, count), _by_piece(things.sets, homes, count)
    return [
        Things(
            noun=things.noun,
            names=tuple(things.names[row] for row in own),
            parents=() if parents is None else tuple(parents[things.parents[row]][1] for row in own),
            facts=facts[piece],
            labels=labels[piece],
            resources=resources[piece],
            sets=sets[piece],
            places=tuple(things.places[row] for row in own),
        )
        for piece, own in enumerate(rows)
    ]


Entry = tuple[V, int | None, int | None, str | None]
"""What a record holds of one row."""


def _entries(record: Record[V]) -> dict[int, Entry[V]]:
    columns = zip(record.values, record.observed, record.expires, record.sources, strict=True)
    return dict(zip(record.rows, columns, strict=True))


def _record(entries: Mapping[int, Entry[V]]) -> Record[V]:
    rows = tuple(sorted(entries))
    return Record(
        rows,
        tuple(entries[row][0] for row in rows),
        tuple(entries[row][1] for row in rows),
        tuple(entries[row][2] for row in rows),
        tuple(entries[row][3] for row in rows),
    )


def _by_piece(records: Mapping[str, Record[V]], homes: Homes, count: int) -> list[dict[str, Record[V]]]:
    """The records of each piece: every name in all of them, as what has no entry is unknown everywhere alike."""
    found: list[dict[str, Record[V]]] = [{} for _ in range(count)]
    for name, record in records.items():
        dealt: list[dict[int, Entry[V]]] = [{} for _ in range(count)]
        for row, entry in _entries(record).items():
            piece, own = homes[row]
            if piece >= 0:
                dealt[piece][own] = entry
        for piece, entries in enumerate(dealt):
            found[piece][name] = _record(entries)
    return found


def _both_ways(inventory: Inventory) -> dict[str, Record[Value]]:
    """The round trips as either end has measured them, its own measure first."""
    names = inventory.sites.names
    rows = {name: row for row, name in enumerate(names)}
    entries = {name: _entries(record) for name, record in inventory.latency.items()}
    for name in [name for name in entries if name in rows]:
        for row, entry in [*entries[name].items()]:
            entries.setdefault(names[row], {}).setdefault(rows[name], entry)
    return {name: _record(own) for name, own in entries.items()}
