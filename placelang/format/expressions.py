"""From expressions to documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from placelang import syntax as s
from placelang.format.document import Break, Document, Group, IfBroken, Nest, flat, joined
from placelang_grammar import load

Write = Callable[[s.Expression | s.Filtered], Document]


def expression(e: s.Expression | s.Filtered, text: str) -> Document:
    """The document of an expression; literals are taken from the source text as they are."""
    return _FORMS[type(e)](e, lambda inner: expression(inner, text), text)


def _literal(e: Any, _write: Write, text: str) -> Document:
    return text[e.span.start : e.span.end]


def _logic(e: s.Logic, write: Write, _text: str) -> Document:
    return Group(joined([write(operand) for operand in e.operands], (Break(), f"{e.operator} ")))


def _binary(e: s.Binary, write: Write, _text: str) -> Document:
    """A bracket opens on the line of its operator; so does a name, which might look like the next clause elsewhere."""
    left, right = write(e.left), write(e.right)
    if isinstance(e.right, (s.Name, s.ListOf, s.Paren, s.Call)):
        return left, f" {e.operator} ", right
    return Group((left, f" {e.operator}", Nest((Break(), right))))


def _bracketed(opening: str, items: list[Document], closing: str, *, trailing: str = "") -> Document:
    if not items:
        return opening + closing
    inner = (Break(""), joined(items, (",", Break())), IfBroken(trailing))
    return Group((opening, Nest(inner), Break(""), closing))


def listed(items: list[Document]) -> Document:
    """A list without brackets; an item that looks like a clause stays on the line of the item before."""
    parts: list[Document] = []
    for i, item in enumerate(items):
        gap = " " if _looks_like_clause(flat(item)) else Break()
        parts.append((",", gap, item) if i else item)
    return Group(tuple(parts))


def _looks_like_clause(item: str) -> bool:
    """Whether a line that begins with the item would be read as a clause of the block."""
    word, _, rest = item.partition(" ")
    return word in _starters() and (not rest or rest[0].isalnum() or rest[0] in "_\"'")


_FORMS: dict[type, Callable[[Any, Write, str], Document]] = {
    s.Name: lambda e, _write, _text: e.text,
    s.Quantity: _literal,
    s.String: _literal,
    s.Boolean: lambda e, _write, _text: "true" if e.value else "false",
    s.ListOf: lambda e, write, _text: _bracketed("[", [write(item) for item in e.items], "]", trailing=","),
    s.Call: lambda e, write, _text: (e.function.text, _bracketed("(", [write(a) for a in e.arguments], ")")),
    s.Paren: lambda e, write, _text: _bracketed("(", [write(e.inner)], ")"),
    s.Filtered: lambda e, write, _text: (f"{e.noun.text} where ", write(e.predicate)),
    s.Member: lambda e, write, _text: (write(e.of), ".", e.name.text),
    s.Negative: lambda e, write, _text: ("-", write(e.operand)),
    s.Not: lambda e, write, _text: ("not ", write(e.operand)),
    s.Binary: _binary,
    s.Logic: _logic,
}


@cache
def _starters() -> frozenset[str]:
    """The words that begin a clause in some block."""
    texts = {terminal: text for text, terminal in load().words.items()}
    return frozenset(texts[kind] for head, kinds in load().blocks.items() if head for kind in kinds)
