"""The syntax errors of one file, collected in the order of their discovery and bounded in number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Label, Span, in_order

if TYPE_CHECKING:
    from placelang.diagnostics import Source

MOST = 100
"""So many syntax errors are shown of one file."""


@dataclass(slots=True)
class Faults:
    """Where the stages of parsing leave what they find."""

    source: Source
    found: list[Diagnostic] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def add(
        self,
        start: int,
        end: int,
        message: str,
        *,
        code: Code = Code.SYNTAX,
        hint: str | None = None,
        labels: tuple[tuple[int, int, str], ...] = (),
    ) -> None:
        """Note one fault over the characters `[start, end)`."""
        path = self.source.path
        self.starts.append(start)
        if len(self.found) <= MOST:
            marks = tuple(Label(Span(path, a, b), text) for a, b, text in labels)
            self.found.append(Diagnostic(code, message, Span(path, start, end), marks, hint=hint))

    def within(self, start: int, end: int) -> bool:
        """Whether a fault was found between two offsets."""
        return any(start <= at < end for at in self.starts)

    def result(self) -> tuple[Diagnostic, ...]:
        """What was found, by place; a last one says that there is more than is shown."""
        ordered = in_order(self.found)
        if len(ordered) <= MOST:
            return ordered
        further = ordered[MOST].span
        return (
            *ordered[:MOST],
            Diagnostic(Code.SYNTAX, f"more than {MOST} syntax errors, the rest is not shown", further),
        )
