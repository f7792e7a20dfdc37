"""The typing table, in one place, and what the operators make of constants.

| operators | operands | result |
|---|---|---|
| `== !=` | two of one type, no lists | bool |
| `< <= > >=` | two of one numeric type, or versions | bool |
| `in` | T and [T] | bool |
| `~` | string and a constant pattern | bool |
| `+ -` | two of one numeric type | that type |
| `*` | a numeric type and a number, in any order | the numeric type |
| `/` | a numeric type and a number; two of one numeric type | the numeric type; a number |
| `??` | two of one type | that type |
| `and or not` | bool | bool |

A constant text, or list of texts, beside a version is read as one; an empty list is a list of what it stands beside.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from placelang.expressions import Constant, Expr
from placelang.types import BASE_UNITS, BOOL, LIMIT, NAMED, NUMBER, STRING, VERSION, Type, Value, Version

_ALL = tuple(NAMED.values())
_NUMERIC = tuple(NAMED[name] for name in BASE_UNITS)
_LISTS = {kind: Type("list", kind) for kind in _ALL}
EMPTY = Type("list")
"""The type of `[]` as long as nothing says what it would hold."""

RESULTS: dict[tuple[str, Type, Type], Type] = {
    **{(op, t, t): BOOL for op in ("==", "!=") for t in _ALL},
    **{(op, t, t): BOOL for op in ("<", "<=", ">", ">=") for t in (*_NUMERIC, VERSION)},
    **{("in", t, _LISTS[t]): BOOL for t in _ALL},
    ("~", STRING, STRING): BOOL,
    **{(op, t, t): t for op in ("+", "-") for t in _NUMERIC},
    **{("*", t, NUMBER): t for t in _NUMERIC},
    **{("*", NUMBER, t): t for t in _NUMERIC},
    **{("/", t, t): NUMBER for t in _NUMERIC},
    **{("/", t, NUMBER): t for t in _NUMERIC},
    **{("??", t, t): t for t in (*_ALL, *_LISTS.values())},
}
"""The type of `left operator right` by operator and operands' types; what is missing here is an error."""


def as_version(expression: Expr) -> Expr:
    """A constant text, or list of texts, read as versions; anything else as it is."""
    match expression:
        case Constant(type=Type(name="string"), value=str(text)):
            return replace(expression, type=VERSION, value=Version.of(text))
        case Constant(type=Type(name="list", element=Type(name="string")), value=tuple(items)):
            versions = tuple(Version.of(item) for item in items if isinstance(item, str))
            return replace(expression, type=_LISTS[VERSION], value=versions)
    return expression


def fit(expression: Expr, due: Type) -> Expr:
    """The expression read as one of type `due` where the language allows it; otherwise as it is."""
    if expression.type == due:
        return expression
    if VERSION in {due, due.element}:
        read = as_version(expression)
        return read if read.type == due else expression
    if due.element and isinstance(expression, Constant) and expression.type == EMPTY:
        return replace(expression, type=due)
    return expression


def agree(operator: str, left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Both operands, a text beside a version read as one."""
    if left.type == right.type:
        return left, right
    if operator == "in":
        of = right.type.element
        if of is None:
            return left, fit(right, _LISTS.get(left.type, EMPTY))
        return (left, fit(right, _LISTS[VERSION])) if left.type == VERSION else (fit(left, of), right)
    return fit(left, right.type), fit(right, left.type)


def fold(operator: str, left: Value, right: Value) -> Value | None:
    """What `operator` makes of two constants of fitting types; None for a division by zero, and where the result is
    larger than anything the language counts."""
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "in":
            return isinstance(right, tuple) and left in right
        case "<" | "<=" | ">" | ">=":
            return _ordered(operator, left, right)
        case _:
            return _computed(operator, left, right)


def _ordered(operator: str, left: Value, right: Value) -> bool:
    if isinstance(left, Version) and isinstance(right, Version):
        order = (left.key > right.key) - (left.key < right.key)
    else:
        order = (number(left) > number(right)) - (number(left) < number(right))
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _computed(operator: str, left: Value, right: Value) -> float | None:
    a, b = Decimal(repr(number(left))), Decimal(repr(number(right)))  # in decimal 0.1 + 0.2 is 0.3
    if operator == "/" and not b:
        return None
    result = {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__}[operator](b)
    return float(result) if abs(result) <= Decimal(LIMIT) else None


def number(value: Value) -> float:
    """A value that is known to be numeric."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise TypeError(value)
    return float(value)
