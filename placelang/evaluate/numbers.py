"""Arithmetic over columns of numbers, each a range that may be a point or everything."""

from __future__ import annotations

import numpy as np

from placelang.columns import Floats, Numbers


def negative(operand: Numbers) -> Numbers:
    """`-operand`."""
    return Numbers(-operand.high, -operand.low)


def arithmetic(operator: str, left: Numbers, right: Numbers) -> Numbers:
    """`left operator right`. A division by what may be zero is unknown, and so is what no float can hold."""
    with np.errstate(all="ignore"):
        match operator:
            case "+":
                return _numbers(left.low + right.low, left.high + right.high)
            case "-":
                return _numbers(left.low - right.high, left.high - right.low)
            case "*":
                return _extremes(*(a * b for a in (left.low, left.high) for b in (right.low, right.high)))
        found = _extremes(*(a / b for a in (left.low, left.high) for b in (right.low, right.high)))
        zero = (right.low <= 0) & (right.high >= 0)
        return Numbers(np.where(zero, -np.inf, found.low), np.where(zero, np.inf, found.high))


def _extremes(*ends: Floats) -> Numbers:
    return _numbers(np.minimum.reduce(ends), np.maximum.reduce(ends))


def _numbers(low: Floats, high: Floats) -> Numbers:
    """NaN (zero times anything at all) and a range beyond all floats are unknown."""
    lost = np.isnan(low) | np.isnan(high) | (low == np.inf) | (high == -np.inf)
    return Numbers(np.where(lost, -np.inf, low), np.where(lost, np.inf, high))
