"""Semantic tokens: what each word of a text is, which an editor's grammar cannot tell, since a word is a keyword only
where the language expects it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol.types import SemanticTokens, SemanticTokensLegend, SemanticTokensParams

from placelang.diagnostics import Source
from placelang.facts import FACTS
from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.symbols import Mention, mentions
from placelang.lsp.uses import Role
from placelang.parse import grammar_table
from placelang.parse.faults import Faults
from placelang.parse.tokens import read_tokens

TYPES = (
    *("keyword", "comment", "string", "number", "operator"),
    *("namespace", "class", "variable", "property", "function", "type", "enumMember"),
)
MODIFIERS = ("declaration", "defaultLibrary")
LEGEND = SemanticTokensLegend(TYPES, MODIFIERS)

_NUMBER = {name: i for i, name in enumerate(TYPES)}
_SYMBOLS = {
    "app": "namespace",
    "policy": "namespace",
    "unit": "class",
    "model": "class",
    "constant": "variable",
    "fact": "property",
    "resource": "property",
    "device": "property",
    "function": "function",
    "type": "type",
    "objective": "enumMember",
    "noun": "keyword",
    "metric": "property",
    "profile": "property",
    "variant": "property",
}
_LITERALS = {"STRING": "string", "RAW": "string", "QUANTITY": "number", "TIME": "number", "DATE": "number"}

Piece = tuple[int, int, str, int]
"""Start, end, type, modifiers."""


def semantic_tokens(workspace: Workspace, params: SemanticTokensParams) -> SemanticTokens:
    """The tokens of an open document, each by its distance from the one before."""
    document = workspace.document(params.text_document.uri)
    analysis = next(iter(workspace.analyses(document.path)), None) if document else None
    module = analysis.module(document.path) if document and analysis else None
    if document is None or analysis is None or module is None:
        return SemanticTokens([])
    data: list[int] = []
    line = column = 0
    lines = document.lines
    for start, end, kind, modifiers in _pieces(module.source, analysis):
        position = lines.position(start)
        if position.line != line:
            column = 0
        data += (
            position.line - line,
            position.character - column,
            lines.units(start, end),
            _NUMBER[kind],
            modifiers,
        )
        line, column = position.line, position.character
    return SemanticTokens(data)


def _pieces(source: Source, analysis: Analysis) -> Iterator[Piece]:
    """What has a colour, in order and without overlap: names cut the strings in which they are interpolated."""
    names = sorted(_names(source, analysis))
    at = 0
    for start, end, kind in sorted(_lexed(source)):
        done = start
        while at < len(names) and names[at][0] < end:
            if kind and done < names[at][0]:
                yield done, names[at][0], kind, 0
            yield names[at]
            done = max(done, names[at][1])
            at += 1
        if kind and done < end:
            yield done, end, kind, 0


def _names(source: Source, analysis: Analysis) -> Iterator[Piece]:
    module = analysis.module(source.path)
    for use in analysis.uses(module) if module else ():
        span = use.name.span
        found = sorted(mentions(use, analysis.names), key=lambda mention: mention.span)
        start = span.start
        for mention in found:
            yield start, mention.span.end, _SYMBOLS[mention.symbol.kind], _modifiers(mention)
            start = min(mention.span.end + 1, span.end)
        if not found and use.role is not Role.WORD:
            yield span.start, span.end, "variable", int(use.role.name.startswith("NEW_"))


def _modifiers(mention: Mention) -> int:
    symbol = mention.symbol
    built_in = symbol.kind in ("function", "type", "noun") or symbol.name in FACTS.get(symbol.noun, {})
    return int(mention.declares) | int(built_in) << 1


def _lexed(source: Source) -> Iterator[tuple[int, int, str]]:
    table = grammar_table()
    tokens, comments = read_tokens(source, table, Faults(source))
    words = frozenset(table.words.values())
    signs = frozenset(table.signs.values()) - {
        "LBRACE",
        "RBRACE",
        "LPAR",
        "RPAR",
        "LSQB",
        "RSQB",
        "COMMA",
        "COLON",
    }
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        if kind == "NAME" or kind in words or kind in signs or kind in _LITERALS:
            yield (
                start,
                end,
                "keyword" if kind in words else "operator" if kind in signs else _LITERALS.get(kind, ""),
            )
    for comment in comments:
        yield comment.span.start, comment.span.end, "comment"
