"""From source text to the syntax tree.

Enters: a `Source`. Leaves: a `Tree` of all that could be read, and a diagnostic for each thing that could not. Never
raises, whatever the text, and leaves no tree that is nested deeper than a recursive reader can follow.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from placelang.diagnostics import Span
from placelang.parse.braces import balance
from placelang.parse.driver import drive
from placelang.parse.faults import Faults
from placelang.parse.layout import lay_out
from placelang.parse.recovery import recovery
from placelang.parse.tokens import read_tokens
from placelang.syntax import Tree
from placelang_grammar import Table, load

if TYPE_CHECKING:
    from placelang.diagnostics import Diagnostic, Source

__all__ = ["grammar_table", "parse"]


def parse(source: Source) -> tuple[Tree, tuple[Diagnostic, ...]]:
    """The tree of one file and its syntax errors."""
    table = grammar_table()
    faults = Faults(source)
    tokens, comments = read_tokens(source, table, faults)
    tokens = lay_out(balance(tokens, faults), table, faults)
    statements = drive(tokens, table, faults, recovery(table, faults))
    return Tree(Span(source.path, 0, len(source.text)), statements, comments), faults.result()


@cache
def grammar_table() -> Table:
    """The table that all parsing uses."""
    return load()
