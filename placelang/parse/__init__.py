"""From source text to the syntax tree.

Enters: a `Source`. Leaves: a `Tree` of all that could be read, and a diagnostic for each thing that could not. Never
raises, whatever the text, and leaves no tree that is nested deeper than a recursive reader can follow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from placelang.diagnostics import Span
from placelang.parse.driver import Stack, drive
from placelang.parse.faults import Faults
from placelang.parse.layout import lay_out
from placelang.parse.tokens import Tokens, read_tokens
from placelang.syntax import Tree
from placelang_grammar import Table, load

if TYPE_CHECKING:
    from placelang.diagnostics import Diagnostic, Source

__all__ = ["parse"]


def parse(source: Source) -> tuple[Tree, tuple[Diagnostic, ...]]:
    """The tree of one file and its syntax errors."""
    table = _table()
    faults = Faults(source)
    raw, comments = read_tokens(source, table, faults)
    tokens = lay_out(raw, table, faults)

    def recover(stack: Stack, tokens: Tokens, index: int) -> int:
        start, end = tokens.starts[index], tokens.ends[index]
        faults.add(start, end, f"unexpected `{source.text[start:end]}`")
        while True:
            while "_ERROR" not in table.actions[stack.states[-1]]:
                stack.cut(len(stack.values) - 1)
            break
        depth = 0
        while True:
            kind = tokens.kinds[index]
            if kind == "$END" or (depth == 0 and kind in ("_NL", "RBRACE")):
                break
            depth += (kind == "LBRACE") - (kind == "RBRACE")
            index += 1
        index -= 1
        tokens.kinds[index] = "_ERROR"
        return index

    statements = drive(tokens, table, faults, recover)
    return Tree(Span(source.path, 0, len(source.text)), statements, comments), faults.result()


@cache
def _table() -> Table:
    return load()
