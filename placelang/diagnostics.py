"""What a person is told about their own files: where, what, and what to do.

A stage that reads user input returns its value together with `Diagnostic`s and never raises for the user's
faults. `placelang.codes` lists every code; `placelang.render` turns diagnostics into text.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from placelang.codes import Code


class Span(NamedTuple):
    """A half-open range of characters, `[start, end)`, of the source called `path`."""

    path: str
    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: line and column, both from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """One text as it was read: `path` is the name shown to people, `text` has no byte order mark."""

    path: str
    text: str
    _starts: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, as `sha256:<hex>`."""
        return "sha256:" + hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def position(self, offset: int) -> Position:
        """The line and column of a character offset; offsets past the end count as the end."""
        if not self._starts:
            self._starts.append(0)
            at = self.text.find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        offset = min(offset, len(self.text))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its newline."""
        self.position(0)
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


class Severity(StrEnum):
    """An error stops the pipeline after its stage; a warning never does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that matters, with a word on why."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` written over what stands at `span`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: a terse `message` without final full stop, at `span`, with what clashes and what to do.

    `span` is None only for a fault that has no text to point at (a file that cannot be read): then `path` says
    which file. `hint` is one imperative sentence ("write 10min for ten minutes"); `fix` is what it says as edits, where
    nothing else can have been meant.
    """

    code: Code
    message: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    hint: str | None = None
    severity: Severity = Severity.ERROR
    path: str | None = None
    fix: tuple[Edit, ...] = ()


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(d.severity is Severity.ERROR for d in diagnostics)


def in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Without repetitions, by file, place and code: the order in which they are shown."""
    unique = dict.fromkeys(diagnostics)
    return tuple(
        sorted(
            unique,
            key=lambda d: (
                (d.span.path, d.span.start, d.span.end) if d.span else (d.path or "", -1, -1),
                d.code,
                d.message,
            ),
        )
    )
