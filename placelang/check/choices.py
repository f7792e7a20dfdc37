"""Closed lists of values: what a label or parameter declared with `in […]` can be."""

from __future__ import annotations

from placelang.check.faults import listed
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import Constant, Expr, Fact
from placelang.types import Type, Value, show, spell

_MOST_SHOWN = 20


def outside(value: Value, choices: tuple[Value, ...]) -> Value | None:
    """What of `value`, itself or in its list, is not on a closed list; None if nothing is."""
    values = value if isinstance(value, tuple) else (value,)
    return next((one for one in values if one not in choices), None)


def is_possible(left: Expr, right: Expr, scope: Scope) -> bool:
    """Whether a label with a closed list is compared with values on it; what it can never be is reported."""
    label, other = (right, left) if isinstance(left, Constant) else (left, right)
    if not isinstance(label, Fact) or not isinstance(other, Constant):
        return True
    choices = scope.tables.choices.get((label.noun, label.name))
    if choices is None:
        return True
    wrong = outside(other.value, choices)
    if wrong is not None:
        not_a_choice(
            wrong,
            choices,
            label.type.element or label.type,
            (other.span, f"`{label.noun}.{label.name}` is"),
            scope,
        )
    return wrong is None


def not_a_choice(
    value: Value, choices: tuple[Value, ...], kind: Type, subject: tuple[Span, str], scope: Scope
) -> None:
    """Reports a value that is not on a closed list; `subject` is where, and how the sentence begins."""
    span, beginning = subject
    texts = [show(choice, kind) for choice in choices[:_MOST_SHOWN]]
    shown = listed(texts) if len(choices) <= _MOST_SHOWN else ", ".join([*texts, "…"])
    near = [spell(choice, kind) for choice in choices] if scope.faults.offers else []
    scope.faults.error(
        Code.NOT_A_CHOICE,
        span,
        f"{beginning} never {show(value, kind)}",
        notes=(f"it is {shown}",),
        hint=scope.faults.suggestion(spell(value, kind), near),
    )
