"""Expressions and the literals in them, as written: units are not judged here, parentheses are kept."""

from __future__ import annotations

from decimal import Decimal

from placelang.diagnostics import Span
from placelang.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """`image`, `site.country`, `loss-prevention.detector`: a path whose words are joined by dots."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit that follows it without a space (`""` if none): `2GiB`, `500m`, `20%`, `3`."""

    span: Span
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class String:
    """Text: pieces of characters and, in double quotes, interpolated names. `raw` if in single quotes."""

    span: Span
    parts: tuple[str | Name, ...]
    raw: bool


@dataclass(frozen=True, slots=True)
class Boolean:
    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class ListOf:
    span: Span
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Filtered:
    """`NOUN where PREDICATE`, only as an argument: `any(gpus where memory >= 4GiB)`."""

    span: Span
    noun: Name
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """`any(…)`, `known(x)`, `latency("gbg")`, `host.model("m")`, `secret("n")`, `address(s)`."""

    span: Span
    function: Name
    arguments: tuple[Expression | Filtered, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A fact of what a call returned: `host.model("m").p95`."""

    span: Span
    of: Expression
    name: Name


@dataclass(frozen=True, slots=True)
class Paren:
    span: Span
    inner: Expression


@dataclass(frozen=True, slots=True)
class Negative:
    span: Span
    operand: Expression


@dataclass(frozen=True, slots=True)
class Not:
    span: Span
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is one of `== != < <= > >= in ~ + - * / ??`; `at` is the operator's own span."""

    span: Span
    operator: str
    at: Span
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two or more operands, as written in one run without parentheses."""

    span: Span
    operator: str
    operands: tuple[Expression, ...]


Expression = (
    Name | Quantity | String | Boolean | ListOf | Call | Member | Paren | Negative | Not | Binary | Logic
)
