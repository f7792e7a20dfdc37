"""What was measured lately, in bounded memory: so many values at most, none older than a span."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Final

MOST: Final = 1024
SHARES: Final = {"p50": 50, "p95": 95, "p99": 99}


@dataclass(slots=True)
class Window:
    """Values of the last `span` seconds. Moments never go back."""

    span: float
    _values: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MOST))

    def add(self, at: float, value: float) -> None:
        self._values.append((at, value))

    def at(self, now: float) -> list[tuple[float, float]]:
        """What is left of it, oldest first, each with its moment."""
        while self._values and self._values[0][0] < now - self.span:
            self._values.popleft()
        return list(self._values)


def statistic(name: str | None, values: Iterable[float]) -> float | None:
    """One value of many; a percentile is the smallest value that so many of 100 are at most."""
    ordered = sorted(values)
    if not ordered:
        return None
    if name == "mean":
        return sum(ordered) / len(ordered)
    share = SHARES.get(name or "")
    return None if share is None else ordered[ceil(share * len(ordered) / 100) - 1]
