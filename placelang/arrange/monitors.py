"""The conditions of monitors as the plan carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from placelang.cite import cite
from placelang.expressions import (
    And,
    Arithmetic,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Known,
    Membership,
    Negate,
    Not,
    Or,
)
from placelang.facts import METRIC
from placelang.lower import Lowered
from placelang.operations import Monitor
from placelang.types import Value
from placelang_runtime import conditions
from placelang_runtime import operations as document

_Operator = Literal["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "??"]
_Action = Literal["alert", "roll-back", "run"]


def carried(lowered: Lowered, app: str, monitor: Monitor) -> document.Monitor:
    """A monitor as a site carries it."""
    return document.Monitor(
        app=app,
        kind="model" if monitor.kind == "model" else "service",
        target=monitor.target,
        rules=tuple(
            document.Rule(
                action=cast("_Action", rule.action),
                job=f"{app}.{rule.job}" if rule.job is not None else None,
                text=cite(lowered.sources, rule.span).text,
                when=condition(rule.when),
                lasting_ms=rule.lasting_ms,
            )
            for rule in monitor.rules
        ),
    )


def condition(expr: Expr) -> conditions.Condition:
    """An expression over metrics as data."""
    match expr:
        case Constant():
            return _constant(expr.value)
        case Fact(noun=noun) if noun == METRIC:
            return conditions.Metric(name=expr.name, of=expr.of)
        case Not() | Negate() | Known():
            return conditions.Unary(op=_UNARY[type(expr)], operand=condition(expr.operand))
        case And() | Or():
            operands = tuple(condition(operand) for operand in expr.operands)
            return conditions.Many(op="and" if isinstance(expr, And) else "or", operands=operands)
        case Comparison() | Arithmetic():
            return _binary(expr.operator, expr.left, expr.right)
        case Default():
            return _binary("??", expr.value, expr.otherwise)
        case Membership(collection=Constant(value=tuple(values))):
            numbers = tuple(value for value in values if isinstance(value, float))
            return conditions.Among(operand=condition(expr.item), values=numbers)
    raise TypeError(expr)


_UNARY: Mapping[type, Literal["not", "negate", "known"]] = {Not: "not", Negate: "negate", Known: "known"}


def _constant(value: Value) -> conditions.Condition:
    if isinstance(value, bool):
        return conditions.Truth(value=value)
    if isinstance(value, float):
        return conditions.Number(value=value)
    raise TypeError(value)


def _binary(operator: str, left: Expr, right: Expr) -> conditions.Binary:
    return conditions.Binary(op=cast("_Operator", operator), left=condition(left), right=condition(right))
