"""Sketches of several servers, added up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from placelang_runtime.drift.baseline import Answer, Baseline
from placelang_runtime.drift.features import Array
from placelang_runtime.drift.sketches import ERROR, Sketched, SketchError, merged, ranks
from placelang_runtime.drift.summed import farthest, read_sketched, summed
from placelang_runtime.drift.watcher import Watcher
from tests.drift.worlds import baseline, normal

SITES = 10


def scores(rows: Array) -> dict[str, Array]:
    sure = (1 / (1 + np.exp(-2 * rows[:, 0]))).astype(np.float32)
    return {"scores": np.stack([1 - sure, sure], axis=1)}


@pytest.fixture(scope="module")
def drawn() -> Baseline:
    rows = normal(0, 5_000)
    return baseline({"x": rows}, scores(rows))


def met(drawn: Baseline | None, rows: Array, milliseconds: Array, right: int = 0) -> Sketched:
    """What a server says that was asked about the rows."""
    watcher = Watcher("eyes", "1", drawn)
    for number, (row, one) in enumerate(zip(rows, milliseconds, strict=True)):
        watcher.note(f"r{number}", {"x": row[None]}, scores(row[None]), one / 1000)
    for number in range(10):
        watcher.feedback(f"r{number}", said=number < right)
    return read_sketched(watcher.sketched().model_dump_json())


def test_sketches_of_ten_sites_equal_one_over_all_data_within_the_stated_error(drawn: Baseline) -> None:
    sites = [normal(seed, 600, shift=seed / SITES) for seed in range(SITES)]
    took = [np.random.default_rng(seed).gamma(2, 5 + seed, 600) for seed in range(SITES)]
    said = [met(drawn, rows, one, right=8) for rows, one in zip(sites, took, strict=True)]
    together, all_took = np.concatenate(sites), np.concatenate(took)
    for number, feature in enumerate(drawn.features[: drawn.of_inputs]):
        sketch = merged(one.features[number] for one in said)
        assert sketch.n == len(together)
        values = np.sort(together[:, number])
        edges = np.array(feature.edges, np.float32)
        exact = np.stack([np.searchsorted(values, edges, side) for side in ("left", "right")], 1).ravel()
        assert np.abs(np.array(ranks(feature, sketch)) - exact / len(values)).max() <= ERROR
    whole, alone = summed(said), summed([met(drawn, together, all_took)])
    assert (whole.requests, whole.accuracy, whole.rows) == (6_000, 80.0, 6_000)
    assert whole.latency is not None
    for share, value in whole.latency.items():
        assert abs((all_took <= value).mean() - float(share[1:]) / 100) <= ERROR
    for name, one in whole.inputs.items():
        assert abs(one.ks - alone.inputs[name].ks) <= 2 * ERROR
    assert [name for name, one in whole.inputs.items() if one.drifted] == ["x[0]"]
    assert (farthest(whole.inputs.values()) or 0) > 0.05


def test_what_is_of_another_baseline_is_left_and_what_has_none_counts_else(drawn: Baseline) -> None:
    rows, took = normal(1, 300), np.full(300, 5.0)
    other = drawn.model_copy(update={"answer": Answer(tensor="x", kind="labels")})
    found = summed(
        [met(drawn, rows, took), met(drawn, rows, took), met(other, rows, took), met(None, rows, took)]
    )
    assert (found.servers, found.requests, found.rows, found.left) == (4, 1_200, 600, 1)


def test_of_few_rows_nothing_is_said(drawn: Baseline) -> None:
    found = summed([met(drawn, normal(1, 60), np.full(60, 5.0))])
    assert (found.rows, found.inputs, farthest(found.inputs.values())) == (60, {}, None)


@pytest.mark.parametrize("damage", ["{", "[]", json.dumps({"format": "placelang/sketches/1"})])
def test_what_is_no_document_of_ours_is_refused(damage: str) -> None:
    with pytest.raises(SketchError, match="no sketches"):
        read_sketched(damage)


def test_a_sketch_that_is_damaged_is_refused(drawn: Baseline) -> None:
    said = met(drawn, normal(1, 60), np.full(60, 5.0))
    with pytest.raises(SketchError, match="a sketch cannot be read"):
        summed([said.model_copy(update={"latency": "AAAA"})])
