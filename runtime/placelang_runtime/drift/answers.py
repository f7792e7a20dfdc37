"""What a model answers, where it chooses among classes: how sure it is, and whether people found it right."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from placelang_runtime.drift.baseline import Answer
from placelang_runtime.drift.features import Array

REMEMBERED: Final = 10_000
MOST_ROWS: Final = 64
LONGEST_LABEL: Final = 256
_CLOSE: Final = 1e-3

Label = int | str


def find_answer(outputs: Mapping[str, Array]) -> Answer | None:
    """The output that says it: the first whose rows are probabilities, else the first that has one whole number or one
    text for each row."""
    for name, array in outputs.items():
        if array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind == "f" and len(array):  # noqa: PLR2004
            sums = array.sum(axis=1, dtype=float)
            if bool((array >= 0).all()) and bool((np.abs(sums - 1) < _CLOSE).all()):
                return Answer(tensor=name, kind="probabilities")
    for name, array in outputs.items():
        if array.dtype.kind in "iuOUS" and array.size == len(array) > 0:
            return Answer(tensor=name, kind="labels")
    return None


def confidences(answer: Answer, outputs: Mapping[str, Array]) -> Array | None:
    """How sure the model is, for each row: the probability of what it chose; None where it does not say."""
    array = outputs.get(answer.tensor)
    if array is None or answer.kind != "probabilities" or array.ndim != 2:  # noqa: PLR2004
        return None
    sure: Array = array.max(axis=1).astype(np.float32)
    return sure


def labels(answer: Answer, outputs: Mapping[str, Array]) -> tuple[Label, ...] | None:
    """What it chose, for each row: the number of the class, or its label; None for what is too much to remember."""
    array = outputs.get(answer.tensor)
    if array is None or not array.ndim or len(array) > MOST_ROWS:
        return None
    chosen = array.argmax(axis=1) if answer.kind == "probabilities" else array.reshape(len(array))
    found = tuple(
        one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in chosen.tolist()
    )
    return None if any(isinstance(one, str) and len(one) > LONGEST_LABEL for one in found) else found


@dataclass(slots=True)
class Remembered:
    """The answers of the last requests that came with an id."""

    _labels: OrderedDict[str, tuple[Label, ...] | None] = field(default_factory=OrderedDict)

    def note(self, request: str, chosen: tuple[Label, ...] | None) -> None:
        self._labels[request] = chosen
        self._labels.move_to_end(request)
        if len(self._labels) > REMEMBERED:
            self._labels.popitem(last=False)

    def take(self, request: str) -> tuple[Label, ...] | None:
        """What was answered, which is forgotten then: who judges a request twice judges it once. Raises KeyError."""
        return self._labels.pop(request)

    def __contains__(self, request: str) -> bool:
        return request in self._labels

    def labels(self, request: str) -> tuple[Label, ...] | None:
        return self._labels.get(request)
