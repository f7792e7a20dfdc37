"""What a predicate over services comes to for one of them: all that is known of a service is known when it is checked,
but for an image that depends on the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from placelang.check.operators import fold, number
from placelang.check.patterns import matches
from placelang.expressions import (
    And,
    Arithmetic,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Known,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Quantified,
    Template,
)
from placelang.program import Service
from placelang.types import BOOL, NUMBER, STRING, STRINGS, spell

SERVICE = "service"


def judge(predicate: Expr, service: Service) -> Expr:
    """The predicate with what is known of the service put in and worked out: a constant, or an expression over hosts
    where its image is one."""
    span = predicate.span
    facts: dict[str, Expr] = {
        "name": Constant(STRING, span, service.name.removeprefix(f"{service.app}.")),
        "app": Constant(STRING, span, service.app),
        "file": Constant(STRING, span, service.span.path),
        "tags": Constant(STRINGS, span, service.tags),
        "priority": Constant(NUMBER, span, float(service.priority)),
        "image": service.image or Constant(STRING, span, ""),
    }
    return _worked_out(predicate, facts)


def binds(predicate: Expr | None, service: Service) -> bool:
    """Whether the predicate is not known to be false of the service."""
    if predicate is None:
        return True
    found = judge(predicate, service)
    return not (isinstance(found, Constant) and found.value is False)


def _worked_out(expr: Expr, facts: Mapping[str, Expr]) -> Expr:
    def inner(operand: Expr) -> Expr:
        return _worked_out(operand, facts)

    match expr:
        case Fact():
            return facts[expr.name] if expr.noun == SERVICE else expr
        case Negate() | Not() | Known() | Match():
            return _unary(expr, inner(expr.operand))
        case And() | Or():
            return _logic(expr, [inner(operand) for operand in expr.operands])
        case Comparison() | Arithmetic():
            return _binary(expr, inner(expr.left), inner(expr.right))
        case Membership():
            item, collection = inner(expr.item), inner(expr.collection)
            return _folded(expr, "in", item, collection) or replace(expr, item=item, collection=collection)
        case Default():
            value, otherwise = inner(expr.value), inner(expr.otherwise)
            return value if isinstance(value, Constant) else replace(expr, value=value, otherwise=otherwise)
        case Template():
            return _text(expr, [inner(operand) for operand in expr.operands])
        case Constant() | Quantified():
            return expr


def _unary(expr: Negate | Not | Known | Match, operand: Expr) -> Expr:
    if not isinstance(operand, Constant):
        return replace(expr, operand=operand)
    match expr:
        case Negate():
            return replace(operand, span=expr.span, value=-number(operand.value))
        case Not():
            return Constant(BOOL, expr.span, not operand.value)
        case Known():
            return Constant(BOOL, expr.span, value=True)
        case Match():
            return Constant(BOOL, expr.span, matches(expr.pattern, str(operand.value)))


def _binary(expr: Comparison | Arithmetic, left: Expr, right: Expr) -> Expr:
    return _folded(expr, expr.operator, left, right) or replace(expr, left=left, right=right)


def _folded(expr: Expr, operator: str, left: Expr, right: Expr) -> Constant | None:
    """The constant that two constants come to, if they come to one."""
    if not isinstance(left, Constant) or not isinstance(right, Constant):
        return None
    value = fold(operator, left.value, right.value)
    return Constant(expr.type, expr.span, value) if value is not None else None


def _logic(expr: And | Or, operands: list[Expr]) -> Expr:
    """One constant may decide; otherwise those that do not are left out."""
    deciding = isinstance(expr, Or)
    constants = [bool(operand.value) for operand in operands if isinstance(operand, Constant)]
    if deciding in constants:
        return Constant(BOOL, expr.span, deciding)
    rest = tuple(operand for operand in operands if not isinstance(operand, Constant))
    return replace(expr, operands=rest) if rest else Constant(BOOL, expr.span, not deciding)


def _text(expr: Template, operands: list[Expr]) -> Expr:
    texts = [spell(operand.value, operand.type) for operand in operands if isinstance(operand, Constant)]
    if len(texts) == len(operands):
        return Constant(STRING, expr.span, "".join(texts))
    return replace(expr, operands=tuple(operands))
