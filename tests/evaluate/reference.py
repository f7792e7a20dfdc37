"""A second evaluator, by hand and one thing at a time: what the columns are held against.

A value is a bool, a range of numbers, text, a version or a tuple; None is unknown. A number is a range since a count
may be known only as one; `EVERYTHING` is an unknown number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from placelang import expressions as e
from placelang.types import LIMIT, Version, spell


class Range(NamedTuple):
    """A number that lies from `low` to `high`."""

    low: float
    high: float


EVERYTHING = Range(-math.inf, math.inf)


@dataclass
class Thing:
    """A site, host, GPU or device: its facts (None is unknown), what it stands in, and its sets: the members that
    are known, and whether these are all."""

    noun: str
    name: str
    facts: dict[str, Any]
    parent: Thing | None = None
    sets: dict[str, tuple[list[Thing], bool]] = field(default_factory=dict)


def members(thing: Thing, noun: str) -> tuple[list[Thing], bool]:
    """The things of `noun` in `thing`, and whether these are known to be all."""
    if f"{noun}s" in thing.sets:
        return thing.sets[f"{noun}s"]
    hosts, complete = thing.sets["hosts"]
    inner = [host.sets[f"{noun}s"] for host in hosts]
    return [thing for found, _ in inner for thing in found], complete and all(known for _, known in inner)


def value(  # noqa: C901, PLR0912 - one arm for each kind of node
    expr: e.Expr, thing: Thing, derived: dict[tuple[str, str], e.Expr]
) -> Any:
    """The value of `expr` for `thing`."""

    def of(operand: e.Expr) -> Any:
        return value(operand, thing, derived)

    match expr:
        case e.Constant(value=constant):
            return (
                Range(float(constant), float(constant))
                if isinstance(constant, float | int) and expr.type.numeric
                else constant
            )
        case e.Fact():
            owner: Thing | None = thing
            while owner is not None and owner.noun != expr.noun:
                owner = owner.parent
            assert owner is not None
            if (expr.noun, expr.name) in derived:
                return value(derived[expr.noun, expr.name], owner, derived)
            if expr.name.startswith("device."):
                kind = expr.name.removeprefix("device.")
                found, complete = owner.sets["devices"]
                low = sum(device.facts["kind"] == kind for device in found)
                more = sum(device.facts["kind"] is None for device in found) if complete else math.inf
                return Range(low, low + more)
            fact = owner.facts[expr.name]
            if expr.type.numeric:
                return EVERYTHING if fact is None else Range(fact, fact)
            return fact
        case e.Negate(operand=operand):
            low, high = of(operand)
            return Range(0.0 - high, 0.0 - low)
        case e.Arithmetic(operator=operator, left=left, right=right):
            return arithmetic(operator, of(left), of(right))
        case e.Comparison(operator=operator, left=left, right=right):
            return compare(operator, of(left), of(right))
        case e.Membership(item=item, collection=collection):
            found = of(collection)
            if found is None:
                return None
            numeric = item.type.numeric
            return either([compare("==", of(item), Range(x, x) if numeric else x) for x in found])
        case e.Match(operand=operand, pattern=pattern):
            text = of(operand)
            return None if text is None else re.search(pattern, text) is not None
        case e.Not(operand=operand):
            return negated(of(operand))
        case e.And(operands=operands):
            return negated(either([negated(of(operand)) for operand in operands]))
        case e.Or(operands=operands):
            return either([of(operand) for operand in operands])
        case e.Default(value=first, otherwise=otherwise):
            found = of(first)
            return found if is_known(found) else of(otherwise)
        case e.Known(operand=operand):
            return is_known(of(operand))
        case e.Quantified():
            return quantified(expr, thing, derived)
        case e.Template(operands=operands):
            values = [of(operand) for operand in operands]
            if not all(map(is_known, values)):
                return None
            return "".join(
                spell(v[0] if o.type.numeric else v, o.type) for v, o in zip(values, operands, strict=True)
            )


def is_known(found: Any) -> bool:
    return found.low == found.high if isinstance(found, Range) else found is not None


def negated(found: bool | None) -> bool | None:
    return None if found is None else not found


def either(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if None in found else False


def arithmetic(operator: str, left: Range, right: Range) -> Range:
    if operator == "/" and right[0] <= 0 <= right[1]:
        return EVERYTHING
    if operator == "+":
        ends = [left[0] + right[0], left[1] + right[1]]
    elif operator == "-":
        ends = [left[0] - right[1], left[1] - right[0]]
    else:
        ends = [a * b if operator == "*" else a / b for a in left for b in right]
    return EVERYTHING if any(math.isnan(end) for end in ends) else bounded(min(ends), max(ends))


def bounded(low: float, high: float) -> Range:
    """The range without what is beyond all numbers of the language."""
    if low > LIMIT or high < -LIMIT:
        return EVERYTHING
    return Range((-math.inf if low < -LIMIT else low) + 0.0, (math.inf if high > LIMIT else high) + 0.0)


def compare(operator: str, left: Any, right: Any) -> bool | None:
    if operator in (">", ">="):
        return compare({">": "<", ">=": "<="}[operator], right, left)
    if operator == "!=":
        return negated(compare("==", left, right))
    if isinstance(left, Range):
        return compare_ranges(operator, left, right)
    if left is None or right is None:
        return None
    if operator == "==":
        return bool(left == right)
    assert isinstance(left, Version)
    return left.key < right.key or (operator == "<=" and left.key == right.key)


def compare_ranges(operator: str, left: Range, right: Range) -> bool | None:
    """True if it holds for every number of each range, false if for none, else unknown."""
    if operator == "==":
        if left[0] == left[1] == right[0] == right[1]:
            return True
        return False if left[1] < right[0] or right[1] < left[0] else None
    strict = operator == "<"
    if left[1] < right[0] or (not strict and left[1] == right[0]):
        return True
    return False if left[0] > right[1] or (strict and left[0] == right[1]) else None


def quantified(expr: e.Quantified, thing: Thing, derived: dict[tuple[str, str], e.Expr]) -> Any:
    found, complete = members(thing, expr.noun)
    holds = [value(expr.predicate, member, derived) for member in found]
    more: list[bool | None] = [] if complete else [None]
    if expr.function == "any":
        return either(holds + more)
    if expr.function == "all":
        return negated(either([negated(h) for h in holds] + more))
    low, high = 0.0, 0.0
    floor = isinstance(expr.summed, e.Fact) and expr.summed.name in ("memory", "disk", "cpu.cores")
    for member, held in zip(found, holds, strict=True):
        if held is False:
            continue
        least, most = Range(1.0, 1.0) if expr.summed is None else value(expr.summed, member, derived)
        if floor:
            least = max(least, 0.0)
        low += least if held else min(least, 0.0)
        high += most if held else max(most, 0.0)
    if not complete:
        high = math.inf
        low = low if expr.function == "count" or floor else -math.inf
    return bounded(low, high)
