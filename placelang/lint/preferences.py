"""Preferences that what is required decides: that can never be met, or always are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.expressions import Expr
from placelang.lint.conditions import Part, implied
from placelang.lint.states import narrowed
from placelang.lint.subject import Subject, warning
from placelang.program import Filter


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each service's preferences among hosts and sites."""
    for found in subject.conditions:
        for part, clause in found.preferred:
            about = set(part.terms)
            required = [
                one
                for one in found.required
                if (one.shared or not part.shared) and not about.isdisjoint(one.terms)
            ]
            if required and narrowed(part.expr, subject.meanings) is not None:
                yield from _preference(part.expr, clause, required, subject)


def _preference(
    predicate: Expr, clause: Filter, required: Sequence[Part], subject: Subject
) -> Iterator[Diagnostic]:
    meanings = subject.meanings
    for one in required:
        state = narrowed(one.expr, meanings)
        if state is None:
            continue
        needed = f"{subject.quoted(one.expr.span)} is required"
        if narrowed(predicate, meanings, state) is None:
            message = f"this preference can never be met: {needed}"
            label = (one.expr.span, "this excludes it")
            hint = "remove it, or prefer what is required, and require nothing"
            yield warning(Code.HOPELESS_PREFERENCE, clause.span, message, labels=[label], hint=hint)
            return
        if implied(predicate, state, meanings) and not subject.is_set(predicate):
            message = f"this preference changes nothing: {needed}"
            label = (one.expr.span, "it is always met where this is true")
            yield warning(Code.CHANGES_NOTHING, clause.span, message, labels=[label], hint="remove it")
            return
