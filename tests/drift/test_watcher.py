"""What a model server tells, and what is known then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from placelang_runtime.drift.answers import REMEMBERED, read_answers
from placelang_runtime.drift.baseline import Answer
from placelang_runtime.drift.features import Array
from placelang_runtime.drift.reports import ModelReport
from placelang_runtime.drift.sketches import Sketched, merged
from placelang_runtime.drift.watcher import TOGETHER, Watcher
from tests.drift.worlds import baseline, normal


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def classified(inputs: Array) -> dict[str, Array]:
    """What a model might answer: two classes, by the first number."""
    p = (1 / (1 + np.exp(-2 * inputs[:, 0]))).astype(np.float32)
    return {"scores": np.stack([1 - p, p], axis=1)}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(clock: Clock) -> Watcher:
    rows = normal(0, 5_000)
    return Watcher("detector", "1", baseline({"x": rows}, classified(rows)), clock)


def ask(watcher: Watcher, rows: Array, seconds: Callable[[int], float] = lambda _: 0.02) -> None:
    for number in range(len(rows)):
        one = rows[number : number + 1]
        if watcher.note(f"r{number}", {"x": one}, classified(one), seconds(number)):
            watcher.look()


def test_requests_are_measured(watcher: Watcher, clock: Clock) -> None:
    ask(watcher, normal(1, 100), lambda number: 0.010 + 0.001 * (number >= 96))
    for _ in range(25):
        watcher.failed()
    clock.time = 10.0
    numbers = watcher.numbers()
    assert numbers["latency"] == pytest.approx({"p50": 10, "p95": 10, "p99": 11, "mean": 10.04}, rel=1e-5)
    assert (numbers["throughput"], numbers["errors"]) == (10.0, 20.0)
    clock.time = 100.0
    assert {"latency", "errors", "confidence"}.isdisjoint(watcher.numbers())


def test_drift_of_inputs_and_of_answers_is_told_apart(watcher: Watcher) -> None:
    ask(watcher, normal(1, 1_000))
    assert watcher.numbers()["drift"] == {"input": 0.0, "output": 0.0}
    rows = normal(2, 1_000)
    rows[:, 1] += 1
    ask(watcher, rows)
    drift = watcher.numbers()["drift"]
    assert isinstance(drift, dict)
    assert drift["input"] > 0.5
    assert drift["output"] == 0


def test_nothing_is_said_of_drift_before_there_is_enough_or_without_a_baseline(watcher: Watcher) -> None:
    ask(watcher, normal(1, 100))
    assert "drift" not in watcher.numbers()
    bare = Watcher("detector", "1", None)
    ask(bare, normal(1, 1_000))
    assert "drift" not in bare.numbers()
    assert bare.numbers()["confidence"]


def test_accuracy_is_what_people_say_of_answers(watcher: Watcher) -> None:
    rows = np.array([[3.0, 0, 0], [-3.0, 0, 0], [3.0, 0, 0], [3.0, 0, 0]], np.float32)
    ask(watcher, rows)
    assert [watcher.feedback(f"r{n}", [1]) for n in range(3)] == [True, False, True]
    assert watcher.feedback("r3", said=False) is False
    assert watcher.numbers()["accuracy"] == 50.0


def test_feedback_on_what_nobody_asked_is_not_counted(watcher: Watcher) -> None:
    ask(watcher, normal(1, 2))
    assert watcher.feedback("r9", [1]) is None
    assert watcher.feedback("r0", [1, 1]) is None
    watcher.feedback("r1", said=True)
    assert watcher.feedback("r1", said=True) is None
    assert watcher.numbers()["accuracy"] == 100.0


def test_tensors_that_the_baseline_does_not_know_are_counted_and_nothing_else(watcher: Watcher) -> None:
    ask(watcher, normal(1, TOGETHER - 1))
    watcher.note(None, {"x": np.zeros((1, 7), np.float32)}, {"scores": np.zeros((1, 2), np.float32)}, 0.1)
    assert watcher.report().unread == 1
    ask(watcher, normal(2, 300))
    assert "drift" in watcher.numbers()


def test_answers_are_read_together_each_as_by_itself() -> None:
    one, two = np.array([[0.9, 0.1]], np.float32), np.array([[0.2, 0.8], [0.7, 0.3]], np.float32)
    odd = np.array([0.5, 0.5], np.float32)
    sure, chosen = read_answers(Answer(tensor="y", kind="probabilities"), [one, two, None, odd, one])
    assert sorted(sure.tolist()) == pytest.approx([0.7, 0.8, 0.9, 0.9])
    assert chosen == [(0,), (1, 0), None, None, (0,)]


def test_labels_are_remembered_as_far_as_they_are_short_and_few() -> None:
    texts = [["a"], ["b"], ["c" * 300], ["d"] * 100, [["e", "f"]]]
    sure, chosen = read_answers(Answer(tensor="y", kind="labels"), [np.array(one, object) for one in texts])
    assert (len(sure), chosen) == (0, [("a",), ("b",), None, None, None])


def test_memory_is_bounded_whatever_comes(watcher: Watcher) -> None:
    ask(watcher, normal(1, REMEMBERED + 2_000))
    watcher.look()
    assert len(watcher._remembered._labels) == REMEMBERED  # noqa: SLF001 - what is bounded
    assert not watcher._aside  # noqa: SLF001


def test_a_report_says_all_of_it_and_holds_no_row(watcher: Watcher) -> None:
    ask(watcher, normal(1, 500))
    report, sketched = watcher.report(), watcher.sketched()
    assert ModelReport.model_validate_json(report.model_dump_json()) == report
    assert Sketched.model_validate_json(sketched.model_dump_json()) == sketched
    assert len(sketched.features) == len(report.features) == 5
    assert merged([sketched.latency or ""]).n == 500
