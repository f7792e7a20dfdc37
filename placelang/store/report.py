"""Reports: what one source says of one thing, between an inventory's columns and the store's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from placelang.inventory import Inventory
from placelang.inventory.model import Record, Things
from placelang.store.error import StoreError
from placelang.types import Version

SETS: Final = "sets."
LABELS: Final = "labels."
RESOURCES: Final = "resources."
LATENCY: Final = "latency."
_UNSAID: Final = "unsaid"


@dataclass(slots=True)
class Said:
    """What a source says of one fact."""

    value: object
    observed: int | None
    life: int | None


@dataclass(slots=True)
class Report:
    """What `source` says of the `noun` called `name`, by fact; labels, resources, lists and latencies have a prefix.
    A list is whether it is complete, then the names of what is in it; the hosts of a site name it themselves."""

    noun: str
    name: str
    parent: str | None
    source: str
    facts: dict[str, Said] = field(default_factory=dict)

    @property
    def seen(self) -> int | None:
        """When the source last heard of the thing."""
        return max((said.observed for said in self.facts.values() if said.observed is not None), default=None)


def reports_of(inventory: Inventory, *, source: str | None = None) -> Iterator[Report]:
    """All that the inventory says, thing by thing and source by source; `source` speaks where the inventory names none.
    Of every thing there is a report, though it may say nothing."""
    hosts = inventory.hosts.names
    members = {
        f"{things.noun}s": _members(things, len(hosts)) for things in (inventory.gpus, inventory.devices)
    }
    for things, around in (
        (inventory.sites, ()),
        (inventory.hosts, inventory.sites.names),
        (inventory.gpus, hosts),
        (inventory.devices, hosts),
    ):
        said: list[dict[str, dict[str, Said]]] = [{} for _ in things.names]
        for name, record in _records(inventory, things).items():
            inside = members.get(name.removeprefix(SETS)) if name.startswith(SETS) else None
            columns = zip(
                record.rows, record.values, record.observed, record.expires, record.sources, strict=True
            )
            for row, value, observed, end, of in columns:
                known = [value, *(inside[row] if inside else ())] if name.startswith(SETS) else _plain(value)
                life = None if end is None or observed is None else end - observed
                said[row].setdefault(of or source or _UNSAID, {})[name] = Said(known, observed, life)
        for row, (name, by_source) in enumerate(zip(things.names, said, strict=True)):
            parent = around[things.parents[row]] if around else None
            for of, facts in sorted(by_source.items()) or [(source or _UNSAID, {})]:
                yield Report(things.noun, name, parent, of, facts)


def _records(inventory: Inventory, things: Things) -> dict[str, Record[Any]]:
    records: dict[str, Record[Any]] = dict(things.facts)
    records |= {LABELS + name: record for name, record in things.labels.items()}
    records |= {RESOURCES + name: record for name, record in things.resources.items()}
    records |= {SETS + name: record for name, record in things.sets.items()}
    if things.noun == "site":
        records |= {LATENCY + name: record for name, record in inventory.latency.items()}
    return records


def _members(things: Things, hosts: int) -> list[list[str]]:
    """The names of the things of each host."""
    found: list[list[str]] = [[] for _ in range(hosts)]
    for name, host in zip(things.names, things.parents, strict=True):
        found[host].append(name)
    return found


def _plain(value: object) -> object:
    if isinstance(value, Version):
        return value.text
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def as_text(facts: Mapping[str, Said]) -> str:
    """The facts of a report as a row has them: the commonest time once."""
    times = [said.observed for said in facts.values()]
    at = max(set(times), key=lambda time: (times.count(time), time or 0)) if times else None
    own = {
        name: [said.observed, said.life]
        for name, said in sorted(facts.items())
        if said.observed != at or said.life is not None
    }
    values = {name: said.value for name, said in sorted(facts.items())}
    return json.dumps({"at": at, "facts": values, "own": own}, separators=(",", ":"), ensure_ascii=False)


def from_text(text: str) -> dict[str, Said]:
    """The facts of a row. Raises StoreError if it is none."""
    try:
        row = json.loads(text)
        own, at = row["own"], row["at"]
        return {name: Said(value, *own.get(name, (at, None))) for name, value in row["facts"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"a report of the store is damaged: {error}") from error
