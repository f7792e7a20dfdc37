"""Arithmetic over columns of numbers, each a range that may be a point or everything."""

from __future__ import annotations

import numpy as np

from placelang.columns import Floats, Numbers
from placelang.types import LIMIT


def negative(operand: Numbers) -> Numbers:
    """`-operand`."""
    return Numbers(0.0 - operand.high, 0.0 - operand.low)


def arithmetic(operator: str, left: Numbers, right: Numbers) -> Numbers:
    """`left operator right`. A division by what may be zero is unknown."""
    with np.errstate(all="ignore"):
        match operator:
            case "+":
                return ranges(left.low + right.low, left.high + right.high)
            case "-":
                return ranges(left.low - right.high, left.high - right.low)
            case "*":
                return _extremes(*(a * b for a in (left.low, left.high) for b in (right.low, right.high)))
        found = _extremes(*(a / b for a in (left.low, left.high) for b in (right.low, right.high)))
        zero = (right.low <= 0) & (right.high >= 0)
        return Numbers(np.where(zero, -np.inf, found.low), np.where(zero, np.inf, found.high))


def _extremes(*ends: Floats) -> Numbers:
    return ranges(np.minimum.reduce(ends), np.maximum.reduce(ends))


def ranges(low: Floats, high: Floats) -> Numbers:
    """Numbers from `low` to `high`. NaN (zero times anything at all) is unknown, and so is what is larger than any
    number of the language. There is one zero, without a sign."""
    lost = np.isnan(low) | np.isnan(high) | (low > LIMIT) | (high < -LIMIT)
    low = np.where(lost | (low < -LIMIT), -np.inf, low)
    high = np.where(lost | (high > LIMIT), np.inf, high)
    return Numbers(low + 0.0, high + 0.0)
