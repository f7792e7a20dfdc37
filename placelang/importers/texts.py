"""What other tools write, as plain data with a way back to its lines: JSON, also line by line, and YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from placelang.diagnostics import Diagnostic, Label, Source, Span
from placelang.inventory.faults import Fault, diagnose
from placelang.inventory.json_text import read_json
from placelang.inventory.model import Place
from placelang.inventory.text import locate
from placelang.inventory.yaml_text import read_yaml

LIMIT: Final = 128 * 2**20
"""The most bytes that a file may have."""

_SEPARATOR = re.compile(r"^---(?=[ \t\n]|$).*\n?|^\.\.\.[ \t]*\n?", re.MULTILINE)
_COMMENTED = re.compile(r"^[ \t]*/[/*]|\xa0", re.MULTILINE)
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|^[ \t]*//[^\n]*|\xa0', re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """One document: its `data`, and `part`, its own text, which starts at character `start` of the file `source`."""

    source: Source
    part: Source
    start: int
    data: object

    def diagnose(self, faults: Sequence[Fault]) -> tuple[Diagnostic, ...]:
        """The faults at the lines of the file."""
        return tuple(_moved(fault, self.start, self.source.path) for fault in diagnose(self.part, faults))

    def lines(self, places: Sequence[Place]) -> dict[Place, int]:
        """The line of each place that the document has, counted from 1."""
        found = locate(self.part, frozenset(places))
        starts = {place: (key or value).start for place, (key, value) in found.items()}
        return {place: self.source.position(start + self.start).line for place, start in starts.items()}


def read_texts(source: Source, *, merge: bool = False) -> tuple[list[Text], list[Diagnostic]]:
    """The documents of a file, and what is wrong with its text. JSON may have comments and hard spaces, as Open
    Horizon's has; YAML
    merge keys are refused unless they are to `merge`."""
    if not source.path.endswith((".yaml", ".yml")) and source.text.lstrip()[:1] in "{[/":
        return _read_json(source)
    texts, faults = [], []
    for start, end in _documents(source.text):
        part = Source(source.path, source.text[start:end])
        data, found = read_yaml(part, merge=merge)
        faults += [_moved(fault, start) for fault in found]
        if data is not None:
            texts.append(Text(source, part, start, data))
    return texts, faults


def _documents(text: str) -> Iterator[tuple[int, int]]:
    """Where the documents of a YAML text are: what stands at the start of a line between marks."""
    start = 0
    for mark in _SEPARATOR.finditer(text):
        if text[start : mark.start()].strip():
            yield start, mark.start()
        start = mark.end()
    if text[start:].strip():
        yield start, len(text)


def _read_json(source: Source) -> tuple[list[Text], list[Diagnostic]]:
    """One document; or one a line, as `docker node ls --format json` writes them."""
    commented = _COMMENTED.search(source.text)
    text = _COMMENT.sub(_blank, source.text) if commented else source.text
    plain = Source(_json_path(source.path), text)
    data, found = read_json(plain)
    lines = plain.text.splitlines(keepends=True)
    if data is None and len(lines) > 1 and isinstance(read_json(Source(plain.path, lines[0]))[0], dict):
        return _by_lines(source, lines)
    faults = [_moved(fault, 0, source.path) for fault in found]
    return [] if data is None else [Text(source, plain, 0, data)], faults


def _by_lines(source: Source, lines: Sequence[str]) -> tuple[list[Text], list[Diagnostic]]:
    texts, faults = [], []
    start = 0
    for line in lines:
        if line.strip():
            part = Source(_json_path(source.path), line)
            data, found = read_json(part)
            faults += [_moved(fault, start, source.path) for fault in found]
            if data is not None:
                texts.append(Text(source, part, start, data))
        start += len(line)
    return texts, faults


def _json_path(path: str) -> str:
    """By the extension of its path a text is located as JSON; lists would be taken for YAML."""
    return path if path.endswith(".json") else f"{path}.json"


def _blank(found: re.Match[str]) -> str:
    """A comment or a hard space as blanks, so that what follows stays where it is."""
    return found[0] if found[0].startswith('"') else re.sub(r"[^\n]", " ", found[0])


def _moved(fault: Diagnostic, by: int, path: str | None = None) -> Diagnostic:
    def moved(span: Span) -> Span:
        return Span(path or span.path, span.start + by, span.end + by)

    return replace(
        fault,
        span=fault.span and moved(fault.span),
        labels=tuple(Label(moved(label.span), label.text) for label in fault.labels),
        path=path or fault.path,
    )
