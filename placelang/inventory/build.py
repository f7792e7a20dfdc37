"""From a document of the right form to an `Inventory`: values in base units, rows in order, times to live applied.

What the form cannot say is found here: amounts that overflow, times that are none, names that are not unique.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from typing import Any

from placelang.codes import Code
from placelang.diagnostics import Severity, Source
from placelang.inventory import rows
from placelang.inventory.faults import Fault
from placelang.inventory.model import Inventory, Place, Raw, Record, Things
from placelang.inventory.records import Fact, Reader, Row
from placelang.inventory.shape import SETS, written_facts
from placelang.inventory.text import MOST
from placelang.inventory.values import Wrong, read_address, read_amount, read_key
from placelang.nearest import suggestion
from placelang.types import DURATION, Type, Value

MOST_NAMES = 10_000
"""How many different labels, or resources, the things of a noun may have: each is a column."""


def build(
    document: dict[str, Any], malformed: frozenset[Place], source: Source
) -> tuple[Inventory, list[Fault]]:
    """The inventory of all sites and hosts but those at `malformed` places, and what is wrong in them."""
    reader = Reader()
    file = rows.file_row(reader, document)
    sites = rows.site_rows(reader, file, malformed)
    hosts = rows.host_rows(reader, sites, malformed)
    gpus, devices = rows.gpu_rows(reader, hosts), rows.device_rows(reader, hosts)
    tables = {
        noun: _things(reader, noun, things)
        for noun, things in (("site", sites), ("host", hosts), ("gpu", gpus), ("device", devices))
    }
    if not malformed:  # else what they refer to may be malformed
        labels = {noun: (*table.labels, *table.resources) for noun, table in tables.items()}
        rows.check_lifetimes(reader, (file, *sites), labels)
        _check_latency(reader, sites)
    latency = _latency(reader, sites)
    inventory = Inventory(
        source, tables["site"], tables["host"], tables["gpu"], tables["device"], latency, reader.newest
    )
    return inventory, reader.faults


def _things(reader: Reader, noun: str, things: Sequence[Row]) -> Things:
    facts: dict[str, Record[Value]] = {}
    for keys, spec in written_facts(noun).items():
        entries = _entries(things, keys)
        read = _WORDS.get(spec.name) or _reads(spec.type)
        facts[spec.name] = reader.record(_fact(noun, keys), things, entries, read)
    return Things(
        noun=noun,
        names=tuple(row.name for row in things),
        parents=() if noun == "site" else tuple(row.parent for row in things),
        facts=facts,
        labels=_named(reader, noun, things, "labels"),
        resources=_named(reader, noun, things, "resources") if noun == "host" else {},
        sets={
            name: reader.record(_fact(noun, (name,)), things, _lists(things, name), bool)
            for name in SETS[noun]
        },
        places=tuple(row.place for row in things),
    )


_WORDS: Mapping[str, Callable[[object], Value | Wrong]] = {
    "member.key": read_key,
    "member.address": read_address,
    "arbiter.key": read_key,
    "arbiter.address": read_address,
}
"""Text that is not just any."""


def _reads(kind: Type) -> Callable[[object], Value | Wrong]:
    return partial(read_amount, kind=kind)


def _fact(noun: str, keys: tuple[str, ...], name: str | None = None) -> Fact:
    name = name or ".".join(keys)
    return Fact(keys, (f"{noun}.{name}", name, "default"))


def _entries(things: Sequence[Row], keys: tuple[str, ...]) -> dict[int, Any]:
    if len(keys) == 1:
        written = [row.written.get(keys[0]) for row in things]
    else:
        written = [(row.written.get(keys[0]) or {}).get(keys[1]) for row in things]
    return {index: entry for index, entry in enumerate(written) if entry is not None}


def _lists(things: Sequence[Row], key: str) -> dict[int, Any]:
    """For each list, whether it is complete."""
    return {
        index: written | {"value": None if written["value"] is None else written.get("complete", True)}
        if isinstance(written, dict)
        else True
        for index, written in _entries(things, (key,)).items()
    }


def _by_name(things: Sequence[Row], key: str, names: Container[str]) -> dict[str, dict[int, Any]]:
    """The entries of each of `names` that the map `key` of any thing holds, by name."""
    found: dict[str, dict[int, Any]] = {}
    for index, row in enumerate(things):
        for name, written in (row.written.get(key) or {}).items():
            if written is not None and name in names:
                found.setdefault(name, {})[index] = written
    return dict(sorted(found.items()))


def _named(reader: Reader, noun: str, things: Sequence[Row], key: str) -> dict[str, Record[Raw]]:
    def as_written(written: Raw) -> Raw | Wrong:
        return written

    names: set[str] = set()
    for row in things:
        names |= (row.written.get(key) or {}).keys()
        if len(names) > MOST_NAMES:
            wrong = Wrong(Code.TOO_LARGE, f"there are more than {MOST_NAMES:,} different {key} of {noun}s")
            reader.faults.append(Fault((*row.place, key), wrong, at_key=True))
            return {}
    return {
        name: reader.record(_fact(noun, (key, name), name), things, entries, as_written)
        for name, entries in _by_name(things, key, names).items()
    }


def _latency(reader: Reader, sites: Sequence[Row]) -> dict[str, Record[Value]]:
    latency: dict[str, Record[Value]] = {}
    for other, entries in _by_name(sites, "latency", {row.name for row in sites}).items():
        fact = _fact("site", ("latency", other), "latency")
        latency[other] = reader.record(fact, sites, entries, _reads(DURATION))
    return latency


def _check_latency(reader: Reader, sites: Sequence[Row]) -> None:
    """Warns of sites that there are not, each once: they may have been closed, or misspelt."""
    names = [row.name for row in sites]
    known = set(names)
    for row in sites:
        for other in row.written.get("latency") or ():
            if other not in known and len(reader.faults) <= MOST:  # no more are shown
                known.add(other)
                wrong = Wrong(Code.UNKNOWN_NAME, f"there is no site `{other}`", suggestion(other, names))
                place = (*row.place, "latency", other)
                reader.faults.append(Fault(place, wrong, at_key=True, severity=Severity.WARNING))
