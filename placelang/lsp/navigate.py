"""From a name to where it is declared, to everywhere that it is named, and to another name for it everywhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from lsprotocol import types

from placelang import syntax
from placelang.diagnostics import Span
from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.protocol import RefusedError
from placelang.lsp.symbols import Mention, Symbol, all_mentions, mentions
from placelang.lsp.uses import path_to

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
_DOTTED = re.compile(rf"{_WORD.pattern}(?:\.{_WORD.pattern})*")
_RESERVED = frozenset(("and", "or", "not", "in", "where", "true", "false"))


class Positioned(Protocol):
    """What every request about a place has."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...

    @property
    def position(self) -> types.Position: ...


def definition(workspace: Workspace, params: types.DefinitionParams) -> list[types.Location]:
    """Where the name at a position is declared; for an import, the file."""
    found = _at(workspace, params)
    if found is None:
        return _imported(workspace, params)
    symbol, analyses = found[0].symbol, found[1]
    return _locations((m.span for m in _everywhere(symbol, analyses) if m.declares), workspace)


def references(workspace: Workspace, params: types.ReferenceParams) -> list[types.Location]:
    """Every place that names what the name at a position stands for."""
    found = _at(workspace, params)
    if found is None:
        return []
    named = _everywhere(found[0].symbol, found[1])
    wanted = (m.span for m in named if params.context.include_declaration or not m.declares)
    return _locations(wanted, workspace)


def prepare_rename(workspace: Workspace, params: types.PrepareRenameParams) -> types.Range:
    """The part of the text that a new name would replace."""
    place = workspace.location(_to_rename(workspace, params)[0].span)
    if place is None:
        raise RefusedError("the file cannot be read any more")
    return place.range


def rename(workspace: Workspace, params: types.RenameParams) -> types.WorkspaceEdit:
    """The edits, in all files of all fleets that have it, that give a symbol another name."""
    mention, analyses = _to_rename(workspace, params)
    symbol, name = mention.symbol, params.new_name
    pattern = _DOTTED if symbol.kind == "fact" else _WORD
    if not pattern.fullmatch(name) or name in _RESERVED:
        raise RefusedError(f"`{name}` cannot be the name of this")
    renamed = symbol._replace(name=name)
    if name != symbol.name and _taken(renamed, analyses):
        raise RefusedError(f"there is another `{name}` already")
    changes: dict[str, list[types.TextEdit]] = {}
    for place in _locations((m.span for m in _everywhere(symbol, analyses)), workspace):
        changes.setdefault(place.uri, []).append(types.TextEdit(place.range, name))
    return types.WorkspaceEdit(changes)


def mention_at(analysis: Analysis, path: str, offset: int) -> Mention | None:
    """What is named at an offset of a file."""
    module = analysis.module(path)
    for use in analysis.uses(module) if module else ():
        if use.name.span.start <= offset <= use.name.span.end:
            found = list(mentions(use, analysis.names))
            return next(
                (m for m in found if m.span.start <= offset <= m.span.end), found[-1] if found else None
            )
    return None


def _at(workspace: Workspace, params: Positioned) -> tuple[Mention, tuple[Analysis, ...]] | None:
    """What is named at a position, and the fleets in which it may be named."""
    document = workspace.document(params.text_document.uri)
    if document is None:
        return None
    analyses = workspace.analyses(document.path)
    offset = document.lines.offset(params.position)
    found = (mention_at(analysis, document.path, offset) for analysis in analyses)
    mention = next((m for m in found if m is not None), None)
    if mention is None:
        return None
    declaring = {m.span.path for m in _everywhere(mention.symbol, analyses) if m.declares}
    for path in sorted(
        declaring
    ):  # what another file declares may be named by roots of which this one knows nothing
        known = {analysis.fleet.root for analysis in analyses}
        analyses += tuple(a for a in workspace.analyses(path) if a.fleet.root not in known)
    return mention, analyses


def _everywhere(symbol: Symbol, analyses: Iterable[Analysis]) -> Iterator[Mention]:
    for analysis in analyses:
        for mention in all_mentions(analysis):
            if mention.symbol == symbol:
                yield mention


def _locations(spans: Iterable[Span], workspace: Workspace) -> list[types.Location]:
    """The places, each once, by file and offset."""
    places = (workspace.location(span) for span in sorted(set(spans)))
    return [place for place in places if place is not None]


def _to_rename(workspace: Workspace, params: Positioned) -> tuple[Mention, tuple[Analysis, ...]]:
    found = _at(workspace, params)
    if found is None:
        raise RefusedError("there is no name here that could be changed")
    if not any(m.declares for m in _everywhere(found[0].symbol, found[1])):
        raise RefusedError(f"`{found[0].symbol.name}` is not declared in these files")
    return found


def _taken(symbol: Symbol, analyses: Iterable[Analysis]) -> bool:
    """Whether something else has the name, or would be hidden by it."""
    if symbol.kind in ("fact", "constant"):
        for analysis in analyses:
            names = analysis.names
            facts = [by[noun] for by in names.facts.values() for noun in by if symbol.noun in ("", noun)]
            if any(symbol.name in table for table in facts + list(names.constants.values())):
                return True
    return any(m.declares for m in _everywhere(symbol, analyses))


def _imported(workspace: Workspace, params: Positioned) -> list[types.Location]:
    """The beginning of the file that an import at a position names."""
    document = workspace.document(params.text_document.uri)
    if document is None or (source := workspace.sources.text(document.path)) is None:
        return []
    tree, _ = workspace.sources.parse(source)
    for node, _ in path_to(tree, document.lines.offset(params.position)):
        if isinstance(node, syntax.Import):
            text = "".join(part for part in node.path.parts if isinstance(part, str))
            target = os.path.normpath(os.path.join(os.path.dirname(document.path), text))  # noqa: PTH118, PTH120
            return _locations([Span(target, 0, 0)], workspace)
    return []
