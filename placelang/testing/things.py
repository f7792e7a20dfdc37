"""An inventory with a thing more or less, or with another record of a fact. Rows stay in the order that `Inventory`
states; what stands in a thing goes and comes with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from placelang.inventory import Inventory, Record, Things

V = TypeVar("V")

SOURCE = "test"
"""Who says what a test gives."""


class Entry(NamedTuple):
    """A thing of a changed inventory: the `row` that it had, or that of the thing it is like; names of what it stands
    in are unique, so `parent` is one."""

    row: int
    name: str
    parent: str


Entries = dict[str, list[Entry]]


def without(inventory: Inventory, noun: str, row: int) -> Inventory:
    """The inventory without one thing and all that stands in it."""
    kept = _entries(inventory)
    gone = {kept[noun].pop(row).name}
    for inner in _INNER[noun]:
        lost = {e.name for e in kept[inner] if e.parent in gone}
        kept[inner] = [e for e in kept[inner] if e.parent not in gone]
        gone = lost if inner == "host" else gone
    return _rebuilt(inventory, kept)


def with_copies(inventory: Inventory, noun: str, copies: Sequence[Entry]) -> Inventory:
    """The inventory with one more thing for each of `copies`, which is like that in its row; and so for all that stands
    in it."""
    entries = _entries(inventory)
    models = entries[noun][:]
    entries[noun] += copies
    for inner in _INNER[noun]:
        inside: dict[str, list[Entry]] = {}
        for e in entries[inner]:
            inside.setdefault(e.parent, []).append(e)
        entries[inner] += [
            Entry(e.row, copy.name + e.name.removeprefix(models[copy.row].name), copy.name)
            for copy in copies
            for e in inside.get(models[copy.row].name, ())
        ]
    return _rebuilt(inventory, entries)


def with_record(record: Record[V] | None, row: int, value: V | None, at: int) -> Record[V]:
    """The record with `value` of one row, observed `at` that time; None is unknown: what is recorded is out of date,
    and nobody reads it."""
    old: Record[V] = record or Record((), (), (), (), ())
    place = bisect_left(old.rows, row)
    recorded = place < len(old.rows) and old.rows[place] == row
    entry: tuple[V | None, int | None, int | None, str | None] = (value, at, None, SOURCE)
    if value is None:
        before = (old.values[place], old.observed[place] or at) if recorded else (None, at)
        entry = (*before, min(at, 0) - 1, SOURCE)
    return _with_entry(old, row, entry)


def _with_entry(record: Record[V] | None, row: int, entry: Sequence[object]) -> Record[V]:
    """The record with an entry for one row: value, time, end and source."""
    old: Record[V] = record or Record((), (), (), (), ())
    place = bisect_left(old.rows, row)
    recorded = place < len(old.rows) and old.rows[place] == row
    columns = (old.rows, old.values, old.observed, old.expires, old.sources)
    changed = [
        (*column[:place], item, *column[place + recorded :])
        for column, item in zip(columns, (row, *entry), strict=True)
    ]
    return Record(*changed)  # type: ignore[arg-type]


_INNER = {"site": ("host", "gpu", "device"), "host": ("gpu", "device"), "gpu": (), "device": ()}
"""What stands in a thing; hosts come before what stands in them."""


def tables(inventory: Inventory) -> Mapping[str, Things]:
    """The tables by noun."""
    return {
        "site": inventory.sites,
        "host": inventory.hosts,
        "gpu": inventory.gpus,
        "device": inventory.devices,
    }


def _entries(inventory: Inventory) -> Entries:
    above = {"host": inventory.sites.names, "gpu": inventory.hosts.names, "device": inventory.hosts.names}
    return {
        noun: [
            Entry(row, name, above[noun][things.parents[row]] if noun in above else "")
            for row, name in enumerate(things.names)
        ]
        for noun, things in tables(inventory).items()
    }


def _rebuilt(inventory: Inventory, entries: Entries) -> Inventory:
    sites = sorted(entries["site"], key=lambda e: e.name)
    hosts = sorted(entries["host"], key=lambda e: e.name)
    gpus = sorted(entries["gpu"], key=lambda e: e.parent)  # of one host: as listed
    devices = sorted(entries["device"], key=lambda e: (e.parent, e.name))
    site_rows = {e.name: row for row, e in enumerate(sites)}
    host_rows = {e.name: row for row, e in enumerate(hosts)}
    return replace(
        inventory,
        sites=_taken(inventory.sites, sites, None),
        hosts=_taken(inventory.hosts, hosts, site_rows),
        gpus=_taken(inventory.gpus, gpus, host_rows),
        devices=_taken(inventory.devices, devices, host_rows),
        latency=_all(inventory.latency, sites),
    )


def _taken(things: Things, entries: Sequence[Entry], parents: Mapping[str, int] | None) -> Things:
    return replace(
        things,
        names=tuple(e.name for e in entries),
        parents=() if parents is None else tuple(parents[e.parent] for e in entries),
        facts=_all(things.facts, entries),
        labels=_all(things.labels, entries),
        resources=_all(things.resources, entries),
        sets=_all(things.sets, entries),
        places=tuple(things.places[e.row] for e in entries),
    )


def _all(records: Mapping[str, Record[V]], entries: Sequence[Entry]) -> dict[str, Record[V]]:
    return {name: _of(record, entries) for name, record in records.items()}


def _of(record: Record[V], entries: Sequence[Entry]) -> Record[V]:
    indices = {row: index for index, row in enumerate(record.rows)}
    found = [(row, indices[e.row]) for row, e in enumerate(entries) if e.row in indices]
    return Record(
        tuple(row for row, _ in found),
        tuple(record.values[i] for _, i in found),
        tuple(record.observed[i] for _, i in found),
        tuple(record.expires[i] for _, i in found),
        tuple(record.sources[i] for _, i in found),
    )
