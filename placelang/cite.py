"""Quoting the user's own words: where a clause stands, and what it says, on one line."""

from __future__ import annotations

from collections.abc import Mapping

from placelang.diagnostics import Source, Span
from placelang_runtime.left_out import Clause

_LONGEST = 200


def cite(sources: Mapping[str, Source], span: Span) -> Clause:
    """The clause at `span`, its white space and control characters made single spaces, cut where it is long."""
    source = sources[span.path]
    line, column = source.position(span.start)
    written = source.text[span.start : min(span.end, span.start + 8 * _LONGEST)]
    text = " ".join("".join(c if c.isprintable() else " " for c in written).split())
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return Clause(at=f"{span.path}:{line}:{column}", text=text)
