"""Constraints of Open Horizon as predicates: properties compared with values, joined by AND and OR.

A property that a node does not have meets no comparison, `!=` included.
https://open-horizon.github.io/docs/anax/docs/properties_and_constraints/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from placelang.importers.draft import ARCHITECTURES
from placelang.manifests.labels import Labels
from placelang.manifests.patterns import has_item
from placelang.manifests.predicates import Predicate, all_of, any_of, one_of
from placelang.manifests.written import in_bytes, pattern, plain, quoted
from placelang.types import LIMIT

LONGEST: Final = 4_000
DEEPEST: Final = 20
_TOKEN = re.compile(
    r'\s*(?:(?P<quoted>"[^"]*")|(?P<sign>\(|\)|&&|\|\||==|!=|<=|>=|=|<|>)|(?P<word>[^\s()"=!<>&|]+))'
)
_RANGE = re.compile(r"\s*([\[(])\s*([0-9]+(?:\.[0-9]+)*)\s*,\s*([0-9]+(?:\.[0-9]+)*|INFINITY)\s*([\])])")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+){0,3}")
_ORDERED = ("<", "<=", ">", ">=")


class Unreadable(Exception):  # noqa: N818 - it ends the reading of a constraint, and is no fault of ours
    """What is wrong with a constraint."""


@dataclass(slots=True)
class _Reader:
    """Reads one constraint from left to right; `and` binds tighter than `or`."""

    text: str
    labels: Labels
    at: int = 0

    def peek(self) -> tuple[str, str]:
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            if self.text[self.at :].strip():
                raise Unreadable(f"`{self.text[self.at :].strip()[:20]}` cannot be read")
            return "end", ""
        return str(found.lastgroup), found[found.lastgroup or 0]

    def take(self) -> tuple[str, str]:
        kind, text = self.peek()
        found = _TOKEN.match(self.text, self.at)
        self.at = found.end() if found else len(self.text)
        return kind, text

    def either(self, depth: int) -> Predicate:
        parts = [self.both(depth)]
        while self.peek()[1] in ("OR", "||"):
            self.take()
            parts.append(self.both(depth))
        return any_of(parts)

    def both(self, depth: int) -> Predicate:
        parts = [self.one(depth)]
        while self.peek()[1] in ("AND", "&&"):
            self.take()
            parts.append(self.one(depth))
        return all_of(parts)

    def one(self, depth: int) -> Predicate:
        kind, name = self.take()
        if name == "(" and kind == "sign":
            if depth == DEEPEST:
                raise Unreadable("it is nested too deep")
            inner = self.either(depth + 1)
            if self.take()[1] != ")":
                raise Unreadable("a `)` is missing")
            return inner
        if kind != "word":
            raise Unreadable("a property is due here")
        operator = self.take()[1]
        found = compared(self.labels, name, operator, self.value(operator))
        if found is None:
            raise Unreadable(f"`{name} {operator}` has no counterpart")
        return found

    def value(self, operator: str) -> str:
        span = _RANGE.match(self.text, self.at)
        if operator == "in" and span:
            self.at = span.end()
            return span[0].strip()
        kind, text = self.take()
        if kind not in ("word", "quoted"):
            raise Unreadable("a value is due here")
        while text.endswith(",") and kind == "word":
            text += self.take()[1]
        return text


def predicate(labels: Labels, constraint: str) -> Predicate:
    """What a constraint asks for. Raises Unreadable for one that cannot be said."""
    if len(constraint) > LONGEST:
        raise Unreadable("it is too long")
    reader = _Reader(constraint, labels)
    found = reader.either(0)
    if reader.peek()[0] != "end":
        raise Unreadable(f"`{reader.peek()[1][:20]}` is too much")
    return found


def compared(labels: Labels, name: str, operator: str, written: str) -> Predicate | None:
    """A property compared with a value."""
    value = written.strip('"').strip()
    if operator == "in":
        return _among(labels, name, value)
    if operator not in ("=", "==", "!=", *_ORDERED):
        return None
    sign = "==" if operator == "=" else operator
    if name in _BUILT_IN:
        return _built_in(name, sign, value)
    if _NUMBER.fullmatch(value) and not written.startswith('"'):
        return Predicate(f"{labels.open(name, 'number')} {sign} {plain(Decimal(value))}")
    if value in ("true", "false") and sign in ("==", "!="):
        return Predicate(f"{labels.open(name, 'bool')} {sign} {value}")
    if sign in _ORDERED:
        return None
    return Predicate(f"{labels.open(name)} {sign} {quoted(value)}")


_BUILT_IN: Final = ("openhorizon.cpu", "openhorizon.memory", "openhorizon.arch")


def _built_in(name: str, sign: str, value: str) -> Predicate | None:
    """Properties that every node has, which are facts here."""
    if name == "openhorizon.arch":
        arch = ARCHITECTURES.get(value, value)
        return Predicate(f"arch {sign} {quoted(arch)}") if sign in ("==", "!=") else None
    if not _NUMBER.fullmatch(value):
        return None
    if name == "openhorizon.cpu":
        return Predicate(f"cpu.cores {sign} {plain(Decimal(value))}")
    size = Decimal(value) * 2**20
    return Predicate(f"memory {sign} {in_bytes(size)}") if 0 <= size <= LIMIT else None


def _among(labels: Labels, name: str, value: str) -> Predicate | None:
    span = _RANGE.fullmatch(value)
    if span:
        return _between(labels.open(name, "version"), *span.groups())
    if _VERSION.fullmatch(value) and "." in value:
        return Predicate(f"{labels.open(name, 'version')} >= {quoted(value)}")
    items = [item.strip().strip('"').strip() for item in value.split(",")]
    if name == "openhorizon.arch":
        return one_of("arch", [ARCHITECTURES.get(item, item) for item in items])
    fact = labels.open(name)
    return any_of(Predicate(f"{fact} ~ {pattern(has_item(item))}") for item in _bounded(items))


def _bounded(items: list[str]) -> Iterator[str]:
    for item in items:
        if len(item) > 400:  # noqa: PLR2004 - a pattern has at most 1000 characters
            raise Unreadable("a value of it is too long")
        yield item


def _between(fact: str, opens: str, low: str, high: str, closes: str) -> Predicate:
    parts = [Predicate(f"{fact} {'>=' if opens == '[' else '>'} {quoted(low)}")]
    if high != "INFINITY":
        parts.append(Predicate(f"{fact} {'<=' if closes == ']' else '<'} {quoted(high)}"))
    return all_of(parts)
