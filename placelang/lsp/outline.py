"""The symbols of a file, as the editor's outline shows them: blocks with what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol.types import DocumentSymbol, DocumentSymbolParams, SymbolKind

from placelang import syntax as s
from placelang.lsp.analysis import Workspace
from placelang.lsp.positions import Lines
from placelang.lsp.uses import Node

_KINDS: dict[type, SymbolKind] = {
    s.App: SymbolKind.Module,
    s.Service: SymbolKind.Class,
    s.Job: SymbolKind.Event,
    s.Policy: SymbolKind.Namespace,
    s.Model: SymbolKind.Object,
    s.Variant: SymbolKind.EnumMember,
    s.Test: SymbolKind.Method,
    s.Param: SymbolKind.Variable,
    s.Let: SymbolKind.Constant,
    s.LabelDeclaration: SymbolKind.Field,
    s.ResourceDeclaration: SymbolKind.Property,
    s.DeviceDeclaration: SymbolKind.Interface,
}
_DETAILS: dict[type, str] = {
    s.Job: "job",
    s.Policy: "policy",
    s.Model: "model",
    s.Variant: "variant",
    s.Param: "param",
    s.LabelDeclaration: "label",
    s.ResourceDeclaration: "resource",
    s.DeviceDeclaration: "device",
}


def document_symbols(workspace: Workspace, params: DocumentSymbolParams) -> list[DocumentSymbol]:
    """The outline of an open document."""
    document = workspace.document(params.text_document.uri)
    source = workspace.sources.text(document.path) if document else None
    if document is None or source is None:
        return []
    tree, _ = workspace.sources.parse(source)
    return list(_symbols(tree.statements, document.lines))


def _symbols(nodes: tuple[Node, ...], lines: Lines) -> Iterator[DocumentSymbol]:
    for node in nodes:
        kind = _KINDS.get(type(node))
        if kind is None:
            continue
        name = node.title if isinstance(node, s.Test) else node.name
        text = lines.text[name.span.start : name.span.end]
        inside = getattr(node, "clauses", getattr(node, "steps", ()))
        yield DocumentSymbol(
            name=text.strip("\"'") or text,
            kind=kind,
            range=lines.range(node.span),
            selection_range=lines.range(name.span),
            detail=_DETAILS.get(type(node)),
            children=list(_symbols(inside, lines)) or None,
        )
