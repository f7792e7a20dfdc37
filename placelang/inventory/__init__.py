"""The inventory: what is known of a fleet, and how it is read from a file.

`load_inventory` reads a file, `read_inventory` a text that is at hand. Both give an `Inventory` unless there is an
error, with all that is wrong. pydantic is imported when the first document is read.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source, has_errors, in_order
from placelang.files import read_source
from placelang.inventory.faults import diagnose
from placelang.inventory.model import Inventory, Raw, Record, Things
from placelang.inventory.text import read_text
from placelang.inventory.values import parse_time, show_time
from placelang.types import BOOL, NUMBER, STRING, Type, Version

LIMIT = 256 * 2**20
"""The most bytes that an inventory may have."""

__all__ = [
    "LIMIT",
    "Inventory",
    "Record",
    "Things",
    "inventory_digest",
    "inventory_labels",
    "json_schema",
    "load_inventory",
    "parse_time",
    "read_inventory",
    "show_time",
]


def load_inventory(path: Path) -> tuple[Inventory | None, tuple[Diagnostic, ...]]:
    """The inventory in a file, JSON or YAML."""
    source, faults = read_source(path, limit=LIMIT)
    if source is None:
        hint = "split the fleet into several inventories"
        return None, tuple(replace(f, hint=hint) if f.code is Code.TOO_LARGE else f for f in faults)
    return read_inventory(source)


def read_inventory(source: Source) -> tuple[Inventory | None, tuple[Diagnostic, ...]]:
    """The inventory that a text holds: JSON or YAML by the extension of its path, else by its first character."""
    from placelang.inventory.build import build  # noqa: PLC0415 - pydantic
    from placelang.inventory.form import check_form, check_format  # noqa: PLC0415 - pydantic

    with without_collection():
        document, miswritten = read_text(source)
        if document is None:
            return None, miswritten
        fault = check_format(document)
        if fault:
            return None, _together(miswritten, diagnose(source, [fault]))
        misshapen, malformed = check_form(document)
        if malformed is None:
            return None, _together(miswritten, diagnose(source, misshapen))
        inventory, faults = build(document, malformed, source)
    diagnostics = _together(miswritten, diagnose(source, misshapen + faults))
    return None if has_errors(diagnostics) else inventory, diagnostics


def _together(miswritten: tuple[Diagnostic, ...], found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """All faults, without those of what is told to be miswritten."""
    told = {fault.span.start for fault in miswritten if fault.span}
    return in_order(
        [*miswritten, *(fault for fault in found if not fault.span or fault.span.start not in told)]
    )


@contextmanager
def without_collection() -> Iterator[None]:
    """Millions of small containers without a cycle: collecting while they are made takes three times as long as
    making them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def inventory_labels(inventory: Inventory) -> dict[str, dict[str, Type]]:
    """The labels that things of each noun have, by name as written, with the type that their values have; text if
    they have several."""
    tables = (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)
    return {
        table.noun: {name: _type_of(record.values) for name, record in table.labels.items()}
        for table in tables
    }


def _type_of(values: Iterable[Raw]) -> Type:
    types = {_list_type(value) if isinstance(value, list) else _scalar_type(value) for value in values}
    return types.pop() if len(types) == 1 else STRING


def _list_type(values: list[Raw]) -> Type:
    elements = {_scalar_type(value) for value in values}
    return Type("list", elements.pop() if len(elements) == 1 else STRING)


def _scalar_type(value: Raw) -> Type:
    if isinstance(value, bool):
        return BOOL
    return NUMBER if isinstance(value, int | float) else STRING


def inventory_digest(inventory: Inventory) -> str:
    """SHA-256 over all that is recorded, as `sha256:<hex>`: neither the layout of the file nor the units in which
    amounts are written matter."""
    tables = (inventory.sites, inventory.hosts, inventory.gpus, inventory.devices)
    content = [
        [
            table.noun,
            table.names,
            table.parents,
            *map(_plain, (table.facts, table.labels, table.resources, table.sets)),
        ]
        for table in tables
    ]
    text = json.dumps([content, _plain(inventory.latency)], default=_text)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _text(version: object) -> str:
    if not isinstance(version, Version):
        raise TypeError(version)
    return version.text


def _plain(records: Mapping[str, Record[object]]) -> list[object]:
    return [
        [name, record.rows, record.values, record.observed, record.expires, record.sources]
        for name, record in sorted(records.items())
        if record.rows
    ]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file form."""
    from placelang.inventory.document import json_schema as schema  # noqa: PLC0415 - pydantic

    return schema()
