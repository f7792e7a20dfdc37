"""`any`, `all`, `count` and `sum` over the things that stand in each thing in scope.

What is known of the members decides as far as it goes; a set that is not known to be complete may have more of them.
"""

from __future__ import annotations

import numpy as np

from placelang.columns import Floats, Mask, Numbers, Rows, Truth
from placelang.evaluate.kleene import decided
from placelang.evaluate.numbers import ranges


def any_of(holds: Truth, owners: Rows, complete: Mask) -> Truth:
    """True if one member is, false only if all are and there are no more."""
    return decided(_has(holds.true, owners, complete), complete & ~_has(~holds.false, owners, complete))


def all_of(holds: Truth, owners: Rows, complete: Mask) -> Truth:
    """False if one member is, true only if all are and there are no more."""
    return decided(complete & ~_has(~holds.true, owners, complete), _has(holds.false, owners, complete))


def count_of(holds: Truth, owners: Rows, complete: Mask) -> Numbers:
    """From those that are true to those that may be."""
    low = np.bincount(owners[holds.true], minlength=len(complete)).astype(np.float64)
    high = low + np.bincount(owners[holds.unknown], minlength=len(complete))
    return Numbers(low, np.where(complete, high, np.inf))


def sum_of(holds: Truth, summed: Numbers, owners: Rows, complete: Mask, *, negative: bool) -> Numbers:
    """The least and the most that the members may come to; `negative`: a summand may be less than nothing."""
    least = summed.low if negative else np.maximum(summed.low, 0)
    low = _total(np.where(holds.unknown, np.minimum(least, 0), least), holds, owners, complete)
    high = _total(np.where(holds.unknown, np.maximum(summed.high, 0), summed.high), holds, owners, complete)
    return ranges(np.where(complete, low, -np.inf) if negative else low, np.where(complete, high, np.inf))


def _has(which: Mask, owners: Rows, complete: Mask) -> Mask:
    has: Mask = np.bincount(owners[which], minlength=len(complete)) > 0
    return has


def _total(amounts: Floats, holds: Truth, owners: Rows, complete: Mask) -> Floats:
    counted = ~holds.false
    total = np.bincount(owners[counted], weights=amounts[counted], minlength=len(complete))
    return total.astype(np.float64)  # without members, counts are whole numbers
