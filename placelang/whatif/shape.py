"""`shape_of`: what a problem is but for the names in it.

Two problems of one shape are the same once the strings of one are exchanged for those of the other: whatever names
mean to a person, to the scheduler they only say what is the same. Two that differ in shape may still be alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from placelang_scheduler import EXEMPT, Problem


def shape_of(problem: Problem, *more: object) -> bytes:
    """A digest of the shape of the problem, and of what else matters."""
    names: dict[str, int] = {EXEMPT: -1}
    text = ",".join(_pieces((problem, more), names))
    return hashlib.sha256(text.encode()).digest()


def _pieces(value: object, names: dict[str, int]) -> Iterator[str]:
    """The value in order, every name as the number of its first use."""
    if isinstance(value, str):
        yield f"${names.setdefault(value, len(names))}"
    elif isinstance(value, tuple | list):
        yield f"({len(value)}"
        for item in value:
            yield from _pieces(item, names)
    elif isinstance(value, Mapping):
        yield f"{{{len(value)}"
        for key, item in value.items():
            yield from _pieces(key, names)
            yield from _pieces(item, names)
    elif isinstance(value, frozenset):
        yield from _pieces(sorted(value), names)
    elif is_dataclass(value):
        yield type(value).__name__
        told = [getattr(value, field.name) for field in fields(value) if field.name != "keyword"]
        yield from _pieces(told, names)
    else:
        yield repr(value)
