"""From a tree back to text: the one canonical form.

Enters: a tree without errors and its source. Leaves: text that parses to the same tree, with every comment, and that
is its own canonical form. Two spaces a level; the values of neighbouring clauses stand in one column; what does not
fit 100 columns is broken at commas, operators and `and`/`or`; single blank lines stay. A block that was on one line
stays there if it fits. A clause with comments inside keeps its lines, moved as a whole.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from placelang.diagnostics import has_errors
from placelang.format.blocks import lines_of
from placelang.parse import parse

if TYPE_CHECKING:
    from placelang.diagnostics import Diagnostic, Source
    from placelang.syntax import Tree

__all__ = ["format_source", "format_tree", "same_meaning"]


def format_source(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The canonical text, or None and the syntax errors that stand against it."""
    tree, diagnostics = parse(source)
    if has_errors(diagnostics):
        return None, diagnostics
    return format_tree(tree, source), diagnostics


def format_tree(tree: Tree, source: Source) -> str:
    """The canonical text of a tree that was read from `source` without errors."""
    return "".join(f"{line}\n" for line in lines_of(tree, source))


def same_meaning(left: object, right: object) -> bool:
    """Whether two trees say the same, wherever their text stands."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same_meaning, left, right))
    if is_dataclass(left) and type(left) is type(right):
        names = [f.name for f in fields(left) if f.name not in ("span", "at", "comments")]
        return all(same_meaning(getattr(left, name), getattr(right, name)) for name in names)
    return left == right
