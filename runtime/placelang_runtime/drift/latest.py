"""Numbers of many requests over a while, in bounded memory: how many, how many failed, and how their values are
distributed, in panes that are added up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from datasketches import kll_floats_sketch

from placelang_runtime.drift.features import Matrix
from placelang_runtime.drift.sketches import K

PANES: Final = 12
SHARES: Final[Mapping[str, float]] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(slots=True)
class Pane:
    """What was seen from `since` on. `right` of `judged` are what people said of answers."""

    since: float
    sketch: kll_floats_sketch = field(default_factory=lambda: kll_floats_sketch(K))
    total: float = 0.0
    failed: int = 0
    judged: int = 0
    right: int = 0


@dataclass(slots=True)
class Latest:
    """The last `span` seconds by a clock that never goes back."""

    span: float
    clock: Callable[[], float]
    _panes: deque[Pane] = field(default_factory=lambda: deque(maxlen=PANES + 1))

    @property
    def pane(self) -> Pane:
        """The one that is being filled."""
        now = self.clock()
        if not self._panes or now >= self._panes[-1].since + self.span / PANES:
            self._panes.append(Pane(now))
        return self._panes[-1]

    def add(self, values: Matrix) -> None:
        pane = self.pane
        pane.sketch.update(values)
        pane.total += float(values.sum(dtype=float))

    def panes(self) -> list[Pane]:
        """Those that are not over."""
        now = self.clock()
        return [pane for pane in self._panes if pane.since > now - self.span]

    def statistics(self) -> dict[str, float] | None:
        """`p50 p95 p99 mean` of the values, None where there are none."""
        panes = self.panes()
        sketch = kll_floats_sketch(K)
        for pane in panes:
            sketch.merge(pane.sketch)
        if sketch.is_empty():
            return None
        found = {name: float(sketch.get_quantile(share, True)) for name, share in SHARES.items()}
        return found | {"mean": sum(pane.total for pane in panes) / sketch.n}

    def count(self) -> int:
        """How many values there are."""
        return sum(pane.sketch.n for pane in self.panes())

    def per_second(self) -> float:
        """Values a second over the span, or since the first of it where that is less."""
        panes = self.panes()
        if not panes:
            return 0.0
        return self.count() / max(1.0, self.clock() - panes[0].since)
