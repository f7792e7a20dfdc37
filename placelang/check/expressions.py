"""Expressions: names resolved, types and units judged, constants folded.

`check_expression` returns the typed expression, or None where a fault was reported: None silences what surrounds it,
so that one fault is told once.
"""

from __future__ import annotations

from typing import assert_never

from placelang import syntax
from placelang.check.binary import check_binary
from placelang.check.calls import check_call, not_a_value
from placelang.check.faults import describe
from placelang.check.literals import offer, quantity, rewrite
from placelang.check.names import resolve
from placelang.check.operators import fit, number
from placelang.check.profiles import check_member
from placelang.check.scope import Scope
from placelang.check.texts import check_list, check_text
from placelang.codes import Code
from placelang.diagnostics import Edit, Span
from placelang.expressions import And, Constant, Expr, Negate, Not, Or
from placelang.types import BOOL, Type


def check_expression(  # noqa: C901, PLR0912 - one arm for each kind of node
    node: syntax.Expression | syntax.Filtered, scope: Scope
) -> Expr | None:
    """The typed form of `node` as it stands in `scope`."""
    match node:
        case syntax.Name():
            return resolve(node, scope)
        case syntax.Binary():
            return check_binary(node, scope, check_expression)
        case syntax.Quantity():
            return quantity(node, scope.faults)
        case syntax.String():
            return check_text(node, scope)
        case syntax.Logic():
            return _logic(node, scope)
        case syntax.Paren():
            return check_expression(node.inner, scope)
        case syntax.Not():
            return _not(node, scope)
        case syntax.Negative():
            return _negative(node, scope)
        case syntax.ListOf():
            return check_list(node, scope, check_expression)
        case syntax.Boolean():
            return Constant(BOOL, node.span, node.value)
        case syntax.Call():
            return check_call(node, scope, check_expression)
        case syntax.Member():
            return check_member(node, scope)
        case syntax.Filtered():
            not_a_value(node.noun, scope)
            return None
    assert_never(node)


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
        fix=rewrite(node, kind),
    )
    return None


def condition(node: syntax.Expression, scope: Scope) -> Expr | None:
    """The expression where a condition is due."""
    found = check_expression(node, scope)
    if found is None or found.type == BOOL:
        return found
    scope.faults.error(
        Code.WRONG_TYPE,
        node.span,
        f"a condition is due here, and this is {describe(found.type)}",
        hint=_as_condition(node, found),
    )
    return None


def _as_condition(node: syntax.Expression, found: Expr) -> str | None:
    if not isinstance(node, syntax.Name):
        return None
    if found.type.element:
        return f'compare it: `"…" in {node.text}`'
    return f"compare it: `{node.text} {'>=' if found.type.numeric else '=='} …`, or ask `known({node.text})`"


def _not(node: syntax.Not, scope: Scope) -> Expr | None:
    operand = condition(node.operand, scope)
    if isinstance(operand, Constant):
        return Constant(BOOL, node.span, not operand.value)
    return Not(BOOL, node.span, operand) if operand else None


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
    operands: list[Expr] = []
    for operand in node.operands:
        if isinstance(operand, syntax.Logic) and operand.operator != node.operator:
            _warn_of_mixture(node, operand, scope)
        found = condition(operand, scope)
        if found is not None:
            operands.append(found)
    if len(operands) < len(node.operands):
        return None
    values = [bool(operand.value) for operand in operands if isinstance(operand, Constant)]
    if len(values) == len(operands):
        return Constant(BOOL, node.span, all(values) if node.operator == "and" else any(values))
    kind = And if node.operator == "and" else Or
    return kind(BOOL, node.span, tuple(operands))


def _warn_of_mixture(outer: syntax.Logic, inner: syntax.Logic, scope: Scope) -> None:
    path, start, end = inner.span
    scope.faults.warn(
        Code.MIXED_AND_OR,
        inner.span,
        f"`{inner.operator}` inside `{outer.operator}` without parentheses",
        hint=f"put this part in parentheses: `{inner.operator}` binds tighter than `{outer.operator}`",
        fix=(Edit(Span(path, start, start), "("), Edit(Span(path, end, end), ")")),
    )
