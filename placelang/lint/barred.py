"""Services that a policy keeps from every host: what the app asks for is what the policy forbids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.expressions import Constant
from placelang.lint.conditions import MOST, Conditions, Part
from placelang.lint.states import narrowed
from placelang.lint.subject import Subject, warning


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Each service under the policies that bind it everywhere."""
    for found in subject.conditions:
        yield from _barred(found, subject)


def _barred(found: Conditions, subject: Subject) -> Iterator[Diagnostic]:
    service = found.service
    for part, clause in found.by_policy:
        by = f"by the policy `{clause.policy}`"
        against = _against(part, found.required, subject)
        if isinstance(part.expr, Constant) and part.expr.value is False:
            label = (clause.span, f"it is not accepted, {by}")
            yield warning(
                Code.BARRED_BY_POLICY, service.span, f"`{service.name}` can run nowhere", labels=[label]
            )
            return
        if against is not None:
            span = against.expr.span
            message = (
                f"`{service.name}` can run nowhere: {subject.quoted(span)} is never true where it may run"
            )
            label = (part.expr.span, f"required {by}")
            yield warning(Code.BARRED_BY_POLICY, span, message, labels=[label])
            return


def _against(part: Part, required: Sequence[Part], subject: Subject) -> Part | None:
    """The part that is required and that a policy excludes by itself."""
    if len(required) > MOST or narrowed(part.expr, subject.meanings) is None:
        return None
    for one in required:
        if not set(one.terms).isdisjoint(part.terms):
            state = narrowed(one.expr, subject.meanings)
            if state is not None and narrowed(part.expr, subject.meanings, state) is None:
                return one
    return None
