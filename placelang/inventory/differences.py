"""What differs between two inventories: things that only one of them has, and facts that have another value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from placelang.inventory.model import Inventory, Things
from placelang.types import Version


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact, label (`labels.role`) or resource of the `noun` called `name`; None where it is unknown."""

    noun: str
    name: str
    fact: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Differences:
    """`gone` and `new` are things by noun and name; `changed` are facts of things that both have."""

    gone: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    changed: tuple[FactChange, ...]


def compare(before: Inventory, after: Inventory) -> Differences:
    """What differs, sites first, then hosts, GPUs and devices, each by name. Times and sources do not count."""
    first, second = dict(_things(before)), dict(_things(after))
    changed = [
        FactChange(noun, name, fact, facts.get(fact), second[noun, name].get(fact))
        for (noun, name), facts in first.items()
        if (noun, name) in second
        for fact in sorted({*facts, *second[noun, name]})
        if facts.get(fact) != second[noun, name].get(fact)
    ]
    return Differences(
        gone=tuple(thing for thing in first if thing not in second),
        new=tuple(thing for thing in second if thing not in first),
        changed=tuple(changed),
    )


def _things(inventory: Inventory) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Each thing with its facts, where it stands among them."""
    tables = (
        (inventory.sites, None),
        (inventory.hosts, inventory.sites),
        (inventory.gpus, inventory.hosts),
        (inventory.devices, inventory.hosts),
    )
    for things, around in tables:
        facts = _facts(things)
        for row, name in enumerate(things.names):
            if things.noun == "host" and around is not None:
                facts[row]["site"] = around.names[things.parents[row]]
            yield (things.noun, name), facts[row]
    for other, record in inventory.latency.items():
        for row, value in zip(record.rows, record.values, strict=True):
            yield ("site", f"{inventory.sites.names[row]} to {other}"), {"latency": value}


def _facts(things: Things) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [{} for _ in things.names]
    groups = (("", things.facts), ("labels.", things.labels), ("resources.", things.resources))
    for prefix, records in groups:
        for name, record in records.items():
            for row, value in zip(record.rows, record.values, strict=True):
                facts[row][prefix + name] = _plain(value)
    for name, complete in things.sets.items():
        for row, whole in zip(complete.rows, complete.values, strict=True):
            if not whole:
                facts[row][f"all {name} are listed"] = False
    return facts


def _plain(value: object) -> object:
    if isinstance(value, Version):
        return value.text
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
