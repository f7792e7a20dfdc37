"""Typed expressions: what `placelang.check` makes of the syntax tree's and `placelang.evaluate` computes.

Every node has its `type` and the `span` of its source. Names are resolved and parameters and constants folded; derived
facts stay references (`Fact`), to be computed once each, so that no definition can grow without bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.types import Type, Value, spell


@dataclass(frozen=True, slots=True)
class Constant:
    type: Type
    span: Span
    value: Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A built-in fact, label, derived fact or device count of `noun`.

    `name` is without the noun (`uplink.bandwidth`, `device.camera`); `of` is the argument of a fact that takes one
    (the site of `latency("gbg")`). `noun` may be the noun in scope or one that encloses it.
    """

    type: Type
    span: Span
    noun: str
    name: str
    of: str | None = None


VARIANT = ("service", "variant")
"""Noun and name of the fact that says which variant a replica serves: it is known once that is chosen."""


@dataclass(frozen=True, slots=True)
class Negate:
    type: Type
    span: Span
    operand: Expr


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`operator` is one of `+ - * /`; division by zero is unknown."""

    type: Type
    span: Span
    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator` is one of `== != < <= > >=`; both sides have one type."""

    type: Type
    span: Span
    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Membership:
    """`item in collection`."""

    type: Type
    span: Span
    item: Expr
    collection: Expr


@dataclass(frozen=True, slots=True)
class Match:
    """`operand ~ 'pattern'`, unanchored; the pattern was compiled by the linear-time engine when it was checked."""

    type: Type
    span: Span
    operand: Expr
    pattern: str


@dataclass(frozen=True, slots=True)
class Not:
    type: Type
    span: Span
    operand: Expr


@dataclass(frozen=True, slots=True)
class And:
    type: Type
    span: Span
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    type: Type
    span: Span
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Default:
    """`value ?? otherwise`."""

    type: Type
    span: Span
    value: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Known:
    type: Type
    span: Span
    operand: Expr


@dataclass(frozen=True, slots=True)
class Quantified:
    """`any all count sum` over the things of `noun` in what is in scope; `summed` only for `sum`."""

    type: Type
    span: Span
    function: str
    noun: str
    predicate: Expr
    summed: Expr | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """Text with interpolations; each operand stands as `placelang.types.spell` writes it."""

    type: Type
    span: Span
    operands: tuple[Expr, ...]


Expr = (
    Constant | Fact | Negate | Arithmetic | Comparison | Membership | Match | Not | And | Or | Default | Known
    | Quantified | Template
)  # fmt: skip


def with_variant(expr: Expr, name: str) -> Expr:
    """The expression where the variant that is served is called `name`."""
    if isinstance(expr, Fact):
        return Constant(expr.type, expr.span, name) if (expr.noun, expr.name) == VARIANT else expr
    if isinstance(expr, Constant):
        return expr
    found = {one.name: getattr(expr, one.name) for one in fields(expr)}
    changed: dict[str, Any] = {
        field: tuple(with_variant(one, name) for one in value)
        if isinstance(value, tuple)
        else with_variant(value, name)
        for field, value in found.items()
        if field in _OPERANDS and value is not None
    }
    known = replace(expr, **changed) if changed else expr
    if isinstance(known, Template) and all(isinstance(one, Constant) for one in known.operands):
        texts = (spell(one.value, one.type) for one in known.operands if isinstance(one, Constant))
        return Constant(known.type, known.span, "".join(texts))
    return known


_OPERANDS = frozenset(
    {
        "operand",
        "operands",
        "left",
        "right",
        "item",
        "collection",
        "value",
        "otherwise",
        "predicate",
        "summed",
    }
)


def operands(expr: Expr) -> tuple[Expr, ...]:
    """The expressions of which `expr` is made directly, in the order in which they are written."""
    match expr:
        case Constant() | Fact():
            return ()
        case Negate() | Not() | Known() | Match():
            return (expr.operand,)
        case Arithmetic() | Comparison():
            return (expr.left, expr.right)
        case Membership():
            return (expr.item, expr.collection)
        case And() | Or() | Template():
            return expr.operands
        case Default():
            return (expr.value, expr.otherwise)
        case Quantified():
            return (expr.predicate,) if expr.summed is None else (expr.summed, expr.predicate)


def nodes(tree: object, without: Collection[str] = ()) -> Iterator[object]:
    """All that a program, or a part of it, is made of, but for the fields called `without`."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting += one
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif is_dataclass(one) and not isinstance(one, type):
            yield one
            waiting += (getattr(one, field.name) for field in fields(one) if field.name not in without)
