"""Clauses by their kind, and those that may stand once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.diagnostics import Span


class Clause(Protocol):
    """Anything that stands in a block."""

    @property
    def span(self) -> Span: ...


Kind = TypeVar("Kind")
Once = TypeVar("Once", bound=Clause)


def of(clauses: Sequence[object], kind: type[Kind]) -> list[Kind]:
    """The clauses of one kind, as they are written."""
    return [clause for clause in clauses if isinstance(clause, kind)]


def one(clauses: Sequence[Once], what: str, scope: Scope) -> Once | None:
    """The clause of a kind that may stand once; each further one is reported."""
    for clause in clauses[1:]:
        scope.faults.error(
            Code.DUPLICATE,
            clause.span,
            f"`{what}` stands twice here",
            labels=[(clauses[0].span, "first here")],
            hint="keep one of them",
        )
    return clauses[0] if clauses else None


def report_twice(span: Span, message: str, before: Span, scope: Scope) -> None:
    """Reports a second thing where there can be one, with the first."""
    scope.faults.error(Code.DUPLICATE, span, message, labels=[(before, "first here")])
