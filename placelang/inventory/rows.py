"""The things of a document in the order of an inventory's rows, each with what it inherits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from placelang.codes import Code
from placelang.facts import FACTS
from placelang.inventory.faults import Fault
from placelang.inventory.model import Place
from placelang.inventory.records import Lifetimes, Reader, Row
from placelang.inventory.shape import SETS
from placelang.inventory.values import Wrong
from placelang.nearest import suggestion


def file_row(reader: Reader, document: dict[str, Any]) -> Row:
    """What holds for the whole file."""
    observed = reader.time(document.get("observed"), (), None)
    lifetimes = _lifetimes(reader, document, (), {})
    return Row(document, (), 0, "", observed, document.get("source"), lifetimes)


class _Member(NamedTuple):
    """A thing as it is written, the row of what it stands in, and the one from which it inherits."""

    around: Row
    parent: int
    written: dict[str, Any]
    place: Place


def site_rows(reader: Reader, file: Row, malformed: frozenset[Place]) -> list[Row]:
    """The sites by name, without those that are malformed."""
    members = [_Member(file, 0, site, ("sites", index)) for index, site in enumerate(file.written["sites"])]
    rows = [
        _row(reader, member, member.written["name"]) for member in members if member.place not in malformed
    ]
    return _unique(reader, sorted(rows, key=lambda row: row.name), "site")


def host_rows(reader: Reader, sites: Sequence[Row], malformed: frozenset[Place]) -> list[Row]:
    """The hosts of all sites by name, without those that are malformed."""
    members = _members(reader, sites, "hosts")
    rows = [
        _row(reader, member, member.written["name"]) for member in members if member.place not in malformed
    ]
    return _unique(reader, sorted(rows, key=lambda row: row.name), "host")


def gpu_rows(reader: Reader, hosts: Sequence[Row]) -> list[Row]:
    """The GPUs by host and as listed; `gbg-1/gpu0` is how the first of a host is called."""
    members = _members(reader, hosts, "gpus")
    return [_row(reader, member, f"{member.around.name}/gpu{member.place[-1]}") for member in members]


def device_rows(reader: Reader, hosts: Sequence[Row]) -> list[Row]:
    """The devices by host and name; one without a name is called by its place in the list."""
    rows = []
    for member in _members(reader, hosts, "devices"):
        name = member.written.get("name")
        name = name.get("value") if isinstance(name, dict) else name
        called = name or f"device{member.place[-1]}"
        rows.append(_row(reader, member, f"{member.around.name}/{called}"))
    return _unique(reader, sorted(rows, key=lambda row: (row.parent, row.name)), "device")


def _members(reader: Reader, parents: Iterable[Row], key: str) -> Iterator[_Member]:
    """What the list `key` of each of `parents` holds."""
    for index, row in enumerate(parents):
        written = row.written.get(key)
        place: Place = (*row.place, key)
        around = row
        if isinstance(written, dict):
            observed = reader.time(written.get("observed"), place, row.observed)
            around = replace(row, observed=observed, source=written.get("source") or row.source)
            place, written = (*place, "value"), written["value"]
        for at, thing in enumerate(written or ()):
            yield _Member(around, index, thing, (*place, at))


def _row(reader: Reader, member: _Member, name: str) -> Row:
    around, parent, written, place = member
    return Row(
        written,
        place,
        parent,
        name,
        reader.time(written.get("observed"), place, around.observed),
        written.get("source") or around.source,
        _lifetimes(reader, written, place, around.lifetimes),
    )


def _lifetimes(reader: Reader, written: dict[str, Any], place: Place, around: Lifetimes) -> Lifetimes:
    given = written.get("ttl")
    if not given:
        return around
    return dict(around) | {
        name: reader.lifetime(life, (*place, "ttl", name)) or 0 for name, life in given.items()
    }


def check_lifetimes(reader: Reader, rows: Iterable[Row], named: Mapping[str, Iterable[str]]) -> None:
    """Refuses times to live of facts that there are not; `named` holds the labels and resources of each noun."""
    known = {"default"}
    for noun, lists in SETS.items():
        for name in (*FACTS[noun], *lists, *named[noun]):
            known |= {name, f"{noun}.{name}"}
    for row in rows:
        for name in row.written.get("ttl") or ():
            if name not in known:
                wrong = Wrong(Code.UNKNOWN_KEY, f"there is no fact `{name}`", suggestion(name, sorted(known)))
                reader.faults.append(Fault((*row.place, "ttl", name), wrong, at_key=True))


def _unique(reader: Reader, rows: list[Row], noun: str) -> list[Row]:
    """`rows` as they are; names that two have, or that no terminal should be shown, are faults."""
    first: dict[str, Place] = {}
    for row in sorted(rows, key=lambda row: _document_order(row.place)):
        place = (*row.place, "name")
        name = row.name.rpartition("/")[2] if noun == "device" else row.name
        if row.name in first:
            wrong = Wrong(Code.DUPLICATE, f"another {noun} is called {name}", "give each a name of its own")
            reader.faults.append(Fault(place, wrong, first=first[row.name]))
        elif not name.isprintable() or name != name.strip():
            message = "a name is made of characters that can be seen, and has no space around it"
            reader.faults.append(Fault(place, Wrong(Code.OUT_OF_RANGE, message)))
        first.setdefault(row.name, place)
    return rows


def _document_order(place: Place) -> tuple[int, ...]:
    return tuple(step for step in place if isinstance(step, int))
