"""What a model server knows of its models, from what it was asked and what people said of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from placelang_runtime.drift.reports import ModelReport
from placelang_runtime.drift.sketches import Sketched, merged
from placelang_runtime.serve.manifest import Drawn, Entry
from tests.drift.worlds import normal
from tests.models.making import model, saved, values, weight
from tests.serve.classifying import ask, asked, classifier, drawn, judge, right_labels, told
from tests.serve.serving import Server, entry, running, serve, times

ALIKE = ("shifted", "measured", "judged", "refused", "summed", "scraped")
"""Models of one file, one for each test, with the baseline of that file."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("watched")
    drawn(classifier(folder, "eyes.onnx"), folder / "eyes.json")
    eyes = [entry(name, "eyes.onnx", baseline=Drawn(file="eyes.json")) for name in ALIKE]
    serve(folder, *eyes, times(folder, "bare", 2, "4"), pairs(folder))
    with running(folder) as started:
        yield started


def pairs(folder: Path) -> Entry:
    """A model that runs with an even number of rows only."""
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    ends = [values("x", "rows", 3)], [values("y", "pairs", 2)]
    saved(model(nodes, *ends, [weight("shape", [-1, 2], np.int64)]), folder, "pairs.onnx")
    return entry("pairs")


def report_of(server: Server, name: str) -> ModelReport:
    return ModelReport.model_validate_json(json.dumps(told(server, name)))


def sketched_by(server: Server, name: str) -> Sketched:
    return Sketched.model_validate_json(json.dumps(told(server, name, "sketches")))


def test_a_shift_is_told_and_no_shift_is_not(server: Server) -> None:
    ask(server, "shifted", normal(1, 1_000))
    report = report_of(server, "shifted")
    assert report.numbers["drift"] == {"input": 0.0, "output": 0.0}
    assert not any(one.drifted for one in report.features)
    rows = normal(2, 1_000)
    rows[:, 1] += 1
    ask(server, "shifted", rows)
    report = report_of(server, "shifted")
    assert next(one.name for one in report.features if one.drifted) == "x[1]"
    drift = report.numbers["drift"]
    assert isinstance(drift, dict)
    assert drift["input"] > 0.5


def test_requests_are_measured_with_and_without_a_baseline(server: Server) -> None:
    ask(server, "measured", normal(1, 40))
    numbers = told(server, "measured")["numbers"]
    assert numbers["errors"] == 0
    assert numbers["latency"]["p95"] > 0
    assert 0.5 < numbers["confidence"]["mean"] < 1
    assert "drift" not in numbers
    status, _ = server.infer(
        "bare", {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1] * 4}]}
    )
    assert status == 200
    report = told(server, "bare/versions/4")
    assert (report["model"], report["version"], report["features"]) == ("bare", "4", [])
    assert report["numbers"]["latency"]["p50"] > 0


def test_a_model_that_fails_has_errors_and_a_bad_request_is_none(server: Server) -> None:
    assert server.infer("pairs", {"inputs": []})[0] == 400
    assert "errors" not in told(server, "pairs")["numbers"]
    assert [server.infer("pairs", asked(normal(0, rows), "a"))[0] for rows in (1, 2)] == [500, 200]
    assert told(server, "pairs")["numbers"]["errors"] == 50


def test_accuracy_is_what_people_say_of_answers(server: Server) -> None:
    rows = normal(1, 8)
    ask(server, "judged", rows, each=2)
    right = right_labels(rows)
    assert judge(server, "judged", {"id": "0", "labels": right[:2]}) == (200, {"id": "0", "right": True})
    wrong = [1 - one for one in right[2:4]]
    assert judge(server, "judged/versions/1", {"id": "2", "labels": wrong}) == (
        200,
        {"id": "2", "right": False},
    )
    assert judge(server, "judged", {"id": "4", "right": True}) == (200, {"id": "4", "right": True})
    assert told(server, "judged")["numbers"]["accuracy"] == 60


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"id": "nobody", "right": True}, 404, "no answer to `nobody` is remembered"),
        ({"id": "0", "labels": [1, 1, 1]}, 400, "the answer to `0` does not have 3 labels"),
        ({"id": "0", "labels": []}, 400, "`right` is true or false"),
        ({"id": "0", "labels": [[1]]}, 400, "`right` is true or false"),
        ({"id": "0", "labels": [1.5, True]}, 400, "`right` is true or false"),
        ({"id": "0", "right": 1}, 400, "`right` is true or false"),
        ({"id": 0, "right": True}, 400, "the id is no text"),
        ({"id": "0"}, 400, "feedback is an object of"),
        ({"id": "0", "right": True, "labels": [1]}, 400, "feedback is an object of"),
        (b"[" * 60_000, 400, "the feedback is no JSON"),
        (b" " * 70_000, 413, "feedback has at most 65536 bytes"),
    ],
)
def test_feedback_that_means_nothing_is_refused(server: Server, said: object, status: int, why: str) -> None:
    ask(server, "refused", normal(1, 2))
    answered, body = judge(server, "refused", said)
    assert (answered, body["error"][: len(why)]) == (status, why)
    assert "accuracy" not in told(server, "refused")["numbers"]


def test_what_is_known_is_there_for_prometheus_too(server: Server) -> None:
    assert 'drift{model="scraped"' not in server.ask("GET", "/metrics")[2].decode()
    rows = normal(1, 1_000, shift=1)
    ask(server, "scraped", rows)
    right = right_labels(rows)
    judge(server, "scraped", {"id": "0", "labels": [*right[:19], 1 - right[19]]})
    drift = told(server, "scraped")["numbers"]["drift"]
    for side in ("input", "output"):
        assert server.metric(f'drift{{model="scraped",side="{side}",version="1"}}') == drift[side]
    assert drift["input"] > 0.2
    assert server.metric('accuracy_ratio{model="scraped",version="1"}') == pytest.approx(0.95)
    assert 0.5 < server.metric('confidence{model="scraped",statistic="p50",version="1"}') <= 1


def test_sketches_of_the_last_hour_are_there_to_be_added_up(server: Server) -> None:
    ask(server, "summed", normal(1, 300))
    found = sketched_by(server, "summed")
    assert found.baseline is not None
    assert [merged([one]).n for one in found.features] == [300] * 5
    assert merged([found.latency or ""]).n == 15
    assert sketched_by(server, "bare").features == ()


def test_a_baseline_of_another_model_is_refused_and_one_of_another_variant_is_of_its_inputs(
    tmp_path: Path,
) -> None:
    digest = drawn(classifier(tmp_path, "eyes.onnx"), tmp_path / "eyes.json").model
    classifier(tmp_path, "other.onnx", 2)
    serve(tmp_path, entry("eyes", "eyes.onnx", baseline=Drawn(file="eyes.json")))
    with running(tmp_path) as server:
        serve(tmp_path, entry("eyes", "other.onnx", "2", baseline=Drawn(file="eyes.json")))
        while "cannot be served" not in server.log.read_text():
            assert server.ask("GET", "/v2/health/ready")[0] == 400
        assert "eyes 2 cannot be served: eyes.json is the baseline of another model" in server.log.read_text()
        assert told(server, "eyes")["version"] == "1"

        serve(tmp_path, entry("eyes", "other.onnx", "2", baseline=Drawn(file="eyes.json", model=digest)))
        server.wait_ready()
        ask(server, "eyes", normal(1, 300))
        report = told(server, "eyes")
        assert [one["name"] for one in report["features"]] == ["x[0]", "x[1]", "x[2]"]
        assert report["numbers"]["drift"] == {"input": 0.0}
