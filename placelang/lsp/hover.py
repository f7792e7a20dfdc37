"""What is under the cursor: what a name stands for, what a word means, and how many things of the inventory a condition
holds of now.
"""

from __future__ import annotations

import re

from lsprotocol.types import Hover, HoverParams, MarkupContent, MarkupKind

from placelang import syntax
from placelang.diagnostics import Span
from placelang.load import Module
from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.counts import Count, count
from placelang.lsp.describe import describe
from placelang.lsp.navigate import mention_at
from placelang.lsp.uses import Node, Place, path_to
from placelang.lsp.words import WORDS
from placelang.types import BASE_UNITS, in_base_unit

_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
_LONGEST = 60


def hover(workspace: Workspace, params: HoverParams) -> Hover | None:
    """What is known of the place under the cursor."""
    document = workspace.document(params.text_document.uri)
    analysis = next(iter(workspace.analyses(document.path)), None) if document else None
    module = analysis.module(document.path) if analysis and document else None
    if document is None or analysis is None or module is None:
        return None
    offset = document.lines.offset(params.position)
    if any(comment.span.start <= offset <= comment.span.end for comment in module.tree.comments):
        return None
    span, text = (
        _name(analysis, module, offset) or _literal(module, offset) or _word(module, offset) or (None, "")
    )
    matching = _matching(analysis, module, offset)
    if matching:
        span = span or matching[0].span
        text = "\n\n".join(filter(None, (text, _counted(matching[0], matching[1], module))))
    if not text or span is None:
        return None
    return Hover(MarkupContent(MarkupKind.Markdown, text), workspace.lines(module.source).range(span))


def _name(analysis: Analysis, module: Module, offset: int) -> tuple[Span, str] | None:
    mention = mention_at(analysis, module.source.path, offset)
    return (mention.span, describe(mention.symbol, analysis)) if mention else None


def _literal(module: Module, offset: int) -> tuple[Span, str] | None:
    """A quantity in the base unit of its type."""
    nodes = path_to(module.tree, offset)
    node = nodes[-1][0] if nodes else None
    if isinstance(node, syntax.String):
        return node.span, ""
    if not isinstance(node, syntax.Quantity):
        return None
    try:
        found = in_base_unit(node.value, node.unit)
    except OverflowError:
        found = None
    if found is None:
        return node.span, ""
    kind, value = found
    written = module.source.text[node.span.start : node.span.end]
    return node.span, f"`{written}` = {value:,.15g} {BASE_UNITS[kind.name]} ({kind})".replace("  ", " ")


def _word(module: Module, offset: int) -> tuple[Span, str] | None:
    text = module.source.text
    line = text.rfind("\n", 0, offset) + 1
    for found in _WORD.finditer(text, line):
        if found.start() > offset:
            return None
        if offset <= found.end():
            meaning = WORDS.get(found[0])
            return (Span(module.source.path, *found.span()), meaning) if meaning else None
    return None


def _matching(analysis: Analysis, module: Module, offset: int) -> tuple[Node, Count] | None:
    """The innermost condition around an offset, and of how many things it is true."""
    for node, place in reversed(path_to(module.tree, offset)):
        found = _condition(node, place)
        counted = count(*found, analysis) if found else None
        if found and counted:
            return found[0], counted
    return None


def _condition(node: Node, place: Place) -> tuple[syntax.Expression, Place] | None:
    """What could be a condition: the predicate of a filter, or an expression over things."""
    if isinstance(node, syntax.Where | syntax.Filtered | syntax.Scope):
        return node.predicate, place.over(node.noun.text)
    return (node, place) if place.noun and isinstance(node, syntax.Expression) else None


def _counted(node: Node, counted: Count, module: Module) -> str:
    text = " ".join(module.source.text[node.span.start : node.span.end].split())
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"`{shown}`: {counted}"
