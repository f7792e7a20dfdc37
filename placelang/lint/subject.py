"""What lints look at: a program that is right, the names that it looks up, and a world if there is an inventory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from placelang.check.scope import Tables
from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Edit, Label, Severity, Source, Span
from placelang.expressions import Constant, Expr, operands
from placelang.frozen import dataclass
from placelang.lint.conditions import Conditions, conditions_of
from placelang.lint.states import Meanings
from placelang.load import Modules
from placelang.program import Program

if TYPE_CHECKING:
    from placelang.world import World

LONGEST = 60
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_NAME = re.compile(r"(?<![\w.])(?!(?:and|or|not|in|true|false)\b)[A-Za-z_]")


def has_name(text: str) -> bool:
    """Whether a name stands in the text of an expression, be it in a string."""
    return "${" in text or _NAME.search(_STRINGS.sub("", text)) is not None


@dataclass(frozen=True, slots=True)
class Subject:
    """`world` is None without an inventory. `conditions` are those of all services, in order."""

    modules: Modules
    program: Program
    names: Tables
    world: World | None
    meanings: Meanings
    conditions: tuple[Conditions, ...]
    sources: Mapping[str, Source] = field(repr=False)

    def text(self, span: Span) -> str:
        """What stands at a place, on one line."""
        return " ".join(self.sources[span.path].text[span.start : span.end].split())

    def is_set(self, expr: Expr) -> bool:
        """Whether a constant in it is that of a name, so that it may be another one tomorrow."""
        if isinstance(expr, Constant):
            return has_name(self.text(expr.span))
        return any(map(self.is_set, operands(expr)))

    def quoted(self, span: Span) -> str:
        """What stands at a place, as it stands in messages."""
        text = self.text(span)
        return f"`{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}`"


def subject(modules: Modules, program: Program, names: Tables, world: World | None) -> Subject:
    """The subject of one program."""
    derived = {(one.noun, one.name): one.value for one in program.derived}
    meanings = Meanings(derived, names.choices)
    conditions = tuple(found for app in program.apps for found in conditions_of(app, meanings))
    return Subject(modules, program, names, world, meanings, conditions, modules.sources)


def warning(
    code: Code,
    span: Span,
    message: str,
    *,
    labels: Sequence[tuple[Span, str]] = (),
    notes: tuple[str, ...] = (),
    hint: str | None = None,
    fix: tuple[Edit, ...] = (),
) -> Diagnostic:
    """What a lint says."""
    shown = tuple(Label(where, text) for where, text in labels if where != span)
    return Diagnostic(code, message, span, shown, notes, hint, Severity.WARNING, fix=fix)
