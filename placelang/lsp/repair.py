"""Quick fixes and formatting: edits that the language itself knows to be right."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from placelang.diagnostics import Diagnostic
from placelang.fixes import edits_of
from placelang.format import format_source
from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.counts import told
from placelang.lsp.publish import shown

_ALL = types.CodeActionKind.SourceFixAll


def code_actions(workspace: Workspace, params: types.CodeActionParams) -> list[types.CodeAction]:
    """A fix for each fault in a range that has one, and one for all of the file's."""
    document = workspace.document(params.text_document.uri)
    if document is None:
        return []
    low, high = document.lines.offset(params.range.start), document.lines.offset(params.range.end)
    wanted = params.context.only
    actions: list[types.CodeAction] = []
    everything: dict[Diagnostic, Analysis] = {}
    for analysis in workspace.analyses(document.path):
        for diagnostic in told(analysis):
            span = diagnostic.span
            if (
                diagnostic.fix
                and span
                and workspace.uri(span.path) == document.uri
                and diagnostic not in everything
            ):
                everything[diagnostic] = analysis
                if span.start <= high and low <= span.end and _asked(types.CodeActionKind.QuickFix, wanted):
                    actions.append(_fix(diagnostic, analysis, workspace))
    if everything and _asked(_ALL, wanted):
        edits = _edits(everything, workspace)
        actions.append(
            types.CodeAction("Fix everything that can be fixed for certain", kind=_ALL, edit=edits)
        )
    return actions


def _asked(kind: types.CodeActionKind, wanted: Iterable[types.CodeActionKind | str] | None) -> bool:
    return wanted is None or any(kind.value == only or kind.value.startswith(f"{only}.") for only in wanted)


def _fix(diagnostic: Diagnostic, analysis: Analysis, workspace: Workspace) -> types.CodeAction:
    return types.CodeAction(
        title=_title(diagnostic),
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[shown(diagnostic, analysis, workspace)[1]],
        is_preferred=True,
        edit=_edits([diagnostic], workspace),
    )


def _title(diagnostic: Diagnostic) -> str:
    """`Write` and what is to be written, if that is short; else the hint."""
    if len(diagnostic.fix) == 1 and diagnostic.fix[0].text.strip():
        return f"Write {' '.join(diagnostic.fix[0].text.split())}"
    hint = diagnostic.hint or diagnostic.message
    return hint[:1].upper() + hint[1:]


def _edits(diagnostics: Iterable[Diagnostic], workspace: Workspace) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for edits in edits_of(diagnostics).values():
        for edit in edits:
            place = workspace.location(edit.span)
            if place is not None:
                changes.setdefault(place.uri, []).append(types.TextEdit(place.range, edit.text))
    return types.WorkspaceEdit(changes)


# --- formatting ----------------------------------------------------------------------------------------------------


def formatting(workspace: Workspace, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The edit that gives an open document its canonical form; none while it has syntax errors."""
    document = workspace.document(params.text_document.uri)
    canonical = format_source(document.source)[0] if document else None
    if document is None or canonical is None or canonical == document.text:
        return []
    lines = document.lines
    start = _common(document.text, canonical)
    end = _common(document.text[start:][::-1], canonical[start:][::-1])
    place = types.Range(lines.position(start), lines.position(len(document.text) - end))
    return [types.TextEdit(place, canonical[start : len(canonical) - end])]


def _common(left: str, right: str) -> int:
    """How many characters both begin with."""
    return next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
