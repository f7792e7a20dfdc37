"""An `Inventory` in the file form, so that reading it again gives the same inventory.

What holds for most facts of a thing, its time and its source, is said once; where a fact differs, it says so itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from placelang.inventory.document import FORMAT
from placelang.inventory.model import Inventory, Record, Things
from placelang.inventory.shape import IDENTIFIED, written_facts
from placelang.inventory.values import show_time
from placelang.types import DURATION, Type, Value, Version, spell

_Written = dict[str, Any]


class _Entry(NamedTuple):
    """One fact of one thing: the keys under which it is written, its value, when it was observed, who says so, and how
    many ms it counts as known."""

    keys: tuple[str, ...]
    value: Any
    observed: int | None
    source: str | None
    life: int | None


def as_document(inventory: Inventory) -> _Written:
    """The whole inventory; times to live stand at the facts that have them."""
    shared = _all_say(inventory)
    number = len(inventory.hosts.names)
    lists = {
        f"{things.noun}s": _by_host(things, number, shared=shared)
        for things in (inventory.gpus, inventory.devices)
    }
    hosts: list[list[_Written]] = [[] for _ in inventory.sites.names]
    for site, host in zip(
        inventory.hosts.parents, _things(inventory.hosts, lists, {}, shared=shared), strict=True
    ):
        hosts[site].append(host)
    sites = _things(inventory.sites, {"hosts": hosts}, inventory.latency, shared=shared)
    return {"format": FORMAT, "sites": sites}


def _all_say(inventory: Inventory) -> bool:
    """Whether every fact has a time and a source. Only then may anything be said for all that stands in a thing: what
    says nothing must not inherit."""
    records: list[Record[Any]] = list(inventory.latency.values())
    for things in (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices):
        for group in (things.facts, things.labels, things.resources, things.sets):
            records += group.values()
    return all(None not in record.observed and None not in record.sources for record in records)


def _by_host(things: Things, hosts: int, *, shared: bool) -> list[list[_Written]]:
    """The GPUs or devices of each host."""
    inside: list[list[_Written]] = [[] for _ in range(hosts)]
    for host, thing in zip(things.parents, _things(things, {}, {}, shared=shared), strict=True):
        inside[host].append(thing)
    return inside


def _things(
    things: Things,
    lists: Mapping[str, list[list[_Written]]],
    latency: Mapping[str, Record[Value]],
    *,
    shared: bool,
) -> list[_Written]:
    facts: list[list[_Entry]] = [[] for _ in things.names]
    for keys, spec in written_facts(things.noun).items():
        _gather(facts, things.facts[spec.name], keys, writer(spec.type))
    for key, records in (("labels", things.labels), ("resources", things.resources)):
        for name, record in records.items():
            _gather(facts, record, (key, name), _as_it_is)
    for name, measured in latency.items():
        _gather(facts, measured, ("latency", name), writer(DURATION))
    sets: list[list[_Entry]] = [[] for _ in things.names]
    for name, complete in things.sets.items():
        _gather(sets, complete, (name,), _as_it_is)
    return [
        _thing(
            {"name": name} if things.noun in IDENTIFIED else {},
            facts[row],
            {entry.keys[0]: entry for entry in sets[row]},
            {key: members[row] for key, members in lists.items()},
            _commonest([*facts[row], *sets[row]]) if shared else (None, None),
        )
        for row, name in enumerate(things.names)
    ]


def _gather(
    entries: Sequence[list[_Entry]], record: Record[Any], keys: tuple[str, ...], write: Callable[[Any], Any]
) -> None:
    columns = zip(record.rows, record.values, record.observed, record.expires, record.sources, strict=True)
    for row, value, observed, end, source in columns:
        life = None if end is None or observed is None else end - observed
        entries[row].append(_Entry(keys, write(value), observed, source, life))


def _thing(
    written: _Written,
    facts: list[_Entry],
    sets: Mapping[str, _Entry],
    lists: Mapping[str, list[_Written]],
    around: tuple[int | None, str | None],
) -> _Written:
    written |= _said(*around)
    for entry in facts:
        *outer, last = entry.keys
        group = written.setdefault(outer[0], {}) if outer else written
        group[last] = _fact(entry, around)
    for key, members in lists.items():
        known = sets.get(key)
        if known is not None:
            value = _fact(known._replace(value=members), around)
            if not known.value:
                value = (value if isinstance(value, dict) else {"value": members}) | {"complete": False}
            written[key] = value
        elif members:
            written[key] = {"value": members, "complete": False}
    return written


def _commonest(entries: Iterable[_Entry]) -> tuple[int | None, str | None]:
    """The time and the source that most of these have."""
    pairs = Counter((entry.observed, entry.source) for entry in entries)
    return max(pairs, key=lambda pair: (pairs[pair], pair[0] or 0, pair[1] or ""), default=(None, None))


def _said(observed: int | None, source: str | None) -> _Written:
    said = {"observed": None if observed is None else show_time(observed), "source": source}
    return {key: text for key, text in said.items() if text is not None}


def _fact(entry: _Entry, around: tuple[int | None, str | None]) -> Any:
    """The bare value where nothing else is to be said of it."""
    own: _Written = {}
    if entry.observed != around[0]:
        own |= _said(entry.observed, None)
    if entry.source != around[1]:
        own |= _said(None, entry.source)
    if entry.life is not None:
        own["ttl"] = spell(float(entry.life), DURATION)
    return {"value": entry.value, **own} if own else entry.value


def writer(kind: Type) -> Callable[[Any], Any]:
    """What writes a value of a type as an inventory has it."""
    if kind.name == "number":
        return lambda value: int(value) if value == int(value) else value
    if kind.name == "version":
        return _text
    if kind.name == "list":
        return list
    return _as_it_is if kind.name in ("string", "bool") else lambda value: spell(value, kind)


def _text(version: Version) -> str:
    return version.text


def _as_it_is(value: Any) -> Any:
    return value
