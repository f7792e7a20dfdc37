"""Parsing a text again after an edit: only the top-level statements whose tokens have changed are read anew.

Enters: a source, and what is known of an earlier version of it. Leaves: exactly what `parse` leaves, and what the next
version can build on. Tokens and layout are always made anew, because one brace can change what all others mean; once
they are there, statements do not depend on each other. A statement with a fault is read anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from placelang import syntax
from placelang.diagnostics import Span
from placelang.parse import grammar_table, parse
from placelang.parse.braces import balance
from placelang.parse.driver import drive
from placelang.parse.faults import Faults
from placelang.parse.layout import ERROR, NL, lay_out
from placelang.parse.recovery import recovery
from placelang.parse.tokens import Tokens, read_tokens

if TYPE_CHECKING:
    from placelang.diagnostics import Diagnostic, Source

Key = tuple[str, tuple[str, ...], tuple[int, ...], tuple[int, ...]]
"""What a statement is made of: its text, and its tokens by kind and place in that text."""


@dataclass(frozen=True, slots=True)
class Known:
    """Statements without faults of the file `path`: by key, with the offset at which they stood."""

    path: str = ""
    statements: Mapping[Key, tuple[int, tuple[syntax.Statement, ...]]] = field(default_factory=dict)


def parse_again(source: Source, known: Known) -> tuple[syntax.Tree, tuple[Diagnostic, ...], Known]:
    """The tree of one file, its syntax errors, and what is known of it now."""
    table = grammar_table()
    faults = Faults(source)
    tokens, comments = read_tokens(source, table, faults)
    tokens = lay_out(balance(tokens, faults), table, faults)
    before = known.statements if known.path == source.path else {}
    early = [d.span.start for d in faults.found if d.span]
    statements: list[syntax.Statement] = []
    now: dict[Key, tuple[int, tuple[syntax.Statement, ...]]] = {}
    for first, last in _statements(tokens):
        if faults.full:
            return (*parse(source), Known())
        start, end = tokens.starts[first], tokens.ends[last - 1]
        key = _key(source.text[start:end], tokens, first, last)
        found = before.get(key)
        healthy = not any(start <= at <= end for at in early)
        if found is None or not healthy:
            count = len(faults.found)
            part = _slice(tokens, first, last)
            found = start, drive(part, table, faults, recovery(table, faults))
            healthy = healthy and len(faults.found) == count
        elif found[0] != start:
            found = start, _moved(found[1], start - found[0])
        statements += found[1]
        if healthy:
            now[key] = found
    if faults.full:
        return (*parse(source), Known())
    tree = syntax.Tree(Span(source.path, 0, len(source.text)), tuple(statements), comments)
    return tree, faults.result(), Known(source.path, now)


def _statements(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """The top-level statements as ranges of tokens, each with the _NL that ends it."""
    depth = first = 0
    for i, kind in enumerate(tokens.kinds, 1):
        if kind == NL and depth == 0:
            yield first, i
            first = i
        elif kind == "LBRACE":
            depth += 1
        elif kind == "RBRACE":
            depth -= 1


def _key(text: str, tokens: Tokens, first: int, last: int) -> Key:
    base = tokens.starts[first]
    starts = tuple([start - base for start in tokens.starts[first:last]])
    ends = tuple([end - base for end in tokens.ends[first:last]])
    return text, tuple(tokens.kinds[first:last]), starts, ends


def _slice(tokens: Tokens, first: int, last: int) -> Tokens:
    """The tokens of one statement; unless it is the last one, with a clause after it that says nothing, so that no
    message speaks of the end of the file."""
    part = Tokens(tokens.kinds[first:last], tokens.starts[first:last], tokens.ends[first:last])
    if last < len(tokens.kinds):
        for kind in (ERROR, NL):
            part.append(kind, part.ends[-1], part.ends[-1])
    return part


# --- moving nodes --------------------------------------------------------------------------------------------------


def _moved(value: Any, by: int) -> Any:
    """The same nodes, `by` characters further on."""
    move = _MOVES.get(type(value))
    return move(value, by) if move else value


def _node(kind: type) -> Callable[[Any, int], Any]:
    """Moves the nodes of a kind; written for speed, since one inserted line moves all that follow."""
    get: Callable[[Any], tuple[Any, ...]] = attrgetter("span", *(f.name for f in fields(kind)))
    find = _MOVES.get

    def move(node: Any, by: int) -> Any:
        _, *values = get(node)
        return kind(*[m(value, by) if (m := find(type(value))) else value for value in values])

    return move


def _span(
    span: Span, by: int, new: Callable[[type[Span], tuple[str, int, int]], Span] = tuple.__new__
) -> Span:
    path, start, end = span
    return new(Span, (path, start + by, end + by))


_MOVES: dict[type, Callable[[Any, int], Any]] = {
    Span: _span,
    tuple: lambda items, by: tuple([_moved(item, by) for item in items]),
}
_MOVES |= {
    kind: _node(kind) for kind in vars(syntax).values() if isinstance(kind, type) and is_dataclass(kind)
}
