"""Records: one fact of many things, gathered into columns with when it was observed and when it expires.

An inventory has a million facts, so this is where reading one spends its time: what follows is written to do as
little as possible for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
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
        around = [things[row] for row in rows]
        observed = [thing.observed for thing in around]
        sources = [thing.source for thing in around]
        said: list[dict[str, Any]] = []
        if dict in set(map(type, entries.values())):
            said = [entry if type(entry) is dict else {} for entry in map(entries.__getitem__, rows)]
            observed = self._observed(fact, around, [entry.get("observed") for entry in said])
            sources = [entry.get("source") or thing.source for entry, thing in zip(said, around, strict=True)]
        lives = self._lives(fact, around, [entry.get("ttl") for entry in said])
        expires = [
            None if at is None or life is None else at + life
            for at, life in zip(observed, lives, strict=True)
        ]
        self.newest = max((at for at in (*set(observed), self.newest) if at is not None), default=None)
        return Record(tuple(rows), tuple(values), tuple(observed), tuple(expires), tuple(sources))

    def _refuse(
        self, fact: Fact, things: Sequence[Row], entries: Mapping[int, Any], found: Mapping[int, V | Wrong]
    ) -> None:
        for row, value in found.items():
            if isinstance(value, Wrong):
                place = (*things[row].place, *fact.keys, *["value"] * isinstance(entries[row], dict))
                self.faults.append(Fault(place, value))

    def _observed(self, fact: Fact, around: list[Row], said: list[str | None]) -> list[int | None]:
        """When each entry was observed: what it says, else what is said around it."""
        times = self._times
        times |= {text: parse_time(text) for text in set(said) if text is not None and text not in times}
        if None in {times[text] for text in set(said) if text is not None}:
            for row, text in zip(around, said, strict=True):
                self.time(text, (*row.place, *fact.keys), None)
        return [row.observed if text is None else times[text] for row, text in zip(around, said, strict=True)]

    def _lives(self, fact: Fact, around: list[Row], said: list[str | None]) -> list[int | None]:
        """For how long each entry counts as known: what it says, else what is said around it."""
        lives: list[int | None] = [None] * len(around)
        if self.limited:
            lives = [
                next((row.lifetimes[name] for name in fact.names if name in row.lifetimes), None)
                if row.lifetimes
                else None
                for row in around
            ]
        for at, text in enumerate(said):
            if text is not None:
                lives[at] = self.lifetime(text, (*around[at].place, *fact.keys, "ttl"))
        return lives


def _read_all(written: list[Any], read: Callable[[Any], V | Wrong]) -> list[V | Wrong]:
    """Each written value read; equal ones once, where they are of one type and so cannot be mistaken for others."""
    kinds = set(map(type, written))
    if kinds == {list} and set(map(type, chain.from_iterable(written))) <= {str}:
        keys = list(map(tuple, written))
        lists = {key: read(list(key)) for key in set(keys)}
        return [lists[key] for key in keys]
    if kinds in ({str}, {bool}, {int}, {float}):
        known = {value: read(value) for value in set(written)}
        return [known[value] for value in written]
    return [read(value) for value in written]
