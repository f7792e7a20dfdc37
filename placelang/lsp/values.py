"""The values that facts have in the inventory, and those that a label may have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from placelang.lsp.analysis import Analysis
from placelang.lsp.cursor import Cursor

if TYPE_CHECKING:
    from placelang.inventory import Things


def names_of(noun: str, analysis: Analysis) -> tuple[str, ...]:
    """The names of the things of a noun."""
    things = _things(noun, analysis)
    return tuple(sorted(set(things.names))) if things else ()


def values_of(fact: str, cursor: Cursor, analysis: Analysis) -> tuple[str, ...]:
    """The texts that a fact, named as it would be at the cursor, can have or has."""
    head, _, rest = fact.partition(".")
    for noun, name in ((cursor.noun, fact), (head if rest and head in cursor.reach else None, rest)):
        if noun is None:
            continue
        choices = analysis.names.choices.get((noun, name))
        if choices is not None:
            return tuple(value for value in choices if isinstance(value, str))
        if name == "name":
            return names_of(noun, analysis)
        things = _things(noun, analysis)
        record = (things.facts.get(name) or things.labels.get(name)) if things else None
        if record is not None:
            return _texts(record.values)
    return ()


def _things(noun: str, analysis: Analysis) -> Things | None:
    inventory = analysis.inventory
    if inventory is None:
        return None
    return {
        "site": inventory.sites,
        "host": inventory.hosts,
        "gpu": inventory.gpus,
        "device": inventory.devices,
    }.get(noun)


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    """Every text among the values, and in those that are lists."""
    found: set[str] = set()
    for value in values:
        found.update(
            item for item in (value if isinstance(value, tuple | list) else (value,)) if isinstance(item, str)
        )
    return tuple(sorted(text for text in found if text.isprintable() and '"' not in text))
