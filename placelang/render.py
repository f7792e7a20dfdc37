"""From diagnostics to text for a terminal.

Each diagnostic shows its message, its place, the source lines with marks under the spans, notes and a hint. Nothing
from a file reaches the terminal as it is: control and invisible characters appear as escapes, so that a text can
neither colour, move nor hide anything.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang.diagnostics import Severity
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from placelang.diagnostics import Diagnostic, Source, Span

    _Paint = Callable[[str, str], str]

__all__ = ["printable", "render"]

WIDTH = 110
"""Longer source lines are cut around their marks."""

_LEAD = 30
_RESET = "\x1b[0m"
_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "bold": "\x1b[1m", "frame": "\x1b[1;34m"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A span on one line, in characters from the line's start."""

    line: int
    start: int
    end: int
    sign: str
    text: str


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], *, color: bool) -> str:
    """The diagnostics as text, a blank line between them; `sources` are looked up by the paths of spans."""
    paint = _painted if color else _plain
    return "\n".join("".join(f"{line}\n" for line in _lines(d, sources, paint)) for d in diagnostics)


def _plain(_style: str, text: str) -> str:
    return text


def _painted(style: str, text: str) -> str:
    return f"{_STYLES[style]}{text}{_RESET}" if text else text


def _lines(diagnostic: Diagnostic, sources: Mapping[str, Source], paint: _Paint) -> Iterator[str]:
    severity = diagnostic.severity.value
    yield paint(severity, f"{severity}[{diagnostic.code.value}]") + paint(
        "bold", f": {printable(diagnostic.message)}"
    )
    places = _places(diagnostic, sources)
    widest = max((mark.line for _, _, marks in places for mark in marks), default=0)
    gutter = " " * len(str(widest))
    for i, (path, source, marks) in enumerate(places):
        first = marks[0]
        shown = printable(path) + (f":{first.line}:{first.start + 1}" if source else "")
        yield f"{gutter}{paint('frame', ':::' if i else '-->')} {shown}"
        if source:
            yield from _snippet(source, marks, gutter, paint)
    if not places and diagnostic.path is not None:
        yield f"{gutter}{paint('frame', '-->')} {printable(diagnostic.path)}"
    for kind, text in (*(("note", note) for note in diagnostic.notes), ("hint", diagnostic.hint)):
        if text is not None:
            yield f"{gutter} {paint('frame', '=')} {paint('bold', kind + ':')} {printable(text)}"


def _places(
    diagnostic: Diagnostic, sources: Mapping[str, Source]
) -> list[tuple[str, Source | None, list[_Mark]]]:
    """The files that the diagnostic points into, its own first, each with its marks; the first mark gives the place."""
    if diagnostic.span is None:
        return []
    sign = "^" if diagnostic.severity is Severity.ERROR else "~"
    marks: dict[str, list[_Mark]] = {}
    for span, character, text in (
        (diagnostic.span, sign, ""),
        *((label.span, "-", label.text) for label in diagnostic.labels),
    ):
        marks.setdefault(span.path, []).append(_mark(span, sources.get(span.path), character, text))
    return [(path, sources.get(path), found) for path, found in marks.items()]


def _mark(span: Span, source: Source | None, sign: str, text: str) -> _Mark:
    """The part of a span on its first line."""
    if source is None:
        return _Mark(0, 0, 0, sign, text)
    line, column = source.position(span.start)
    length = len(source.line(line))
    start = min(column - 1, length)
    return _Mark(line, start, min(max(start + span.end - span.start, start), length), sign, text)


def _snippet(source: Source, marks: list[_Mark], gutter: str, paint: _Paint) -> Iterator[str]:
    """The marked lines in order; `...` where lines are left out between them."""
    bar = paint("frame", "|")
    yield f"{gutter} {bar}"
    before = 0
    for number in sorted({mark.line for mark in marks}):
        if before and number > before + 1:
            yield paint("frame", "...")
        before = number
        here = [mark for mark in marks if mark.line == number]
        text, shift = _window(source.line(number), here)
        yield f"{paint('frame', str(number).rjust(len(gutter)))} {bar} {printable(text)}".rstrip()
        for mark in here:
            start, end = max(mark.start - shift, 0), min(mark.end - shift, len(text))
            signs = mark.sign * max(_columns(text[start:end]), 1)
            style = "frame" if mark.sign == "-" else "error" if mark.sign == "^" else "warning"
            pointer = paint(style, f"{signs} {printable(mark.text)}".rstrip())
            yield f"{gutter} {bar} {' ' * _columns(text[:start])}{pointer}"


def _window(line: str, marks: list[_Mark]) -> tuple[str, int]:
    """The part of a long line around its marks, and how many characters were cut (net) before it."""
    if len(line) <= WIDTH:
        return line, 0
    first = max(min(mark.start for mark in marks) - _LEAD, 0)
    part = line[first : first + WIDTH]
    tail = "…" if first + WIDTH < len(line) else ""
    return ("…" + part + tail, first - 1) if first else (part + tail, 0)


def _columns(text: str) -> int:
    """How many columns the text takes when printable."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_width, printable(text)))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
