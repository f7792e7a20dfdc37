"""`alter`: the inventory that a test gives, made of the one that it names.

Enters an `Inventory` and what is given, in order. Leaves the changed inventory, and a diagnostic for each name that
the inventory does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, assert_never

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Label
from placelang.expectations import Given, GivenFact, GivenGone, GivenLike, GivenUp, Named, Recorded
from placelang.inventory import Inventory, Record, Things
from placelang.inventory.model import Raw
from placelang.nearest import suggestion
from placelang.testing.things import Entry, tables, with_copies, with_record, without
from placelang.types import Type, Value, Version, spell

V = TypeVar("V")

FIELDS = {"site": "sites", "host": "hosts", "gpu": "gpus", "device": "devices"}
"""Where an inventory has the things of a noun."""


def alter(inventory: Inventory, given: Sequence[Given]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """The inventory with all that is given; what names nothing in it changes nothing."""
    changed = replace(inventory, newest=inventory.newest or 0)  # out of date is what is older than some time
    faults: list[Diagnostic] = []
    for one in given:
        changed = _altered(changed, one, faults)
    return changed, tuple(faults)


def unknown(noun: str, named: Named, names: Iterable[str], inventory: Inventory) -> Diagnostic:
    """There is no thing of that name."""
    message = f"there is no {noun} `{named.text}` in {inventory.source.path}"
    return Diagnostic(Code.UNKNOWN_NAME, message, named.span, hint=suggestion(named.text, names))


def _altered(inventory: Inventory, given: Given, faults: list[Diagnostic]) -> Inventory:
    match given:
        case GivenUp(site=site):
            row = _row(inventory, "site", site, faults)
            hosts = [h for h, parent in enumerate(inventory.hosts.parents) if parent == row]
            return inventory if row is None else _with_fact(inventory, given, hosts)
        case GivenFact(noun=noun, subject=subject):
            row = _row(inventory, noun, subject, faults)
            return inventory if row is None else _with_fact(inventory, given, [row])
        case GivenGone(noun=noun, subject=subject):
            row = _row(inventory, noun, subject, faults)
            return inventory if row is None else without(inventory, noun, row)
        case GivenLike():
            return _with_like(inventory, given, faults)
    assert_never(given)


def _row(inventory: Inventory, noun: str, named: Named, faults: list[Diagnostic]) -> int | None:
    names = tables(inventory)[noun].names
    if named.text in names:
        return names.index(named.text)
    faults.append(unknown(noun, named, names, inventory))
    return None


def _with_like(inventory: Inventory, given: GivenLike, faults: list[Diagnostic]) -> Inventory:
    noun, subject = given.noun, given.subject
    row = _row(inventory, noun, given.model, faults)
    if subject.text in tables(inventory)[noun].names:
        message = f"there is a {noun} `{subject.text}` in {inventory.source.path} already"
        hint = "give the new one another name"
        faults.append(Diagnostic(Code.DUPLICATE, message, subject.span, hint=hint))
        return inventory
    if not subject.text.isprintable() or not subject.text.strip():
        faults.append(Diagnostic(Code.MALFORMED, f"this is no name of a {noun}", subject.span))
        return inventory
    if row is None:
        return inventory
    if noun == "host":
        site = inventory.sites.names[inventory.hosts.parents[row]]
        return with_copies(inventory, noun, [Entry(row, subject.text, site)])
    host = _host_of(subject.text, inventory)
    if host is None:
        message = f"a {noun} is called by its host and its own name, and `{subject.text}` begins with no host"
        hint = f"write `HOST/{subject.text.rpartition('/')[2]}` with the name of a host"
        labels = (Label(given.model.span, "as this one is"),)
        faults.append(Diagnostic(Code.UNKNOWN_NAME, message, subject.span, labels, hint=hint))
        return inventory
    return with_copies(inventory, noun, [Entry(row, subject.text, host)])


def _host_of(name: str, inventory: Inventory) -> str | None:
    """The host in whose name the name begins; names may have slashes of their own."""
    hosts = set(inventory.hosts.names)
    cuts = [at for at, character in enumerate(name) if character == "/" and at < len(name) - 1]
    return next((name[:at] for at in reversed(cuts) if name[:at] in hosts), None)


# --- records -------------------------------------------------------------------------------------------------------


def _with_fact(inventory: Inventory, given: GivenFact | GivenUp, rows: Sequence[int]) -> Inventory:
    at = inventory.newest or 0
    if isinstance(given, GivenUp):
        up = _put(inventory.hosts.facts, "up", rows, given.up, at)
        return replace(inventory, hosts=replace(inventory.hosts, facts=up))
    things = tables(inventory)[given.noun]
    return replace(inventory, **{FIELDS[given.noun]: _recorded(things, given, rows, at)})  # type: ignore[arg-type]


def _recorded(things: Things, given: GivenFact, rows: Sequence[int], at: int) -> Things:
    name, value = given.fact, given.value
    raw = None if value is None else _raw(value, given.type)
    match given.recorded:
        case Recorded.FACT:
            return replace(things, facts=_put(things.facts, name, rows, value, at))
        case Recorded.LABEL:
            return replace(things, labels=_put(things.labels, name, rows, raw, at))
        case Recorded.RESOURCE:
            return replace(things, resources=_put(things.resources, name, rows, raw, at))
        case Recorded.LIST:
            return replace(things, sets=_put(things.sets, name, rows, None, at))
    assert_never(given.recorded)


def _put(
    records: Mapping[str, Record[V]], name: str, rows: Sequence[int], value: V | None, at: int
) -> dict[str, Record[V]]:
    record = records.get(name)
    for row in rows:
        record = with_record(record, row, value, at)
    return dict(records) | ({} if record is None else {name: record})


def _raw(value: Value, kind: Type) -> Raw:
    """The value as a label or an amount of a resource is written in an inventory."""
    match value:
        case tuple():
            return [_raw(item, kind.element or kind) for item in value]
        case Version():
            return value.text
        case bool() | str():
            return value
        case _:
            return value if kind.name == "number" else spell(value, kind)
