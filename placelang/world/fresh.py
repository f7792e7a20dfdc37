"""What of a record still counts as known at one moment, and as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TypeVar

import numpy as np

from placelang.columns import Column, Numbers, Rows, Texts, Truth
from placelang.inventory import Record, Things
from placelang.types import Type, Value, Version
from placelang.world.tables import Stale

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment, and what was found to be stale at it so far."""

    at: int | None
    stale: list[Stale] = field(default_factory=list)

    def fresh(self, record: Record[V], things: Things, fact: str) -> Record[V]:
        """The record without what is past its time to live, which is noted."""
        at = self.at
        if at is None or not any(record.expires):
            return record
        known = [expires is None or at <= expires for expires in record.expires]
        for row, observed, lasts in zip(record.rows, record.observed, known, strict=True):
            if not lasts and observed is not None:
                self.stale.append(Stale(things.noun, row, things.names[row], fact, at - observed))
        return only(record, known)


def only(record: Record[V], wanted: Sequence[bool]) -> Record[V]:
    """The record without its entries that are not `wanted`."""
    if all(wanted):
        return record
    return Record(
        tuple(compress(record.rows, wanted)),
        tuple(compress(record.values, wanted)),
        tuple(compress(record.observed, wanted)),
        tuple(compress(record.expires, wanted)),
        tuple(compress(record.sources, wanted)),
    )


def without_children_of(things: Things, parents: Sequence[bool]) -> Things:
    """The things without those that stand in one of `parents`."""
    wanted = [not parents[parent] for parent in things.parents]
    if all(wanted):
        return things
    renumbered = dict(zip(compress(range(len(wanted)), wanted), range(len(wanted)), strict=False))

    def kept(record: Record[V]) -> Record[V]:
        rest = only(record, [wanted[row] for row in record.rows])
        return replace(rest, rows=tuple(renumbered[row] for row in rest.rows))

    return replace(
        things,
        names=tuple(compress(things.names, wanted)),
        parents=tuple(compress(things.parents, wanted)),
        facts={name: kept(record) for name, record in things.facts.items()},
        labels={name: kept(record) for name, record in things.labels.items()},
        places=tuple(compress(things.places, wanted)),
    )


def column(kind: Type, size: int, known: Mapping[int, Value]) -> Column:
    """A column of `size` rows with what is `known`, by row."""
    rows = np.fromiter(known, dtype=np.intp, count=len(known))
    if kind.numeric:
        low, high = np.full(size, -np.inf), np.full(size, np.inf)
        low[rows] = high[rows] = np.array(list(known.values()), dtype=np.float64)
        return Numbers(low, high)
    if kind.name == "bool":
        true, unknown = np.zeros(size, dtype=np.bool_), np.ones(size, dtype=np.bool_)
        true[rows] = np.array(list(known.values()), dtype=np.bool_)
        unknown[rows] = False
        return Truth(true, unknown)
    return _coded(size, rows, known.values())


def _coded(size: int, rows: Rows, values: Iterable[Value]) -> Texts:
    index: dict[object, int] = {}
    vocabulary: list[Value] = []
    found = []
    for value in values:
        key = _spelling(value) if isinstance(value, Version | tuple) else value
        code = index.setdefault(key, len(vocabulary))
        if code == len(vocabulary):
            vocabulary.append(value)
        found.append(code)
    codes = np.full(size, -1, dtype=np.int32)
    codes[rows] = np.array(found, dtype=np.int32)
    return Texts(codes, tuple(vocabulary))


def _spelling(value: Value) -> object:
    """Versions that are equal may be spelt in different ways, and are shown as they are spelt."""
    if isinstance(value, tuple):
        return tuple(_spelling(item) for item in value)
    return value.text if isinstance(value, Version) else value
