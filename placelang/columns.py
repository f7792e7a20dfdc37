"""Columns: what is known of one fact, or of one expression, for every row of a table.

A column is a `Truth`, `Numbers` or `Texts`, by the type of what it holds. All three say for each row what is known;
`value(row)` gives one row as a plain value, None where it is unknown. Arrays are never written to once they are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from placelang.types import Type, Value

Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.intp]
Codes: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """`true` and `unknown` never overlap; what is neither is false."""

    true: Mask
    unknown: Mask

    @property
    def false(self) -> Mask:
        return ~(self.true | self.unknown)

    @property
    def known(self) -> Mask:
        return ~self.unknown

    def value(self, row: int) -> bool | None:
        return None if self.unknown[row] else bool(self.true[row])


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Each number lies from `low` to `high`, in the base unit of its type: known where both are the same, unknown
    altogether from -inf to inf. No known number is infinite, none is NaN."""

    low: Floats
    high: Floats

    @property
    def known(self) -> Mask:
        return np.equal(self.low, self.high)

    def value(self, row: int) -> float | None:
        return float(self.low[row]) if self.low[row] == self.high[row] else None


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Text, versions or lists: each code is an index into `vocabulary`, or -1 for unknown."""

    codes: Codes
    vocabulary: tuple[Value, ...]

    @property
    def known(self) -> Mask:
        return self.codes >= 0

    def value(self, row: int) -> Value | None:
        code = self.codes[row]
        return self.vocabulary[code] if code >= 0 else None


Column: TypeAlias = Truth | Numbers | Texts


def unknown_column(kind: Type, rows: int) -> Column:
    """A column of which nothing is known."""
    if kind.numeric:
        return Numbers(np.full(rows, -np.inf), np.full(rows, np.inf))
    if kind.name == "bool":
        return Truth(np.zeros(rows, dtype=np.bool_), np.ones(rows, dtype=np.bool_))
    return Texts(np.full(rows, -1, dtype=np.int32), ())


def take(column: Column, rows: Rows) -> Column:
    """The column at `rows`, in that order."""
    match column:
        case Truth(true, unknown):
            return Truth(true[rows], unknown[rows])
        case Numbers(low, high):
            return Numbers(low[rows], high[rows])
        case Texts(codes, vocabulary):
            return Texts(codes[rows], vocabulary)
