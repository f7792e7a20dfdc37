"""Clauses of one service that exclude each other, and conditions that others already imply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.expressions import Expr
from placelang.forms import every_need
from placelang.lint.always import never_both
from placelang.lint.conditions import MOST, Part, exclusions, implied, meet, parts_of
from placelang.lint.states import narrowed, term
from placelang.lint.subject import Subject, warning
from placelang.program import ThingNeed


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each service's hard filters, with those of its app, and every other condition by itself."""
    for found in subject.conditions:
        yield from _group(found.required, subject)
    for expr in _alone(subject):
        yield from _group(tuple(parts_of(expr, expr, subject.meanings)), subject)


def _alone(subject: Subject) -> Iterator[Expr]:
    program = subject.program
    yield from (derived.value for derived in program.derived)
    for app in program.apps:
        for need in (need for service in app.services for need in every_need(service)):
            if isinstance(need, ThingNeed) and need.predicate is not None:
                yield need.predicate
        yield from (wave.predicate for wave in (app.rollout.waves if app.rollout else ()) if wave.predicate)
        yield from (rule.when for monitor in app.monitors for rule in monitor.rules)


def _group(parts: Sequence[Part], subject: Subject) -> Iterator[Diagnostic]:
    meanings = subject.meanings
    if not 1 < len(parts) <= MOST or not meet(one for part in parts for one in part.terms):
        return
    possible = [part for part in parts if narrowed(part.expr, meanings) is not None]
    found = list(exclusions(possible, meanings))
    for part, others in found:
        yield from _contradiction(part, others, subject)
    if not found:
        yield from _superfluous(possible, subject)


def _contradiction(part: Part, others: Sequence[Part], subject: Subject) -> Iterator[Diagnostic]:
    """A part that others exclude; within one clause the condition itself has been told."""
    if len(others) == 1 and others[0].clause is not part.clause:
        yield never_both(part.expr, others[0].expr, subject)
    elif any(other.clause is not part.clause for other in others):
        labels = [(other.expr.span, "with this") for other in others]
        message = f"{subject.quoted(part.expr.span)} is never true together with the other conditions"
        yield warning(Code.ALWAYS_FALSE, part.expr.span, message, labels=labels)


def _superfluous(parts: Sequence[Part], subject: Subject) -> Iterator[Diagnostic]:
    """Parts that are true wherever another is; what all services of an app share can only be implied by its like."""
    left = list(parts)
    for part in reversed([part for part in parts if not subject.is_set(part.expr)]):
        about = set(part.terms)
        others = [
            other
            for other in left
            if other is not part and (other.shared or not part.shared) and not about.isdisjoint(other.terms)
        ]
        strong = next((other for other in others if _implies(other, part, subject)), None)
        if strong is not None:
            left.remove(part)
            span = part.expr.span
            label = (strong.expr.span, "it is always true where this is")
            message = f"{subject.quoted(span)} changes nothing"
            yield warning(Code.CHANGES_NOTHING, span, message, labels=[label], hint="remove it")


def _implies(strong: Part, weak: Part, subject: Subject) -> bool:
    """Whether a part is true wherever the other is."""
    if term(strong.expr) == term(weak.expr):
        return True
    state = narrowed(strong.expr, subject.meanings)
    return state is not None and implied(weak.expr, state, subject.meanings)
