"""How far a distribution is from its baseline, and whether chance explains that.

Two measures of the same cells: the Kolmogorov-Smirnov distance, the largest difference of the shares below any value,
and the population stability index over about ten bins of equal share. The first has a law, whatever the distribution:
with n values against m of the baseline, chance makes it larger than `chance(n, m)` so rarely that a drift of zero can
be promised where it is not. The second is what people have thresholds for: 0.1 is some drift, 0.2 much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt
from typing import Any, Final

import numpy as np

from placelang_runtime.drift.baseline import Feature

Vector = np.ndarray[Any, np.dtype[Any]]

FALSE_ALARMS: Final = 1e-8
"""Each look at all features of a model together finds drift where there is none at most this often."""
BIN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Distance:
    """`drifted`: chance does not explain it."""

    psi: float
    ks: float
    drifted: bool


def chance(values: int, rows: int, features: int, error: float = 0.0) -> float:
    """The largest Kolmogorov-Smirnov distance that chance explains (the inequality of Dvoretzky, Kiefer, Wolfowitz and
    Massart for two samples), shared among so many features; `error` is that of the ranks compared."""
    both = values * rows / (values + rows)
    return sqrt(log(2 * features / FALSE_ALARMS) / (2 * both)) + error


def bins(masses: Sequence[float]) -> list[int]:
    """The cells at which bins begin: as few cells each as hold a tenth together; one that holds so much is alone."""
    starts, held = [0], 0.0
    for cell, mass in enumerate(masses):
        if cell > starts[-1] and (mass >= BIN or held >= BIN):
            starts.append(cell)
            held = 0.0
        held += mass
    return starts


def stability(expected: Vector, found: Vector, values: int) -> float:
    """The population stability index; what was seen less than half a time counts as that."""
    least = 0.5 / values
    p, q = np.maximum(expected, least), np.maximum(found, least)
    return float(np.sum((q - p) * np.log(q / p)))


def distance(feature: Feature, ranks: Sequence[float], values: int, features: int, error: float) -> Distance:
    """How far it is where these are the shares below each edge and up to each edge, one after the other."""
    expected = np.array(list(accumulate(feature.masses))[:-1])
    ks = float(np.max(np.abs(np.asarray(ranks) - expected)))
    found = np.diff(np.asarray(ranks), prepend=0.0, append=1.0)
    starts = bins(feature.masses)
    psi = stability(np.add.reduceat(np.array(feature.masses), starts), np.add.reduceat(found, starts), values)
    return Distance(psi, ks, ks > chance(values, feature.rows, features, error))
