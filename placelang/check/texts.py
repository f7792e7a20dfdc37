"""Texts with interpolations, and lists: both made of parts."""

from __future__ import annotations

from placelang import syntax
from placelang.check.calls import Check
from placelang.check.faults import describe, quoted
from placelang.check.names import resolve
from placelang.check.operators import EMPTY
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.expressions import Constant, Expr, Template
from placelang.types import STRING, Type, spell

LONGEST = 4_096
"""What interpolation may make of a text: definitions that double each other would grow without bound."""


def check_text(node: syntax.String, scope: Scope) -> Expr | None:
    """A constant text, or one that is put together for each thing."""
    if len(node.parts) == 1 and isinstance(node.parts[0], str):
        return Constant(STRING, node.span, node.parts[0])
    operands = []
    for part in node.parts:
        found = Constant(STRING, node.span, part) if isinstance(part, str) else _interpolated(part, scope)
        if found is not None:
            operands.append(found)
    if len(operands) < len(node.parts):
        return None
    texts = [spell(operand.value, operand.type) for operand in operands if isinstance(operand, Constant)]
    size = sum(map(len, texts))
    if size > LONGEST:
        scope.faults.error(
            Code.OUT_OF_RANGE,
            node.span,
            f"interpolation makes this text {size:,} characters long",
            notes=(f"at most {LONGEST:,} are allowed",),
        )
        return None
    if len(texts) < len(operands):
        return Template(STRING, node.span, tuple(operands))
    return Constant(STRING, node.span, "".join(texts))


def _interpolated(name: syntax.Name, scope: Scope) -> Expr | None:
    found = resolve(name, scope)
    if found is not None and found.type.name == "list":
        message = f"{quoted(name.text)} is {describe(found.type)}, which has no one text"
        scope.faults.error(Code.WRONG_TYPE, name.span, message)
        return None
    return found


def check_list(node: syntax.ListOf, scope: Scope, check: Check) -> Expr | None:
    """A list of constants of one type."""
    items = [item for part in node.items if (item := _item(part, scope, check)) is not None]
    if len(items) < len(node.items):
        return None
    if not items:
        return Constant(EMPTY, node.span, ())
    first = items[0]
    if first.type.name == "list":
        scope.faults.error(Code.WRONG_TYPE, first.span, "a list cannot hold lists")
        return None
    for item in items:
        if item.type != first.type:
            scope.faults.error(
                Code.WRONG_TYPE,
                item.span,
                f"this list holds {describe(first.type)} and {describe(item.type)}",
                labels=[(first.span, str(first.type)), (item.span, str(item.type))],
                hint="a list holds values of one type",
            )
            return None
    return Constant(Type("list", first.type), node.span, tuple(item.value for item in items))


def _item(node: syntax.Expression, scope: Scope, check: Check) -> Constant | None:
    found = check(node, scope)
    if found is None or isinstance(found, Constant):
        return found
    scope.faults.error(
        Code.NOT_CONSTANT,
        node.span,
        "a list holds constants",
        hint="compare with each fact by itself: `a == b or a == c`",
    )
    return None
