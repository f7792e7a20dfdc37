"""Three-valued logic and comparison over columns: what is unknown stays unknown unless the rest decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from placelang.columns import Codes, Column, Mask, Numbers, Texts, Truth
from placelang.types import Value, Version


def decided(true: Mask, false: Mask) -> Truth:
    """The truth of what is known to be `true` and known to be `false`."""
    return Truth(true, ~(true | false))


def negation(operand: Truth) -> Truth:
    """What is unknown stays so."""
    return Truth(operand.false, operand.unknown)


def conjunction(operands: Sequence[Truth]) -> Truth:
    """False where one is false, whatever is unknown."""
    true: Mask = np.logical_and.reduce([operand.true for operand in operands])
    false: Mask = np.logical_or.reduce([operand.false for operand in operands])
    return decided(true, false)


def disjunction(operands: Sequence[Truth]) -> Truth:
    """True where one is true, whatever is unknown."""
    return negation(conjunction([negation(operand) for operand in operands]))


def comparison(operator: str, left: Column, right: Column) -> Truth:
    """`left operator right`, for two columns of one type."""
    if operator in (">", ">="):
        left, right = right, left
        operator = operator.replace(">", "<")
    if operator == "!=":
        return negation(comparison("==", left, right))
    match left, right:
        case Numbers(), Numbers():
            return _ranges(operator, left, right)
        case Truth(), Truth():
            known = left.known & right.known
            return Truth(known & (left.true == right.true), ~known)
        case Texts(), Texts():
            return _texts(operator, left, right)
    raise TypeError(left, right)


def _ranges(operator: str, left: Numbers, right: Numbers) -> Truth:
    if operator == "<":
        return decided(left.high < right.low, left.low >= right.high)
    if operator == "<=":
        return decided(left.high <= right.low, left.low > right.high)
    same = left.known & right.known & (left.low == right.low)
    return decided(same, (left.high < right.low) | (left.low > right.high))


_RANKED: dict[str, Callable[[Codes, Codes], Mask]] = {"==": np.equal, "<": np.less, "<=": np.less_equal}


def _texts(operator: str, left: Texts, right: Texts) -> Truth:
    """By ranks in the joint vocabulary, so that each word is looked at once."""
    words = dict.fromkeys((*left.vocabulary, *right.vocabulary))
    ordered = words if operator == "==" else sorted(words, key=_order)
    ranks = {word: rank for rank, word in enumerate(ordered)}

    def ranked(column: Texts) -> Codes:
        return np.array([*(ranks[word] for word in column.vocabulary), -1], dtype=np.int32)[column.codes]

    known = left.known & right.known
    return Truth(known & _RANKED[operator](ranked(left), ranked(right)), ~known)


def _order(value: Value) -> tuple[tuple[int, int, str], ...] | str:
    return value.key if isinstance(value, Version) else str(value)
