"""The syntax errors of one file: collected by every stage of parsing, bounded in number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Edit, Label, Span, in_order

if TYPE_CHECKING:
    from placelang.diagnostics import Source

MOST = 100
"""So many syntax errors of one file are shown."""


@dataclass(slots=True)
class Faults:
    """Where the stages of parsing leave what they find."""

    source: Source
    found: list[Diagnostic] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether more was found than is shown, so that the rest need not be looked at closely."""
        return len(self.found) > MOST

    def add(
        self,
        at: tuple[int, int],
        message: str,
        *,
        code: Code = Code.SYNTAX,
        hint: str | None = None,
        labels: tuple[tuple[int, int, str], ...] = (),
        fix: str | None = None,
    ) -> None:
        """Note one fault over the characters from `at[0]` up to `at[1]`.

        `fix` is what certainly was meant in their place.
        """
        if not self.full:
            path = self.source.path
            marks = tuple(Label(Span(path, a, b), text) for a, b, text in labels)
            edits = () if fix is None else (Edit(Span(path, *at), fix),)
            self.found.append(Diagnostic(code, message, Span(path, *at), marks, hint=hint, fix=edits))

    def within(self, start: int, end: int) -> bool:
        """Whether a fault was found that begins between two offsets, and whose repair is not certain."""
        return any(d.span and start <= d.span.start < end and not d.fix for d in self.found)

    def result(self) -> tuple[Diagnostic, ...]:
        """What was found, by place; if that is too much, a last one says so."""
        if not self.full:
            return in_order(self.found)
        last = self.found.pop()
        message = f"more than {MOST} syntax errors; the others are not shown"
        return (*in_order(self.found), Diagnostic(Code.SYNTAX, message, last.span))
