"""New versions that are tried beside the one that serves: as shadows, as canaries, until they pass or go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from placelang_runtime.operations import Phase
from placelang_runtime.serve.manifest import Entry
from placelang_runtime.serve.trial import LEAST, agreement
from tests.models.making import model, saved, values, weight
from tests.serve.serving import Server, entry, running, same, serve, slow, tensor, times

QUICK = 1
"""Milliseconds: as soon as enough was asked."""
LASTING = 3_600_000


def phase(share: float = 50, lasts_ms: int = QUICK, errors: float = 1, **bounds: float) -> Phase:
    return Phase(share=share, lasts_ms=lasts_ms, errors=errors, **bounds)


def tried(one: Entry, **phases: Phase) -> Entry:
    return one.model_copy(update=phases)


@contextmanager
def trial(folder: Path, factor: float = 3, **phases: Phase) -> Iterator[Server]:
    """A version that doubles serves, and one of another factor is tried."""
    old = times(folder, "m", 2, "1")
    serve(folder, old, tried(times(folder, "m", factor, "2"), **phases))
    with running(folder) as server:
        yield server


def ask(server: Server) -> tuple[str, float]:
    status, said = server.infer("m", {"inputs": [tensor("x", "FP32", [1, 4], [1, 1, 1, 1])]})
    assert status == 200, said
    return said["model_version"], said["outputs"][0]["data"][0]


def told(server: Server) -> dict[str, Any]:
    status, _, body = server.ask("GET", "/v2/models/m/trial")
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def until_over(server: Server) -> set[tuple[str, float]]:
    """What was answered until the trial was over."""
    answers = {ask(server)}
    while told(server)["passed"] is None:
        answers.add(ask(server))
    return answers


def test_the_answers_of_a_shadow_reach_nobody_until_it_has_passed(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase(lasts_ms=LASTING)) as server:
        assert {ask(server) for _ in range(2 * LEAST)} == {("1", 2)}
        assert told(server)["phase"] == "shadow"


def test_a_shadow_that_passed_serves(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase()) as server:
        until_over(server)
        assert told(server)["passed"]
        assert ask(server) == ("2", 3)
        assert server.ask("GET", "/v2/models/m/versions/2/promoted")[0] == 200


def test_a_canary_answers_its_share_of_requests_and_no_more(tmp_path: Path) -> None:
    with trial(tmp_path, canary=phase(share=10, lasts_ms=LASTING)) as server:
        answers = [ask(server)[0] for _ in range(100)]
        assert answers.count("2") == 10
        assert (told(server)["asked"], told(server)["phase"]) == (10, "canary")
        assert server.ask("GET", "/v2/models/m/versions/2/tried")[0] == 425


def test_what_is_counted_of_each_phase_is_there_for_prometheus(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase(), canary=phase(lasts_ms=LASTING)) as server:
        while told(server)["phase"] == "shadow":
            ask(server)
        asked = 'trial_{}_total{{model="m",phase="{}",version="2"}}'
        assert server.metric(asked.format("asked", "shadow")) >= LEAST
        assert server.metric(asked.format("compared", "shadow")) >= LEAST
        assert server.metric(asked.format("agreed", "shadow")) == 0
        before = told(server)["asked"]
        assert [ask(server)[0] for _ in range(4)].count("2") == 2
        assert server.metric(asked.format("asked", "canary")) >= before + 2
        assert server.metric(asked.format("failed", "canary")) == 0


def test_first_it_is_a_shadow_then_a_canary(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase(), canary=phase()) as server:
        until_over(server)
        assert told(server)["phase"] is None
        assert ask(server) == ("2", 3)


def test_a_shadow_that_disagrees_too_often_goes(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase(agreement=90)) as server:
        assert until_over(server) == {("1", 2)}
        said = told(server)
        assert not said["passed"]
        assert re.fullmatch(r"it agreed in 0 of \d+ answers", said["why"])
        assert ask(server) == ("1", 2)
        assert server.ask("GET", "/v2/models/m/versions/2/tried")[0] == 200
        assert server.ask("GET", "/v2/models/m/versions/2/promoted")[0] == 400
        assert server.ask("GET", "/v2/health/ready")[0] == 200


def test_one_that_agrees_passes(tmp_path: Path) -> None:
    with trial(tmp_path, factor=2, shadow=phase(agreement=100)) as server:
        until_over(server)
        assert told(server)["passed"]


def test_one_that_is_too_slow_goes(tmp_path: Path) -> None:
    with trial(tmp_path, canary=phase(latency_ms=1e-6)) as server:
        until_over(server)
        assert told(server)["why"].startswith("95 of 100 requests took up to ")


def test_one_that_fails_goes_and_no_request_is_lost(tmp_path: Path) -> None:
    old = slow(tmp_path, "m")
    broken = times(tmp_path, "m", 2, "2")
    serve(tmp_path, old, tried(broken, canary=phase()))
    with running(tmp_path) as server:
        assert "other tensors" in told(server)["why"]
        said = {"inputs": [tensor("n", "INT64", [], [1])]}
        assert {server.infer("m", said)[0] for _ in range(2 * LEAST)} == {200}


def failing(folder: Path, version: str) -> Entry:
    """Of the form of what `times` makes, and fails at an odd number of rows."""
    nodes = [
        helper.make_node("Reshape", ["x", "pairs"], ["z"]),
        helper.make_node("Reshape", ["z", "rows"], ["y"]),
    ]
    shapes = [weight("pairs", [-1, 8], np.int64), weight("rows", [-1, 4], np.int64)]
    made = model(nodes, [values("x", "rows", 4)], [values("y", "rows", 4)], shapes)
    saved(made, folder, f"m-{version}.onnx")
    return entry("m", f"m-{version}.onnx", version)


def test_a_canary_that_fails_at_requests_goes_and_the_version_before_answers_them(tmp_path: Path) -> None:
    serve(tmp_path, times(tmp_path, "m", 2, "1"), tried(failing(tmp_path, "2"), canary=phase(share=100)))
    with running(tmp_path) as server:
        assert until_over(server) == {("1", 2)}
        said = told(server)
        assert (said["passed"], said["failed"]) == (False, said["asked"])
        assert re.fullmatch(r"it failed at (\d+) of \1 requests", said["why"])
        failed = server.metric('trial_failed_total{model="m",phase="canary",version="2"}')
        assert failed == said["asked"] >= LEAST
        assert ask(server) == ("1", 2)
        assert server.ask("GET", "/v2/models/m/versions/2/promoted")[0] == 400


def test_a_trial_that_a_killed_server_cut_off_begins_anew(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase(), canary=phase(lasts_ms=LASTING)) as server:
        while told(server)["phase"] == "shadow":
            ask(server)
        assert {ask(server)[0] for _ in range(4)} == {"1", "2"}
        server.process.kill()
        server.process.wait()
    with running(tmp_path) as server:
        said = told(server)
        assert (said["phase"], said["asked"], said["passed"]) == ("shadow", 0, None)
        assert ask(server) == ("1", 2)


def test_a_trial_is_not_begun_anew_by_a_manifest_that_says_the_same(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase()) as server:
        until_over(server)
        again = times(tmp_path, "m", 2, "1")
        serve(tmp_path, again, tried(times(tmp_path, "m", 3, "2"), shadow=phase()), same(tmp_path, "n", 1, 1))
        server.wait_ready()
        assert told(server)["passed"]
        assert ask(server) == ("2", 3)


def test_once_it_passed_it_may_stand_alone(tmp_path: Path) -> None:
    with trial(tmp_path, shadow=phase()) as server:
        until_over(server)
        serve(tmp_path, times(tmp_path, "m", 3, "2"))
        server.wait_ready()
        assert ask(server) == ("2", 3)
        assert server.ask("GET", "/v2/models/m/trial")[0] == 404


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ([[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.7, 0.3]], [True, False]),
        ([[1.0, 5.0]], [[1.0, 5.0001]], [True]),
        ([[1.0, 5.0]], [[1.0, 6.0]], [False]),
        ([[0.9, 0.1]], [[0.9, 0.1], [0.9, 0.1]], [False]),
    ],
)
def test_answers_agree_in_their_class_or_in_all_that_they_say(
    one: Any, other: Any, alike: list[bool]
) -> None:
    assert agreement({"y": np.array(one)}, {"y": np.array(other)}).tolist() == alike
