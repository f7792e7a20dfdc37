"""Distributions as KLL sketches: small, of bounded error whatever comes, and the sum of two is that of all they saw.

A rank that a sketch tells is off by at most `ERROR` in 99 of 100 cases, also of a sum of many. What it holds is a
sample of values of one feature, each by itself: no row can be put together from it.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Self

import numpy as np
from datasketches import kll_floats_sketch, vector_of_kll_floats_sketches
from pydantic import Field, model_validator

from placelang_runtime.base import Count, Document, Name, Text
from placelang_runtime.drift.baseline import Baseline, Feature
from placelang_runtime.drift.distance import Distance, distance
from placelang_runtime.drift.features import MOST_FEATURES, Matrix

K: Final = 256
ERROR: Final = 0.0105
PANE: Final = 600.0
PANES: Final = 6
MOST_BYTES: Final = 64 << 10
"""No sketch of ours is larger, whatever it saw."""


class Sketched(Document):
    """What a model server met within the last hour, as others add it up: how long requests took in ms, how sure the
    model was, and the features of `baseline`, a sketch each; how many of the answers that people `judged` within a day
    were `right`."""

    format: Literal["placelang/sketches/1"] = "placelang/sketches/1"
    model: Name
    version: Text
    judged: Count
    right: Count
    latency: Text | None
    confidence: Text | None
    baseline: Baseline | None
    features: Annotated[tuple[Text, ...], Field(max_length=2 * MOST_FEATURES)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.features) != (0 if self.baseline is None else len(self.baseline.features)):
            raise ValueError("sketches that are not those of the baseline")
        return self


class SketchError(ValueError):
    """Bytes that are no sketch of ours."""


@dataclass(slots=True)
class HourSketches:
    """A sketch for each of so many features over the last hour, in panes of ten minutes. `clock` never goes back."""

    features: int
    clock: Callable[[], float]
    _panes: deque[tuple[float, vector_of_kll_floats_sketches]] = field(
        default_factory=lambda: deque(maxlen=PANES + 1)
    )

    def add(self, rows: Matrix) -> None:
        if not self.features or not len(rows):
            return
        now = self.clock()
        if not self._panes or now >= self._panes[-1][0] + PANE:
            self._panes.append((now, vector_of_kll_floats_sketches(K, self.features)))
        self._panes[-1][1].update(np.ascontiguousarray(rows, np.float32))

    def written(self) -> tuple[str, ...]:
        """One sketch for each feature, in base 64; none where nothing was seen."""
        while self._panes and self._panes[0][0] < self.clock() - PANES * PANE:
            self._panes.popleft()
        if not self._panes:
            return ()
        total = vector_of_kll_floats_sketches(K, self.features)
        for _, pane in self._panes:
            total.merge(pane)
        return tuple(base64.b64encode(bytes(one)).decode() for one in total.serialize())


def merged(sketches: Iterable[str]) -> kll_floats_sketch:
    """The sum of sketches of one feature. Raises SketchError."""
    total = kll_floats_sketch(K)
    for text in sketches:
        try:
            if len(text) > MOST_BYTES:
                raise ValueError("it is too large")  # noqa: TRY301
            one = kll_floats_sketch.deserialize(base64.b64decode(text, validate=True))
        except (ValueError, IndexError, RuntimeError, TypeError) as error:
            raise SketchError(f"a sketch cannot be read: {str(error)[:200]}") from error
        if one.k != K:
            raise SketchError(f"a sketch of another size than {K}")
        total.merge(one)
    return total


def distances(features: Sequence[Feature], sketches: Sequence[kll_floats_sketch]) -> tuple[Distance, ...]:
    """How far what sketches saw is from the baseline."""
    return tuple(
        distance(feature, ranks(feature, sketch), sketch.n, len(features), ERROR)
        for feature, sketch in zip(features, sketches, strict=True)
    )


def ranks(feature: Feature, sketch: kll_floats_sketch) -> list[float]:
    """The shares below each edge of a feature and up to it, one after the other."""
    return [sketch.get_rank(edge, inclusive) for edge in feature.edges for inclusive in (False, True)]
