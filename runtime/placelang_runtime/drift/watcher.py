"""What a model server tells of each request, and what follows: how quick, how often wrong, how far from the baseline.

Telling is cheap: requests are put aside and looked at many together, once whoever tells has time after being told that
it is, at the latest when somebody asks. So memory is bounded, whatever comes. All of it is done in one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from placelang_runtime.drift.answers import Label, Remembered, find_answer, read_answers
from placelang_runtime.drift.baseline import Answer, Baseline
from placelang_runtime.drift.features import Array, Matrix, ReadTensor, rows_of
from placelang_runtime.drift.latest import Latest
from placelang_runtime.drift.reports import ModelReport, SeenFeature
from placelang_runtime.drift.sketches import HourSketches, Sketched
from placelang_runtime.drift.window import DriftWindow, drift

TOGETHER: Final = 128
MOST_ASIDE: Final = 4 << 20
"""Bytes that are put aside at most: what is larger is looked at right away."""
MINUTE: Final = 60.0
DAY: Final = 86_400.0

Arrays = Mapping[str, Array]


@dataclass(slots=True)
class _Side:
    """The inputs of a model, or its outputs."""

    tensors: tuple[ReadTensor, ...]
    window: DriftWindow
    hour: HourSketches

    def add(self, told: Sequence[Arrays]) -> None:
        """Raises ValueError or KeyError for tensors that the baseline does not know."""
        if self.tensors and told:
            rows = np.concatenate([self._rows(arrays) for arrays in _alike(told, self.tensors)])
            self.window.add(rows)
            self.hour.add(rows)

    def _rows(self, arrays: Arrays) -> Matrix:
        found = [rows_of(read, arrays[read.tensor]) for read in self.tensors]
        count = max(map(len, found))
        return np.concatenate([one if len(one) == count else one.repeat(count, 0) for one in found], axis=1)


class Watcher:
    """Watches one version of a model, against its baseline where it has one."""

    def __init__(
        self, model: str, version: str, baseline: Baseline | None, clock: Callable[[], float] = monotonic
    ) -> None:
        self.model, self.version, self.baseline = model, version, baseline
        self.unread = 0
        """Requests of which the tensors were none that the baseline knows."""
        self._answer: Answer | None = baseline.answer if baseline is not None else None
        inputs = baseline.features[: baseline.of_inputs] if baseline is not None else ()
        outputs = baseline.features[baseline.of_inputs :] if baseline is not None else ()
        self._sides = {
            "input": _Side(
                baseline.inputs if baseline is not None else (),
                DriftWindow(inputs),
                HourSketches(len(inputs), clock),
            ),
            "output": _Side(
                baseline.outputs if baseline is not None else (),
                DriftWindow(outputs),
                HourSketches(len(outputs), clock),
            ),
        }
        self._latency, self._confidence = Latest(MINUTE, clock), Latest(MINUTE, clock)
        self._hours = {"latency": HourSketches(1, clock), "confidence": HourSketches(1, clock)}
        self._judged = Latest(DAY, clock)
        self._remembered = Remembered()
        self._aside: list[tuple[str | None, Arrays, Arrays, float]] = []
        self._size = 0

    def note(
        self, request: str | None, inputs: Arrays, outputs: Arrays, seconds: float, held: int = 0
    ) -> bool:
        """A request was answered, which holds so many bytes beside the arrays of its answer. The arrays must not change
        any more. Whether it is time to look."""
        self._aside.append((request, inputs, outputs, seconds))
        for array in outputs.values():
            held += array.nbytes
        self._size += held
        return len(self._aside) >= TOGETHER or self._size >= MOST_ASIDE

    def failed(self) -> None:
        """A request was not, and it was not whoever asked that is to blame."""
        self._latency.pane.failed += 1

    def look(self) -> None:
        """Look at what was put aside."""
        aside, self._aside, self._size = self._aside, [], 0
        if not aside:
            return
        requests, inputs, outputs, seconds = zip(*aside, strict=True)
        self._measured("latency", self._latency, np.array(seconds, np.float32) * 1000)
        for name, told in (("input", inputs), ("output", outputs)):
            side = self._sides[name]
            try:
                side.add(told)
            except (ValueError, KeyError):
                self.unread += sum(not _added(side, one) for one in told)
        if self._answer is None:
            self._answer = find_answer(outputs[0])
        if self._answer is not None:
            name = self._answer.tensor
            sure, chosen = read_answers(self._answer, [arrays.get(name) for arrays in outputs])
            if len(sure):
                self._measured("confidence", self._confidence, sure)
            for request, labels in zip(requests, chosen, strict=True):
                if request is not None:
                    self._remembered.note(request, labels)

    def _measured(self, name: str, latest: Latest, values: Matrix) -> None:
        latest.add(values)
        self._hours[name].add(values[:, None])

    def knows(self, request: str) -> bool:
        """Whether it remembers an answer to a request with this id."""
        self.look()
        return request in self._remembered

    def feedback(self, request: str, said: bool | Sequence[Label]) -> bool | None:
        """Somebody says of an answer whether it was right, or what would have been, row by row; whether it was, None
        where nobody knows of such a request, or what it was answered."""
        if not self.knows(request):
            return None
        if isinstance(said, bool):
            right, judged = int(said), 1
        else:
            chosen = self._remembered.labels(request)
            if chosen is None or len(chosen) != len(said):
                return None
            right, judged = sum(a == b for a, b in zip(chosen, said, strict=True)), len(said)
        self._remembered.take(request)
        pane = self._judged.pane
        pane.judged += judged
        pane.right += right
        return right == judged

    def numbers(self) -> dict[str, float | dict[str, float]]:
        """The metrics that rules read, in base units, as far as they are known."""
        self.look()
        found = dict(self._counted())
        for name, latest in (("latency", self._latency), ("confidence", self._confidence)):
            statistics = latest.statistics()
            if statistics is not None:
                found[name] = statistics
        distances = {name: side.window.distances() for name, side in self._sides.items()}
        known = {name: drift(of) for name, of in distances.items() if of is not None}
        return found | ({"drift": known} if known else {})

    def _counted(self) -> Iterator[tuple[str, float | dict[str, float]]]:
        panes = self._latency.panes()
        answered, failed = self._latency.count(), sum(pane.failed for pane in panes)
        yield "throughput", self._latency.per_second()
        if answered + failed:
            yield "errors", 100 * failed / (answered + failed)
        judged = sum(pane.judged for pane in self._judged.panes())
        if judged:
            yield "accuracy", 100 * sum(pane.right for pane in self._judged.panes()) / judged

    def report(self) -> ModelReport:
        """All that is known right now."""
        numbers = self.numbers()
        features = tuple(
            SeenFeature(name=feature.name, psi=one.psi, ks=one.ks, drifted=one.drifted)
            for side in self._sides.values()
            for feature, one in zip(side.window.features, side.window.distances() or (), strict=False)
        )
        return ModelReport(
            model=self.model, version=self.version, numbers=numbers, unread=self.unread, features=features
        )

    def sketched(self) -> Sketched:
        """The last hour, and what people said within a day, so that others can add it up."""
        self.look()
        judged = self._judged.panes()
        written = tuple(text for side in self._sides.values() for text in side.hour.written())
        return Sketched(
            model=self.model,
            version=self.version,
            judged=sum(pane.judged for pane in judged),
            right=sum(pane.right for pane in judged),
            latency=next(iter(self._hours["latency"].written()), None),
            confidence=next(iter(self._hours["confidence"].written()), None),
            baseline=self.baseline if written else None,
            features=written,
        )


def _alike(told: Sequence[Arrays], tensors: Sequence[ReadTensor]) -> Iterator[Arrays]:
    """The same rows in fewer pieces: tensors of one shape, put together."""
    if not all(read.batched for read in tensors):
        yield from told
        return
    names = [read.tensor for read in tensors]
    runs: dict[tuple[tuple[int, ...], ...], list[Arrays]] = {}
    for arrays in told:
        runs.setdefault(tuple([arrays[name].shape for name in names]), []).append(arrays)
    for shapes, alike in runs.items():
        if len({shape[:1] for shape in shapes}) > 1:
            raise ValueError("tensors of different numbers of rows")
        yield {name: np.concatenate([one[name] for one in alike]) for name in names}


def _added(side: _Side, arrays: Arrays) -> bool:
    try:
        side.add([arrays])
    except (ValueError, KeyError):
        return False
    return True
