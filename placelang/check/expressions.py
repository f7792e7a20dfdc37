"""Expressions: names resolved, types and units judged, constants folded.

`check_expression` returns the typed expression, or None where a fault was reported: None silences what surrounds it,
so that one fault is told once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from placelang import syntax
from placelang.check.calls import check_call, not_a_value
from placelang.check.faults import listed, quoted
from placelang.check.literals import offer, quantity, rate
from placelang.check.names import resolve
from placelang.check.operators import EMPTY, RESULTS, agree, fit, fold, number
from placelang.check.patterns import matches, pattern_of
from placelang.check.scope import Scope
from placelang.check.unsupported import not_supported
from placelang.codes import Code
from placelang.expressions import (
    And,
    Arithmetic,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Template,
)
from placelang.types import BOOL, NUMBER, STRING, Type, Value, show, spell

LONGEST_TEXT = 4_096
"""What interpolation may make of a text: definitions that double each other would grow without bound."""


def check_expression(node: syntax.Expression | syntax.Filtered, scope: Scope) -> Expr | None:
    """The typed form of `node` as it stands in `scope`."""
    match node:
        case syntax.Name():
            return resolve(node, scope)
        case syntax.Binary():
            return _binary(node, scope)
        case syntax.Quantity():
            return quantity(node, scope.faults)
        case syntax.String():
            return _text(node, scope)
        case syntax.Logic():
            return _logic(node, scope)
        case syntax.Paren():
            return check_expression(node.inner, scope)
        case syntax.Not():
            operand = condition(node.operand, scope)
            if isinstance(operand, Constant):
                return Constant(BOOL, node.span, not operand.value)
            return Not(BOOL, node.span, operand) if operand else None
        case syntax.Negative():
            return _negative(node, scope)
        case syntax.ListOf():
            return _list(node, scope)
        case syntax.Boolean():
            return Constant(BOOL, node.span, node.value)
        case syntax.Call():
            return check_call(node, scope, check_expression)
        case syntax.Member():
            not_supported(scope.faults, node.span, "facts of a model")
            return None
        case syntax.Filtered():
            not_a_value(node.noun, scope)
            return None
    assert_never(node)


def condition(node: syntax.Expression, scope: Scope) -> Expr | None:
    """The expression where a condition is due."""
    found = check_expression(node, scope)
    if found is None or found.type == BOOL:
        return found
    scope.faults.error(
        Code.WRONG_TYPE,
        node.span,
        f"a condition is due here, and this is {describe(found.type)}",
        hint=offer(node, BOOL) or _as_condition(node, found),
    )
    return None


def _as_condition(node: syntax.Expression, found: Expr) -> str | None:
    if not isinstance(node, syntax.Name):
        return None
    if found.type.element:
        return f'compare it: "…" in {node.text}'
    return f"compare it: {node.text} {'>=' if found.type.numeric else '=='} …, or ask known({node.text})"


def describe(kind: Type) -> str:
    """A type as it stands in messages."""
    if kind.element or kind == EMPTY:
        return f"a list {kind}" if kind.element else "an empty list"
    return {"bool": "a condition (bool)", "bytes": "bytes", "bandwidth": "bandwidth", "power": "power"}.get(
        kind.name, f"a {kind}"
    )


# --- literals ------------------------------------------------------------------------------------------------------


def _text(node: syntax.String, scope: Scope) -> Expr | None:
    if len(node.parts) == 1 and isinstance(node.parts[0], str):
        return Constant(STRING, node.span, node.parts[0])
    operands = [
        Constant(STRING, node.span, part) if isinstance(part, str) else _interpolated(part, scope)
        for part in node.parts
    ]
    known = [operand for operand in operands if operand is not None]
    if len(known) < len(operands):
        return None
    constants = [operand for operand in known if isinstance(operand, Constant)]
    size = sum(len(spell(c.value, c.type)) for c in constants)
    if size > LONGEST_TEXT:
        scope.faults.error(
            Code.OUT_OF_RANGE,
            node.span,
            f"interpolation makes this text {size} characters long",
            notes=(f"at most {LONGEST_TEXT} are allowed",),
        )
        return None
    if len(constants) < len(known):
        return Template(STRING, node.span, tuple(known))
    return Constant(STRING, node.span, "".join(spell(c.value, c.type) for c in constants))


def _interpolated(name: syntax.Name, scope: Scope) -> Expr | None:
    found = resolve(name, scope)
    if found is not None and (found.type.element or found.type == EMPTY):
        scope.faults.error(
            Code.WRONG_TYPE,
            name.span,
            f"{quoted(name.text)} is {describe(found.type)}, which has no one text",
        )
        return None
    return found


def _list(node: syntax.ListOf, scope: Scope) -> Expr | None:
    if not node.items:
        return Constant(EMPTY, node.span, ())
    items = [_item(item, scope) for item in node.items]
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return None
    first = known[0]
    for item in known:
        if item.type != first.type:
            scope.faults.error(
                Code.WRONG_TYPE,
                item.span,
                f"this list holds {describe(first.type)} and {describe(item.type)}",
                labels=[(first.span, str(first.type))],
                hint="a list holds values of one type",
            )
            return None
    if first.type.element or first.type == EMPTY:
        scope.faults.error(Code.WRONG_TYPE, first.span, "a list cannot hold lists")
        return None
    return Constant(Type("list", first.type), node.span, tuple(item.value for item in known))


def _item(node: syntax.Expression, scope: Scope) -> Constant | None:
    found = check_expression(node, scope)
    if found is None or isinstance(found, Constant):
        return found
    scope.faults.error(
        Code.NOT_CONSTANT,
        node.span,
        "a list holds constants",
        hint="compare with each fact by itself: a == b or a == c",
    )
    return None


# --- operators -----------------------------------------------------------------------------------------------------


def _negative(node: syntax.Negative, scope: Scope) -> Expr | None:
    operand = check_expression(node.operand, scope)
    if operand is None:
        return None
    if not operand.type.numeric:
        scope.faults.error(Code.WRONG_TYPE, node.span, f"{describe(operand.type)} cannot be negative")
        return None
    if isinstance(operand, Constant):
        return Constant(operand.type, node.span, -number(operand.value))
    return Negate(operand.type, node.span, operand)


def _logic(node: syntax.Logic, scope: Scope) -> Expr | None:
    operands = []
    for operand in node.operands:
        if isinstance(operand, syntax.Logic) and operand.operator != node.operator:
            _warn_of_mixture(node, operand, scope)
        operands.append(condition(operand, scope))
    known = tuple(operand for operand in operands if operand is not None)
    if len(known) < len(operands):
        return None
    if all(isinstance(operand, Constant) for operand in known):
        values = [isinstance(operand, Constant) and bool(operand.value) for operand in known]
        return Constant(BOOL, node.span, all(values) if node.operator == "and" else any(values))
    return And(BOOL, node.span, known) if node.operator == "and" else Or(BOOL, node.span, known)


def _warn_of_mixture(outer: syntax.Logic, inner: syntax.Logic, scope: Scope) -> None:
    scope.faults.warn(
        Code.MIXED_AND_OR,
        inner.span,
        f"`{inner.operator}` inside `{outer.operator}` without parentheses",
        hint=f"put this part in parentheses: {inner.operator} binds tighter than {outer.operator}",
    )


def _binary(node: syntax.Binary, scope: Scope) -> Expr | None:
    if node.operator == "~":
        return _match(node, scope)
    if (hint := rate(node)) is not None and isinstance(node.right, syntax.Name):
        if scope.constant(node.right.text) is None:
            scope.faults.error(Code.WRONG_UNIT, node.span, "there are no bytes per second here", hint=hint)
            return None
    left, right = check_expression(node.left, scope), check_expression(node.right, scope)
    if left is None or right is None:
        return None
    operator = node.operator
    if left.type != right.type:
        left, right = agree(operator, left, right)
    result = RESULTS.get((operator, left.type, right.type))
    if result is None:
        _mismatch(node, left, right, scope)
        return None
    if isinstance(left, Constant) and isinstance(right, Constant) and operator != "??":
        return _folded(node, result, left, right, scope)
    if operator in {"+", "-", "*", "/"}:
        if operator == "/" and isinstance(right, Constant) and right.value == 0:
            _division_by_zero(node, scope)
            return None
        return Arithmetic(result, node.span, operator, left, right)
    if operator == "??":
        return left if isinstance(left, Constant) else Default(result, node.span, left, right)
    if scope.tables.choices and not _possible(left, right, scope):
        return None
    if operator == "in":
        return Membership(BOOL, node.span, left, right)
    return Comparison(BOOL, node.span, operator, left, right)


def _folded(
    node: syntax.Binary, result: Type, left: Constant, right: Constant, scope: Scope
) -> Constant | None:
    value = fold(node.operator, left.value, right.value)
    if value is not None:
        return Constant(result, node.span, value)
    if node.operator == "/" and right.value == 0:
        _division_by_zero(node, scope)
    else:
        scope.faults.error(
            Code.OUT_OF_RANGE,
            node.at,
            "the result is too large",
            labels=[(left.span, spell(left.value, left.type)), (right.span, spell(right.value, right.type))],
        )
    return None


def _division_by_zero(node: syntax.Binary, scope: Scope) -> None:
    scope.faults.error(
        Code.DIVISION_BY_ZERO, node.at, "division by zero", labels=[(node.right.span, "this is zero")]
    )


def _match(node: syntax.Binary, scope: Scope) -> Expr | None:
    operand = check_expression(node.left, scope)
    pattern = pattern_of(node.right, scope.faults)
    if operand is None or pattern is None:
        return None
    if operand.type != STRING:
        scope.faults.error(
            Code.WRONG_TYPE,
            node.at,
            f"`~` looks for a pattern in text, and this is {describe(operand.type)}",
            labels=[(operand.span, str(operand.type))],
        )
        return None
    if isinstance(operand, Constant):
        return Constant(BOOL, node.span, matches(pattern, str(operand.value)))
    return Match(BOOL, node.span, operand, pattern)


# --- faults of operators -------------------------------------------------------------------------------------------

_CANNOT = {
    "+": "cannot add {right} to {left}",
    "-": "cannot subtract {right} from {left}",
    "*": "cannot multiply {left} by {right}",
    "/": "cannot divide {left} by {right}",
    "in": "cannot look for {left} in {right}",
    "??": "the default of {left} cannot be {right}",
}


def _mismatch(node: syntax.Binary, left: Expr, right: Expr, scope: Scope) -> None:
    text = _CANNOT.get(node.operator, "cannot compare {left} with {right}")
    if left.type == right.type and node.operator in {"<", "<=", ">", ">="}:
        text = "{left} has no order"
    scope.faults.error(
        Code.WRONG_TYPE,
        node.at,
        text.format(left=describe(left.type), right=describe(right.type)),
        labels=[(left.span, str(left.type)), (right.span, str(right.type))],
        hint=_repair(node, left, right),
    )


def _repair(node: syntax.Binary, left: Expr, right: Expr) -> str | None:
    operator = node.operator
    if operator == "in":
        return "after `in` stands a list, such as [" + _sample(left) + "]" if not right.type.element else None
    if operator in {"==", "!="} and left.type.element == right.type:
        return "ask whether the list holds it: … in …"
    if operator == "+" and STRING in (left.type, right.type):
        return 'put texts together by interpolation: "${a}-${b}"'
    if operator == "*" and left.type == right.type:
        return "one side of `*` is a number without a unit"
    due_right, due_left = (NUMBER, NUMBER) if operator in {"*", "/"} else (left.type, right.type)
    return offer(node.right, due_right) or offer(node.left, due_left)


def _sample(left: Expr) -> str:
    return {"string": '"a", "b"', "version": '"1.0", "2.0"', "bool": "true"}.get(left.type.name, "1, 2")


def _possible(left: Expr, right: Expr, scope: Scope) -> bool:
    """Whether a label with a closed list of values is compared with values that it can have."""
    if isinstance(left, Constant):
        left, right = right, left
    choices = scope.tables.choices.get((left.noun, left.name)) if isinstance(left, Fact) else None
    if choices is None or not isinstance(left, Fact) or not isinstance(right, Constant):
        return True
    values = right.value if isinstance(right.value, tuple) else (right.value,)
    wrong = [value for value in values if value not in choices]
    if wrong:
        not_a_choice(wrong[0], choices, left.type, replace(right), f"`{left.noun}.{left.name}` is", scope)
    return not wrong


def not_a_choice(  # noqa: PLR0913
    value: Value, choices: tuple[Value, ...], kind: Type, at: Expr, subject: str, scope: Scope
) -> None:
    """Reports a value that is not in a closed list."""
    texts = [show(choice, kind) for choice in choices]
    scope.faults.error(
        Code.NOT_A_CHOICE,
        at.span,
        f"{subject} never {show(value, kind)}",
        notes=("it is one of " + listed(texts[:20]),),
        hint=scope.faults.suggestion(show(value, kind), texts),
    )


def due(node: syntax.Expression, kind: Type, what: str, scope: Scope) -> Expr | None:
    """The expression where a value of type `kind` is due; `what` names it in the message."""
    found = check_expression(node, scope)
    if found is None:
        return None
    fitting = fit(found, kind)
    if fitting.type == kind:
        return fitting
    scope.faults.error(
        Code.WRONG_TYPE,
        node.span,
        f"{what} is {describe(kind)}, and this is {describe(found.type)}",
        hint=offer(node, kind),
    )
    return None
