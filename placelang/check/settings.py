"""`--set NAME=VALUE`: the value as text, read by the declared type of its parameter."""

from __future__ import annotations

import re
from decimal import Decimal

from placelang.types import Type, Value, Version, in_base_unit

_QUANTITY = re.compile(r"(-?[0-9]{1,40}(?:\.[0-9]{1,40})?)([A-Za-z]*|%)", re.ASCII)
_LONGEST = 4_096


def read_setting(text: str, kind: Type) -> Value | None:
    """The value that `text` spells: text and versions as they are, a list with commas between, quantities with their
    unit; None if it spells none of that type."""
    if len(text) > _LONGEST or not text.isprintable():
        return None
    if kind.element is not None:
        inner = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
        items = (
            [read_setting(item.strip(), kind.element) for item in inner.split(",")] if inner.strip() else []
        )
        known = tuple(item for item in items if item is not None)
        return known if len(known) == len(items) else None
    match kind.name:
        case "string":
            return text
        case "version":
            return Version.of(text)
        case "bool":
            return {"true": True, "false": False}.get(text)
    return _quantity(text, kind)


def _quantity(text: str, kind: Type) -> float | None:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    try:
        read = in_base_unit(Decimal(found[1]), found[2])
    except OverflowError:
        return None
    return read[1] if read is not None and read[0] == kind else None
