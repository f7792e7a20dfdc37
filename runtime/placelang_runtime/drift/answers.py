"""What a model answers, where it chooses among classes: how sure it is, and whether people found it right."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

import numpy as np

from placelang_runtime.drift.baseline import Answer
from placelang_runtime.drift.features import Array, Matrix

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


def read_answers(
    answer: Answer, answers: Sequence[Array | None]
) -> tuple[Matrix, list[tuple[Label, ...] | None]]:
    """Of many answers at once: how sure the model was, row by row, as far as it says; and what each answer chose."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, array in enumerate(answers):
        if array is not None:
            alike.setdefault(array.shape, []).append(number)
    chosen: list[tuple[Label, ...] | None] = [None] * len(answers)
    sure = []
    for shape, numbers in alike.items():
        if not _fits(answer, shape):
            continue
        each, rows = shape[0], np.concatenate([answers[number] for number in numbers])
        if answer.kind == "probabilities":
            sure.append(rows.max(axis=1).astype(np.float32, copy=False))
        if each <= MOST_ROWS:
            found = _chosen(answer, rows)
            for place, number in enumerate(numbers):
                of_one = tuple(found[place * each : (place + 1) * each])
                chosen[number] = of_one if answer.kind == "probabilities" or _short(of_one) else None
    return np.concatenate(sure) if sure else np.empty(0, np.float32), chosen


def labels(answer: Answer, outputs: Mapping[str, Array]) -> tuple[Label, ...] | None:
    """What it chose, for each row: the number of the class, or its label; None for what is too much to remember."""
    return read_answers(answer, [outputs.get(answer.tensor)])[1][0]


def _fits(answer: Answer, shape: tuple[int, ...]) -> bool:
    """Whether such an answer has a choice for each row."""
    if answer.kind == "probabilities":
        return len(shape) == 2 and shape[1] > 0  # noqa: PLR2004
    return len(shape) > 0 and prod(shape) == shape[0]


def _chosen(answer: Answer, rows: Array) -> list[Label]:
    found = rows.argmax(axis=1) if answer.kind == "probabilities" else rows.reshape(len(rows))
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in found.tolist()]


def _short(found: tuple[Label, ...]) -> bool:
    return not any(isinstance(one, str) and len(one) > LONGEST_LABEL for one in found)


@dataclass(slots=True)
class Remembered:
    """The answers of the last requests that came with an id."""

    _labels: OrderedDict[str, tuple[Label, ...] | None] = field(default_factory=OrderedDict)

    def note(self, request: str, chosen: tuple[Label, ...] | None) -> None:
        if request in self._labels:
            self._labels.move_to_end(request)
        self._labels[request] = chosen
        if len(self._labels) > REMEMBERED:
            self._labels.popitem(last=False)

    def take(self, request: str) -> tuple[Label, ...] | None:
        """What was answered, which is forgotten then: who judges a request twice judges it once. Raises KeyError."""
        return self._labels.pop(request)

    def __contains__(self, request: str) -> bool:
        return request in self._labels

    def labels(self, request: str) -> tuple[Label, ...] | None:
        return self._labels.get(request)
