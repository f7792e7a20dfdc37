"""The condition of a monitor's rule, as data: a small closed form of operators, constants and metrics.

Every node has an `op`. Numbers are in base units: durations in ms, sizes in bytes, shares in percent. An operand that
is not known makes its operator unknown, but for `and` with a false one, `or` with a true one, `??`, and `known`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from placelang_runtime.base import Document, Name

Finite = Annotated[float, Field(ge=-(2.0**53), le=2.0**53)]


class Metric(Document):
    """What is measured. `of` is the function that makes one value of many (`p95`), or the part that is meant
    (`input`)."""

    op: Literal["metric"] = "metric"
    name: Name
    of: Name | None


class Number(Document):
    op: Literal["number"] = "number"
    value: Finite


class Truth(Document):
    op: Literal["truth"] = "truth"
    value: bool


class Unary(Document):
    op: Literal["not", "negate", "known"]
    operand: Condition


class Binary(Document):
    op: Literal["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "??"]
    left: Condition
    right: Condition


class Many(Document):
    op: Literal["and", "or"]
    operands: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=256)]


class Among(Document):
    """Whether `operand` is one of `values`."""

    op: Literal["in"] = "in"
    operand: Condition
    values: Annotated[tuple[Finite, ...], Field(max_length=1024)]


Condition = Annotated[Metric | Number | Truth | Unary | Binary | Many | Among, Field(discriminator="op")]
