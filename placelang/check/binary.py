"""Operators with two operands: the typing table applied, constants folded, and what to say where nothing fits."""

from __future__ import annotations

from placelang import syntax
from placelang.check.calls import Check
from placelang.check.choices import is_possible
from placelang.check.faults import describe, rewritten
from placelang.check.literals import offer, rewrite
from placelang.check.operators import RESULTS, agree, fold
from placelang.check.patterns import matches, pattern_of
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.diagnostics import Edit
from placelang.expressions import Arithmetic, Comparison, Constant, Default, Expr, Match, Membership
from placelang.types import BOOL, NUMBER, STRING, Type, spell


def check_binary(node: syntax.Binary, scope: Scope, check: Check) -> Expr | None:
    """The typed form of `left operator right`."""
    if node.operator == "~":
        return _match(node, scope, check)
    left, right = check(node.left, scope), check(node.right, scope)
    if left is None or right is None:
        return None
    if left.type != right.type:
        left, right = agree(node.operator, left, right)
    result = RESULTS.get((node.operator, left.type, right.type))
    if result is None:
        _mismatch(node, left, right, scope)
        return None
    if isinstance(right, Constant):
        if node.operator == "/" and right.value == 0:
            label = (node.right.span, "this is zero")
            scope.faults.error(Code.DIVISION_BY_ZERO, node.at, "division by zero", labels=[label])
            return None
        if isinstance(left, Constant) and node.operator != "??":
            return _folded(node, result, left, right, scope)
    return _combined(node, result, left, right, scope)


def _combined(node: syntax.Binary, result: Type, left: Expr, right: Expr, scope: Scope) -> Expr | None:
    match node.operator:
        case "+" | "-" | "*" | "/":
            return Arithmetic(result, node.span, node.operator, left, right)
        case "??" if isinstance(left, Constant):
            _warn_of_default(node, scope)
            return left
        case "??":
            return Default(result, node.span, left, right)
        case _ if scope.tables.choices and not is_possible(left, right, scope):
            return None
        case "in":
            return Membership(BOOL, node.span, left, right)
        case _:
            return Comparison(BOOL, node.span, node.operator, left, right)


def _folded(
    node: syntax.Binary, result: Type, left: Constant, right: Constant, scope: Scope
) -> Constant | None:
    value = fold(node.operator, left.value, right.value)
    if value is not None:
        return Constant(result, node.span, value)
    scope.faults.error(
        Code.OUT_OF_RANGE,
        node.at,
        "the result is too large",
        labels=[(left.span, spell(left.value, left.type)), (right.span, spell(right.value, right.type))],
    )
    return None


def _warn_of_default(node: syntax.Binary, scope: Scope) -> None:
    """A default of what is written out, and so is always known."""
    if isinstance(node.left, syntax.String | syntax.Quantity | syntax.Boolean):
        message = "this default never counts: what stands before `??` is always known"
        labels = [(node.left.span, "a literal")]
        hint = "the fact stands first: `FACT ?? DEFAULT`"
        scope.faults.warn(Code.CHANGES_NOTHING, node.right.span, message, labels=labels, hint=hint)


def _match(node: syntax.Binary, scope: Scope, check: Check) -> Expr | None:
    operand = check(node.left, scope)
    pattern = pattern_of(node.right, scope.faults)
    if operand is None or pattern is None:
        return None
    if operand.type != STRING:
        message = f"`~` looks for a pattern in text, and this is {describe(operand.type)}"
        scope.faults.error(Code.WRONG_TYPE, node.at, message, labels=[(operand.span, str(operand.type))])
        return None
    if isinstance(operand, Constant):
        return Constant(BOOL, node.span, matches(pattern, str(operand.value)))
    return Match(BOOL, node.span, operand, pattern)


# --- operands that do not fit --------------------------------------------------------------------------------------

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
        text = "{left} has no order: only numbers, quantities and versions have one"
    scope.faults.error(
        Code.WRONG_TYPE,
        node.at,
        text.format(left=describe(left.type), right=describe(right.type)),
        labels=[(node.left.span, str(left.type)), (node.right.span, str(right.type))],
        hint=_repair(node, left, right),
        fix=_rewritten(node, left, right),
    )


def _rewritten(node: syntax.Binary, left: Expr, right: Expr) -> tuple[Edit, ...]:
    """The literal beside a value of another type, as it certainly was meant."""
    if node.operator in _CANNOT or isinstance(left, Constant) == isinstance(right, Constant):
        return ()
    literal, kind = (node.right, left.type) if isinstance(right, Constant) else (node.left, right.type)
    return rewritten(literal.span, rewrite(literal, kind))


def _repair(node: syntax.Binary, left: Expr, right: Expr) -> str | None:
    match node.operator:
        case "in" if left.type.element:
            return 'look for one value at a time: `"a" in … and "b" in …`'
        case "in":
            samples = {"string": '"a", "b"', "version": '"1.0", "2.0"', "number": "1, 2"}
            is_list = right.type.element is not None
            return None if is_list else f"after `in` stands a list: `[{samples.get(left.type.name, '…')}]`"
        case "==" | "!=" if left.type.element or right.type.element:
            return "ask whether the list holds it: `… in …`"
        case "+" if STRING in {left.type, right.type}:
            return 'put texts together by interpolation: `"${a}-${b}"`'
        case "*" if left.type == right.type:
            return "one side of `*` is a number without a unit"
        case "*" | "/":
            return offer(node.right, NUMBER)
        case _:
            return offer(node.right, left.type) or offer(node.left, right.type)
