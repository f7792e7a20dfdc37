"""The last rows that a model was asked about, as cells of its baseline: how far these are from it right now.

Of each row a byte for each feature is kept, the cell that it fell into, so what is compared is exact, and cheap: one
search and one count for many rows together.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

import numpy as np

from placelang_runtime.drift.baseline import Feature
from placelang_runtime.drift.distance import Distance, bins, chance, stability
from placelang_runtime.drift.features import Matrix

ROWS: Final = 1000
LEAST: Final = 200
"""Of fewer rows nothing is said."""


class DriftWindow:
    """The last `ROWS` rows, against the baseline of these features."""

    def __init__(self, features: tuple[Feature, ...]) -> None:
        self.features = features
        self.seen = 0
        self._width = width = max((len(feature.masses) for feature in features), default=1)
        self._edges = [_steps(feature) for feature in features]
        self._cells = np.zeros((ROWS, len(features)), np.uint8)
        self._offsets = np.arange(len(features)) * width
        self._counts = np.zeros(len(features) * width, np.int64)
        self._below = np.ones((len(features), width))
        for number, feature in enumerate(features):
            self._below[number, : len(feature.masses)] = list(accumulate(feature.masses))
        self._bins = [np.array(bins(feature.masses)) for feature in features]
        self._expected = [
            np.add.reduceat(np.array(f.masses), b) for f, b in zip(features, self._bins, strict=True)
        ]

    @property
    def rows(self) -> int:
        return min(self.seen, ROWS)

    def add(self, rows: Matrix) -> None:
        """Rows of all features."""
        late = rows[-ROWS:]
        cells = np.empty(late.shape, np.uint8)
        for number, edges in enumerate(self._edges):
            cells[:, number] = np.searchsorted(edges, late[:, number], "right")
        places = (self.seen + np.arange(len(late))) % ROWS
        replaced = places[max(0, ROWS - self.seen) :] if self.seen < ROWS else places
        self._counts += self._counted(cells) - self._counted(self._cells[replaced])
        self._cells[places] = cells
        self.seen += len(late)

    def distances(self) -> tuple[Distance, ...] | None:
        """How far each feature is from its baseline, None where too little was seen."""
        values = self.rows
        if values < LEAST or not self.features:
            return None
        counts = self._counts.reshape(len(self.features), self._width) / values
        ks = np.max(np.abs(np.cumsum(counts, axis=1) - self._below), axis=1)
        most = [chance(values, feature.rows, len(self.features)) for feature in self.features]
        psi = (
            stability(expected, np.add.reduceat(row[: len(feature.masses)], starts), values)
            for feature, expected, row, starts in zip(
                self.features, self._expected, counts, self._bins, strict=True
            )
        )
        return tuple(Distance(p, float(k), bool(k > m)) for p, k, m in zip(psi, ks, most, strict=True))

    def _counted(
        self, cells: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.bincount((cells + self._offsets).ravel(), minlength=len(self._counts))


def _steps(feature: Feature) -> Matrix:
    """Where one cell ends and the next begins: at each edge, and right after it."""
    edges = np.array(feature.edges, np.float32)
    return np.column_stack([edges, np.nextafter(edges, np.float32(np.inf))]).ravel()


def drift(distances: tuple[Distance, ...]) -> float:
    """How far the feature is that is farthest, at most 1; 0 where chance explains all."""
    return min(1.0, max((one.psi for one in distances if one.drifted), default=0.0))
