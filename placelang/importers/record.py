"""A record of another tool: what is read of it is remembered, so that what was not understood can be told by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from placelang.codes import Code
from placelang.diagnostics import Severity
from placelang.importers.texts import Text
from placelang.inventory.faults import Fault
from placelang.inventory.model import Place
from placelang.inventory.values import Wrong, described

LONGEST = 1_000
"""The most characters that a text has which becomes a fact or a label."""

T = TypeVar("T")


@dataclass(slots=True)
class Record:
    """A map at `place` of a document. Its `used` places and `faults` are those of the whole record that it is in."""

    text: Text
    place: Place
    data: dict[str, object]
    used: set[Place] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def get(self, *keys: str) -> object:
        """What stands there, None for nothing; it counts as understood."""
        found: object = self.data
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                return None
            found = found[key]
        self.used.add((*self.place, *keys))
        return found

    def read(self, how: Callable[[object], T | Wrong], *keys: str) -> T | None:
        """What stands there as `how` reads it; None for nothing, and for what is wrong, which is reported."""
        written = self.get(*keys)
        if written is None:
            return None
        value = how(written)
        if isinstance(value, Wrong):
            self.fault(value, *keys)
            return None
        return value

    def string(self, *keys: str) -> str | None:
        """A text that is not empty."""
        return self.read(text_of, *keys) or None

    def record(self, *keys: str) -> Record | None:
        """The map that stands there."""
        found: object = self.data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            return None
        if not isinstance(found, dict):
            self.fault(Wrong(Code.WRONG_TYPE, f"a map is due here, not {described(found)}"), *keys)
            return None
        return Record(self.text, (*self.place, *keys), found, self.used, self.faults)

    def records(self, *keys: str) -> Iterator[Record]:
        """The maps of the list that stands there."""
        found: object = self.data
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            return
        if not isinstance(found, list):
            self.fault(Wrong(Code.WRONG_TYPE, f"a list is due here, not {described(found)}"), *keys)
            return
        for index, one in enumerate(found):
            place = (*self.place, *keys, index)
            if isinstance(one, dict):
                yield Record(self.text, place, one, self.used, self.faults)
            else:
                wrong = Wrong(Code.WRONG_TYPE, f"a map is due here, not {described(one)}")
                self.faults.append(Fault(place, wrong, severity=Severity.WARNING))

    def fault(self, wrong: Wrong, *keys: str | int) -> None:
        """Report what stands there; a fact less, no more."""
        self.used.add((*self.place, *keys))
        self.faults.append(Fault((*self.place, *keys), wrong, severity=Severity.WARNING))

    def unread(self) -> Iterator[Place]:
        """The outermost places of which nothing was read, in the order of the record."""
        ways = {place[:length] for place in self.used for length in range(len(place) + 1)}
        yield from _unread(self.data, self.place, self.used, ways)


def _unread(data: object, place: Place, used: set[Place], ways: set[Place]) -> Iterator[Place]:
    if place in used:
        return
    if place not in ways:
        yield place
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _unread(value, (*place, key), used, ways)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _unread(value, (*place, index), used, ways)


def text_of(written: object) -> str | Wrong:
    """A text of bounded length."""
    if not isinstance(written, str):
        return Wrong(Code.WRONG_TYPE, f"text is due here, not {described(written)}")
    if len(written) > LONGEST:
        return Wrong(
            Code.TOO_LARGE, f"this text has {len(written):,} characters, and {LONGEST:,} is the most"
        )
    return written
