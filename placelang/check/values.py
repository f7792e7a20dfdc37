"""Values that a clause needs at compile time: constants of a type, whole numbers in a range."""

from __future__ import annotations

from placelang import syntax
from placelang.check.expressions import check_expression, due
from placelang.check.faults import Faults, quoted
from placelang.check.operators import EMPTY
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.expressions import Constant
from placelang.types import NAMED, NUMBER, STRING, Type, Value, spell


def settled(node: syntax.Expression, kind: Type | None, what: str, scope: Scope) -> Constant | None:
    """The constant that `node` spells, of type `kind` if there is one; None, said why, if it spells none. `what` names
    it in the message."""
    found = check_expression(node, scope) if kind is None else due(node, kind, what, scope)
    if found is None:
        return None
    if not isinstance(found, Constant):
        message = f"{what} is a constant"
        scope.faults.error(
            Code.NOT_CONSTANT, node.span, message, hint="write a literal, or the name of a `param` or `let`"
        )
        return None
    if found.type == EMPTY:
        scope.faults.error(Code.WRONG_TYPE, node.span, "nothing says what this empty list would hold")
        return None
    return found


def constant(node: syntax.Expression, kind: Type, what: str, scope: Scope) -> Value | None:
    """The value of the constant of type `kind` that `node` spells."""
    found = settled(node, kind, what, scope)
    return found.value if found else None


def type_of(node: syntax.TypeName, faults: Faults) -> Type | None:
    """The type that `node` names."""
    kind = NAMED.get(node.name.text)
    if kind is None:
        hint = "types are " + ", ".join(f"`{name}`" for name in NAMED)
        message = f"there is no type {quoted(node.name.text)}"
        faults.unknown(node.name.span, message, node.name.text, NAMED, hint=hint)
        return None
    return Type("list", kind) if node.is_list else kind


def choices_of(node: syntax.ListOf, kind: Type, scope: Scope) -> tuple[Value, ...] | None:
    """The values of the `in […]` that follows a type; of a list type, those that its elements can have."""
    values = [constant(item, kind.element or kind, "each value of this list", scope) for item in node.items]
    if not values:
        scope.faults.error(Code.OUT_OF_RANGE, node.span, "an empty list leaves no value to choose")
    known = tuple(value for value in values if value is not None)
    return known if known and len(known) == len(values) else None


def text(node: syntax.Expression, what: str, scope: Scope) -> str | None:
    """A constant text without control characters."""
    found = constant(node, STRING, what, scope)
    if not isinstance(found, str):
        return None
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in found):  # noqa: PLR2004 - the control characters of ASCII and of Latin-1
        scope.faults.error(Code.MALFORMED, node.span, f"{what} cannot hold control characters")
        return None
    return found


def integer(
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
