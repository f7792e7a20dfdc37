"""A condition over what was measured: true, false, or None where nobody knows.

The logic is that of the language: what is not known makes its operator unknown, unless the rest decides. So does what
has no value, such as a division by zero, and an operand of the wrong type, which no compiler writes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Final

from placelang_runtime.conditions import Among, Binary, Condition, Many, Metric, Number, Truth, Unary

Value = float | bool | None
Metrics = Callable[[Metric], float | None]
"""What is measured right now, None where it is not known."""

_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def verdict(condition: Condition, metrics: Metrics) -> bool | None:
    """Whether a condition holds."""
    value = evaluate(condition, metrics)
    return value if isinstance(value, bool) else None


def evaluate(condition: Condition, metrics: Metrics) -> Value:
    """The value of a condition, or of a part of one."""
    match condition:
        case Metric():
            return _number(metrics(condition))
        case Number(value=value) | Truth(value=value):
            return value
        case Unary(op="known"):
            return evaluate(condition.operand, metrics) is not None
        case Unary():
            return _unary(condition.op, evaluate(condition.operand, metrics))
        case Binary(op="??"):
            left = evaluate(condition.left, metrics)
            return evaluate(condition.right, metrics) if left is None else left
        case Binary():
            return _binary(
                condition.op, evaluate(condition.left, metrics), evaluate(condition.right, metrics)
            )
        case Many():
            return _many(condition, metrics)
        case Among():
            operand = _number(evaluate(condition.operand, metrics))
            return None if operand is None else operand in condition.values


def _number(value: Value) -> float | None:
    return None if value is None or isinstance(value, bool) or not isfinite(value) else float(value)


def _unary(op: str, value: Value) -> Value:
    if op == "not":
        return not value if isinstance(value, bool) else None
    number = _number(value)
    return None if number is None else -number


def _binary(op: str, left: Value, right: Value) -> Value:
    if op in {"==", "!="}:
        if left is None or right is None or isinstance(left, bool) != isinstance(right, bool):
            return None
        return (left == right) == (op == "==")
    a, b = _number(left), _number(right)
    if a is None or b is None or (op == "/" and b == 0):
        return None
    return _ORDER[op](a, b) if op in _ORDER else _number(_ARITHMETIC[op](a, b))


def _many(condition: Many, metrics: Metrics) -> bool | None:
    decisive = condition.op == "or"
    values = [evaluate(operand, metrics) for operand in condition.operands]
    if any(value is decisive for value in values):
        return decisive
    return not decisive if all(value is (not decisive) for value in values) else None
