"""`registered`: the kinds of constraint that others bring along, by the entry points of their packages.

    [project.entry-points."placelang_scheduler.constraints"]
    "rack power" = "rack_power:RackPower"

An entry point is called as its kind's `keyword` and leads to a frozen dataclass that says what `Constraint` lists.
A problem may hold constraints of these kinds beside those of the catalogue, and of no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from placelang_scheduler.constraints.protocol import METHODS

GROUP = "placelang_scheduler.constraints"
_FIELDS = ("id", "weight", "keyword")


class UnfitKindError(TypeError):
    """An entry point that leads to no kind of constraint: a fault of the package that has it."""


@cache
def registered(taken: frozenset[str] = frozenset()) -> Mapping[str, type]:
    """The kinds that are installed, by keyword; none may be called as one of those `taken`. Loads their packages, once.

    Raises `UnfitKindError` for the first that is none.
    """
    found: dict[str, type] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            kind = entry.load()
        except Exception as error:
            raise UnfitKindError(
                f"{entry.value}, which {GROUP} names {entry.name!r}, does not load"
            ) from error
        wrong = next(_wrong(kind, entry.name), None)
        if entry.name in taken or found.get(entry.name, kind) is not kind:
            wrong = "is called like another kind"
        if wrong is not None:
            raise UnfitKindError(f"{entry.value}, which {GROUP} names {entry.name!r}, {wrong}")
        found[entry.name] = kind
    return MappingProxyType(found)


def _wrong(kind: object, name: str) -> Iterator[str]:
    if not (isinstance(kind, type) and is_dataclass(kind) and _frozen(kind)):
        yield "is no frozen dataclass"
        return
    known = {one.name: one.default for one in fields(kind)}
    lacking = [field for field in _FIELDS if field not in known]
    lacking += [f"{name}()" for name in METHODS if not callable(getattr(kind, name, None))]
    if not isinstance(getattr(kind, "lasting", None), bool):
        lacking.append("lasting")
    if lacking:
        yield f"lacks {', '.join(lacking)}"
    elif known["keyword"] != name:
        yield f"has the keyword {known['keyword']!r}"
    elif known["weight"] is not None:
        yield "is not hard by default"


def _frozen(kind: Any) -> bool:
    return bool(kind.__dataclass_params__.frozen)
