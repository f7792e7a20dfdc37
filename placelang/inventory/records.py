"""Records: one fact of many things, gathered into columns with when it was observed and when it expires.

An inventory has a million facts, so this is where reading one spends its time: what follows is written to do as
little as possible for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from placelang.inventory.faults import Fault
from placelang.inventory.model import Place, Record
from placelang.inventory.values import NOT_A_TIME, Wrong, parse_time, read_amount
from placelang.types import DURATION

V = TypeVar("V")
Lifetimes = Mapping[str, int]
"""By name of a fact: for how many ms it counts as known."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a fact is written, and under which names its time to live may stand, the most particular one first."""

    keys: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing as it is written, and what holds for its facts where they do not say otherwise."""

    written: dict[str, Any]
    place: Place
    parent: int
    name: str
    observed: int | None
    source: str | None
    lifetimes: Lifetimes


@dataclass(slots=True)
class Reader:
    """What is found while reading: the faults, the newest time, and whether anything has a time to live."""

    faults: list[Fault] = field(default_factory=list)
    newest: int | None = None
    limited: bool = False
    _times: dict[str, int | None] = field(default_factory=dict)

    def time(self, written: str | None, place: Place, otherwise: int | None) -> int | None:
        """The time that is said at `place`, else `otherwise`."""
        if written is None:
            return otherwise
        if written not in self._times:
            self._times[written] = parse_time(written)
        at = self._times[written]
        if at is None:
            self.faults.append(Fault((*place, "observed"), NOT_A_TIME))
        return at

    def lifetime(self, written: object, place: Place) -> int:
        """For how long facts count as known, in ms."""
        self.limited = True
        value = read_amount(written, DURATION)
        if isinstance(value, Wrong):
            self.faults.append(Fault(place, value))
        return int(value) if isinstance(value, float) else 0

    def record(
        self, fact: Fact, things: Sequence[Row], entries: Mapping[int, Any], read: Callable[[Any], V | Wrong]
    ) -> Record[V]:
        """The record of one fact: `entries` holds what is written for it by index into `things`, in rising order."""
        bare = [entry["value"] if type(entry) is dict else entry for entry in entries.values()]
        rows = [row for row, written in zip(entries, bare, strict=True) if written is not None]
        found = _read_all([written for written in bare if written is not None], read)
        values = [value for value in found if not isinstance(value, Wrong)]
        if len(values) < len(found):
            self._refuse(fact, things, entries, dict(zip(rows, found, strict=True)))
            rows = [row for row, value in zip(rows, found, strict=True) if not isinstance(value, Wrong)]
        wrapped = dict in set(map(type, entries.values()))
        observed = tuple([things[row].observed for row in rows])
        sources = tuple([things[row].source for row in rows])
        if wrapped:
            observed = tuple([self._observed(fact, things[row], entries[row]) for row in rows])
            sources = tuple([_said(entries[row], "source") or things[row].source for row in rows])
        expires: tuple[int | None, ...] = (None,) * len(rows)
        if wrapped or self.limited:
            lives = [self._life(fact, things[row], entries[row]) for row in rows]
            expires = tuple(
                [
                    None if at is None or life is None else at + life
                    for at, life in zip(observed, lives, strict=True)
                ]
            )
        self.newest = max((at for at in (*set(observed), self.newest) if at is not None), default=None)
        return Record(tuple(rows), tuple(values), observed, expires, sources)

    def _refuse(
        self, fact: Fact, things: Sequence[Row], entries: Mapping[int, Any], found: Mapping[int, V | Wrong]
    ) -> None:
        for row, value in found.items():
            if isinstance(value, Wrong):
                place = (*things[row].place, *fact.keys, *["value"] * isinstance(entries[row], dict))
                self.faults.append(Fault(place, value))

    def _observed(self, fact: Fact, row: Row, entry: Any) -> int | None:
        said = _said(entry, "observed")
        if said in self._times:
            return self._times[said]
        return self.time(said, (*row.place, *fact.keys), row.observed)

    def _life(self, fact: Fact, row: Row, entry: Any) -> int | None:
        said = _said(entry, "ttl")
        if said is not None:
            return self.lifetime(said, (*row.place, *fact.keys, "ttl"))
        if row.lifetimes:
            return next((row.lifetimes[name] for name in fact.names if name in row.lifetimes), None)
        return None


def _said(entry: Any, key: str) -> Any:
    return entry.get(key) if type(entry) is dict else None


def _read_all(written: list[Any], read: Callable[[Any], V | Wrong]) -> list[V | Wrong]:
    """Each written value read; equal ones once, where they are of one type and so cannot be mistaken for others."""
    if set(map(type, written)) in ({str}, {bool}, {int}, {float}):
        known = {value: read(value) for value in set(written)}
        return [known[value] for value in written]
    return [read(value) for value in written]
