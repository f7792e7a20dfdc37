"""JSON as plain data, and where in its text things stand.

Reading is the standard library's; places are only looked for once there is something to say about them, by skipping
with the same reader over whatever is not asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Label, Source, Span
from placelang.inventory.model import Place

DEEPEST = 100
_TOO_DEEP = f"maps and lists are nested more than {DEEPEST} deep"
MOST = 8_000_000
"""How many maps and lists a document may have."""

_SPACE = re.compile(r"[ \t\n\r]*")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_PARTS = re.compile(_BRACKETS.pattern + '|"', re.DOTALL)
_TRAILING = re.compile(r",\s*[]}]")
_LONG = re.compile(r"\d{4300,}")


class _DuplicateError(Exception):
    pass


def _strict() -> json.JSONDecoder:
    """A decoder that refuses a key twice in a map, and in which equal texts are one object: most of an inventory's
    are, and all that follows is faster for it."""
    texts: dict[str, str] = {}
    shared = texts.setdefault

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = {key: shared(value, value) if type(value) is str else value for key, value in pairs}
        if len(found) != len(pairs):
            raise _DuplicateError
        return found

    return json.JSONDecoder(object_pairs_hook=unique)


_LENIENT = json.JSONDecoder()


def read_json(source: Source) -> tuple[object, Iterable[Diagnostic]]:
    """The document, with the keys that a map has twice; or None with why it cannot be read: no JSON, or too deep."""

    def fault(
        code: Code, message: str, start: int, hint: str | None = None
    ) -> tuple[None, tuple[Diagnostic, ...]]:
        span = Span(source.path, start, min(start + 1, len(source.text)))
        return None, (Diagnostic(code, message, span, hint=hint),)

    if source.text.count("{") + source.text.count("[") > MOST:
        return fault(Code.TOO_LARGE, f"this document has more than {MOST:,} maps and lists", 0)
    try:
        try:
            return _strict().decode(source.text), ()
        except _DuplicateError:
            document = _LENIENT.decode(source.text)
        if deep := _deep(source.text):
            return fault(Code.TOO_DEEP, _TOO_DEEP, deep)
        return document, _duplicates(source, 0, _strict())
    except JSONDecodeError as error:
        at = error.pos
        if error.msg.startswith("Unterminated") or at >= len(source.text.rstrip()):
            return None, (_cut_off(source),)
        before = len(source.text[:at].rstrip()) - 1  # versions of Python differ in where they see it
        comma = next((i for i in (before, at) if _TRAILING.match(source.text, max(i, 0))), None)
        hint = "leave out the comma before the bracket" if comma is not None else None
        return fault(Code.INVENTORY_SYNTAX, "this is not JSON from here on", comma or at, hint)
    except RecursionError:
        return fault(Code.TOO_DEEP, _TOO_DEEP, _deep(source.text))
    except ValueError:  # an integer with more digits than Python converts
        found = _LONG.search(source.text)
        return fault(Code.OUT_OF_RANGE, "a number of at most 2^53 is due here", found.start() if found else 0)


def _cut_off(source: Source) -> Diagnostic:
    """A text that ends too early, at what is there of it, with what was begun last and never ended."""
    text = source.text.rstrip()
    opened: list[tuple[int, str]] = []
    for token in _PARTS.finditer(text):
        if token[0] in "[{":
            opened.append((token.start(), f"this `{token[0]}` is never closed"))
        elif token[0] in "]}" and opened:
            opened.pop()
        elif token[0] == '"':
            opened.append((token.start(), "this text never ends"))
            break
    labels = tuple(Label(Span(source.path, at, at + 1), what) for at, what in opened[-1:])
    span = Span(source.path, max(len(text) - 1, 0), len(text))
    return Diagnostic(Code.INVENTORY_SYNTAX, "this is not JSON: it ends before it is complete", span, labels)


def _deep(text: str) -> int:
    depth = 0
    for token in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            return token.start()
    return 0


def _children(text: str, at: int) -> Iterator[tuple[str | int, tuple[int, int] | None, int]]:
    """What the map or list at `at` holds: each key with its range, or each index; and where its value starts."""
    index = 0
    in_map = text[at] == "{"
    at = _skip_space(text, at + 1)
    while text[at] not in "]}":
        key: str | int = index
        span = None
        if in_map:
            start = at
            key, at = _LENIENT.raw_decode(text, at)
            span = (start, at)
            at = _skip_space(text, _skip_space(text, at) + 1)
        yield key, span, at
        at = _skip_space(text, _end(text, at))
        if text[at] == ",":
            at = _skip_space(text, at + 1)
        index += 1


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    return _LENIENT.raw_decode(text, at)[1]


def _duplicates(source: Source, at: int, strict: json.JSONDecoder) -> Iterator[Diagnostic]:
    text = source.text
    at = _skip_space(text, at)
    seen: dict[str | int, tuple[int, int]] = {}
    for key, span, start in _children(text, at):
        if span and key in seen:
            first = Label(Span(source.path, *seen[key]), "first here")
            yield Diagnostic(
                Code.DUPLICATE, f"`{key}` stands twice in this map", Span(source.path, *span), (first,)
            )
        elif span:
            seen[key] = span
        try:
            strict.raw_decode(text, start)
        except _DuplicateError:
            yield from _duplicates(source, start, strict)


def locate_json(source: Source, places: frozenset[Place]) -> dict[Place, tuple[Span | None, Span]]:
    """The key, if it has one, and the value of each place that the document has."""
    found: dict[Place, tuple[Span | None, Span]] = {}
    ways: dict[Place, int] = {}  # how many places lie beyond each place that leads to one
    for place in places:
        for length in range(len(place) + 1):
            ways[place[:length]] = ways.get(place[:length], 0) + 1

    def visit(place: Place, key: tuple[int, int] | None, at: int) -> None:
        if place in places:
            value = Span(source.path, at, _end(source.text, at))
            found[place] = Span(source.path, *key) if key else None, value
        beyond = ways[place] - (place in places)
        children = _children(source.text, at) if beyond and source.text[at] in "[{" else ()
        for step, span, start in children:
            inner = (*place, step)
            if inner in ways:
                visit(inner, span, start)
                beyond -= ways[inner]
                if not beyond:
                    break

    visit((), None, _skip_space(source.text, 0))
    return found
