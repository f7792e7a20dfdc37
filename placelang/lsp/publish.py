"""From what is wrong with fleets to what the editor shows, file by file.

A fault without a place of its own, such as an inventory that is not there, is shown at the start of the root file.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from placelang.diagnostics import Diagnostic, Severity
from placelang.lsp.analysis import Analysis, Workspace
from placelang.lsp.counts import told

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
}
_START = types.Range(types.Position(0, 0), types.Position(0, 0))


def reports(analyses: Iterable[Analysis], workspace: Workspace) -> dict[str, list[types.Diagnostic]]:
    """By URI, what is wrong in each file of the fleets; what two of them find is told once."""
    found: dict[str, dict[Diagnostic, types.Diagnostic]] = {}
    for analysis in analyses:
        for module in analysis.modules.modules:
            found.setdefault(workspace.uri(module.source.path), {})
        for diagnostic in told(analysis):
            uri, report = shown(diagnostic, analysis, workspace)
            found.setdefault(uri, {})[diagnostic] = report
    return {uri: list(diagnostics.values()) for uri, diagnostics in found.items()}


def shown(diagnostic: Diagnostic, analysis: Analysis, workspace: Workspace) -> tuple[str, types.Diagnostic]:
    """A diagnostic as the editor shows it, and in which file."""
    place = workspace.location(diagnostic.span) if diagnostic.span else None
    path = diagnostic.span.path if diagnostic.span else diagnostic.path
    uri = place.uri if place else workspace.uri(analysis.fleet.root)
    subject = "" if place or path in (None, analysis.fleet.root) else f"{path}: "
    return uri, types.Diagnostic(
        range=place.range if place else _START,
        message=subject + message_of(diagnostic),
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.code.value,
        source="placelang",
        related_information=[
            types.DiagnosticRelatedInformation(location, label.text)
            for label in diagnostic.labels
            if (location := workspace.location(label.span)) is not None
        ]
        or None,
    )


def message_of(diagnostic: Diagnostic) -> str:
    """All that a diagnostic says in words."""
    hint = () if diagnostic.hint is None else (f"hint: {diagnostic.hint}",)
    return "\n".join((diagnostic.message, *(f"note: {note}" for note in diagnostic.notes), *hint))
