"""Values that a clause needs at compile time: constants of a type, whole numbers in a range."""

from __future__ import annotations

from placelang import syntax
from placelang.check.expressions import due
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.expressions import Constant
from placelang.types import NUMBER, STRING, Type, Value, spell


def constant(node: syntax.Expression, kind: Type, what: str, scope: Scope) -> Value | None:
    """The constant that `node` spells; None, said why, if it spells none of that type. `what` names it."""
    found = due(node, kind, what, scope)
    if found is None or isinstance(found, Constant):
        return found.value if found else None
    scope.faults.error(
        Code.NOT_CONSTANT, node.span, f"{what} is a constant", hint="write a literal, a param or a let"
    )
    return None


def text(node: syntax.Expression, what: str, scope: Scope) -> str | None:
    """A constant text without control characters."""
    found = constant(node, STRING, what, scope)
    if not isinstance(found, str):
        return None
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in found):  # noqa: PLR2004
        scope.faults.error(Code.MALFORMED, node.span, f"{what} cannot hold control characters")
        return None
    return found


def integer(  # noqa: PLR0913
    node: syntax.Expression, what: str, scope: Scope, *, low: int, high: int, hint: str | None = None
) -> int | None:
    """A whole number from `low` to `high`."""
    found = constant(node, NUMBER, what, scope)
    if found is None:
        return None
    if isinstance(found, float) and found.is_integer() and low <= found <= high:
        return int(found)
    scope.faults.error(
        Code.OUT_OF_RANGE,
        node.span,
        f"{what} is a whole number from {low} to {high}, and this is {spell(found, NUMBER)}",
        hint=hint,
    )
    return None


def positive(node: syntax.Expression, kind: Type, what: str, scope: Scope) -> float | None:
    """A quantity above zero, in the base unit of its type."""
    found = constant(node, kind, what, scope)
    if not isinstance(found, float):
        return None
    if found > 0:
        return found
    scope.faults.error(
        Code.OUT_OF_RANGE, node.span, f"{what} is more than zero, and this is {spell(found, kind)}"
    )
    return None
