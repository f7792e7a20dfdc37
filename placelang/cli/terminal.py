"""Diagnostics on standard error, beside what every command says there."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence

from placelang.diagnostics import Diagnostic, Severity, Source, Span
from placelang.render import render
from placelang_runtime.cli.logs import LOGGER, as_json
from placelang_runtime.cli.terminal import (
    colourful,
    complain,
    count,
    describe,
    emit,
    listed,
    say,
    width,
    write,
    write_file,
)

__all__ = [
    "as_data",
    "colourful",
    "complain",
    "count",
    "describe",
    "emit",
    "listed",
    "report",
    "say",
    "tally",
    "width",
    "write_file",
]


def report(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> None:
    """Show diagnostics on standard error, with a last line that counts them; `--quiet` keeps to errors."""
    quiet = not LOGGER.isEnabledFor(logging.WARNING)
    shown = [d for d in diagnostics if not quiet or d.severity is Severity.ERROR]
    if as_json():
        for diagnostic in shown:
            level = logging.ERROR if diagnostic.severity is Severity.ERROR else logging.WARNING
            LOGGER.log(level, diagnostic.message, extra={"fields": as_data(diagnostic, sources)})
    elif shown:
        write(sys.stderr, f"{render(shown, sources, color=colourful(sys.stderr))}\n{tally(shown)}\n")


def tally(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    severities = [d.severity for d in diagnostics]
    counts = [(kind.value, severities.count(kind)) for kind in Severity]
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for word, n in counts if n) or "no errors"


def as_data(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> dict[str, object]:
    """A diagnostic as JSON has it, places counted as people count them."""
    place = _place(diagnostic.span, sources) if diagnostic.span else {"path": diagnostic.path}
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code.value,
        "message": diagnostic.message,
        **place,
        "labels": [{"text": label.text, **_place(label.span, sources)} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "hint": diagnostic.hint,
        "fix": [{"text": edit.text, **_place(edit.span, sources)} for edit in diagnostic.fix],
    }


def _place(span: Span, sources: Mapping[str, Source]) -> dict[str, object]:
    source = sources.get(span.path)
    if source is None:
        return {"path": span.path}
    start, end = source.position(span.start), source.position(span.end)
    return {
        "path": span.path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }
