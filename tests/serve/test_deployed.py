"""From a placement file to an answer, and on to the next version and back: services that serve models and name nothing
that would, on a real host without an engine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton

from placelang.cli.exits import Exit
from placelang_runtime.canonical import read_plan
from placelang_runtime.drift.reports import ModelReport
from placelang_runtime.drivers.process import ProcessDriver
from tests.cli.console import Console, Result
from tests.drift.worlds import normal
from tests.serve.classifying import asked, classifier, drawn
from tests.serve.serving import tensor, times

APP = """
param version: string = "1"

app shop {
  model score {
    file    "models/score.onnx"
    version "${version}"
    retain  1
  }
  service scorer {
    serves   score
    replicas 1
    needs    cpu 1, memory 4GiB
    port     PORT
    health   http PORT "/v2/health/ready" every 300ms timeout 5s retries 100
  }
}
"""
WATCHED = APP.replace("    retain  1\n", '    retain  1\n    baseline "models/score.json"\n')
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, up: true}
"""
ASKED = json.dumps({"inputs": [tensor("x", "FP32", [1, 4], [1, 1, 1, 1])]}).encode()


class Host:
    """A host with one service, and whoever asks it."""

    def __init__(self, console: Console) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.console = console
        self.folder = console.folder
        (self.folder / "models").mkdir()
        console.write("app.place", APP.replace("PORT", str(self.port)))
        console.write("inventory.yaml", INVENTORY)

    def plan(self, version: str, factor: float) -> None:
        made = times(self.folder / "models", "score", factor)
        (self.folder / "models" / made.file).rename(self.folder / "models" / "score.onnx")
        before = ("--current", "plan.json") if (self.folder / "plan.json").exists() else ()
        given = ("-i", "inventory.yaml", "--set", f"version={version}", *before)
        self.console.run("plan", "app.place", *given, "-o", "plan.json")

    def run(self, *arguments: str, code: Exit = Exit.DONE) -> Result:
        state = ("--driver", "process", "--state", str(self.folder / "state"), "--host", "gbg-1")
        return self.console.run(*arguments, *state, code=code)

    def apply(self, code: Exit = Exit.DONE) -> Result:
        return self.run("apply", "plan.json", "--unsigned", code=code)

    def answer(self) -> tuple[str, float]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/v2/models/shop.score/infer", ASKED)
            said: dict[str, Any] = json.loads(connection.getresponse().read())
            return said["model_version"], said["outputs"][0]["data"][0]
        finally:
            connection.close()

    def stored(self) -> int:
        return len(list((self.folder / "state" / "models").glob("sha256-*")))


@pytest.fixture
def host(console: Console) -> Iterator[Host]:
    made = Host(console)
    yield made
    driver = ProcessDriver("gbg-1", made.folder / "state" / "processes")
    for copy in driver.copies():
        driver.remove(copy.id)


def test_a_model_is_served_swapped_under_load_and_taken_back(host: Host) -> None:
    host.plan("1", 2)
    assert "fetched    shop.score\n" in host.apply().out
    client = triton.InferenceServerClient(f"127.0.0.1:{host.port}")
    x = triton.InferInput("x", [2, 4], "FP32")
    x.set_data_from_numpy(np.ones((2, 4), np.float32))
    assert (client.infer("shop.score", [x]).as_numpy("y") == 2).all()
    client.close()
    assert "nothing to do" in host.apply().out

    heard: list[tuple[str, float]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            heard.append(host.answer())

    asking = threading.Thread(target=ask)
    asking.start()
    host.plan("2", 3)
    [steps] = [part.steps for part in read_plan(host.folder / "plan.json").parts]
    assert steps is not None
    assert [step.kind for step in steps.nodes] == ["fetch-model", "start"]
    host.apply()
    stop.set()
    asking.join()
    assert set(heard) <= {("1", 2.0), ("2", 3.0)}
    assert host.answer() == ("2", 3.0)

    host.run("rollback")
    assert host.answer() == ("1", 2.0)
    host.apply()
    host.plan("3", 4)
    host.apply()
    assert host.answer() == ("3", 4.0)
    assert host.stored() == 2  # of what ran before, one version is retained


def test_another_file_than_the_plan_says_is_not_served(host: Host) -> None:
    host.plan("1", 2)
    (host.folder / "models" / "score.onnx").write_bytes(b"\0" * 100)
    result = host.apply(code=Exit.PARTIAL)
    assert "models/score.onnx" in result.out + result.err


def test_a_file_that_is_no_model_is_told_when_it_is_planned(host: Host) -> None:
    (host.folder / "models" / "score.onnx").write_bytes(b"MZ")
    result = host.console.run("plan", "app.place", "-i", "inventory.yaml", code=Exit.INPUT)
    assert "error[unreadable]: `models/score.onnx` is no model: " in result.err


def test_a_file_that_is_not_there_is_planned_and_not_applied(host: Host) -> None:
    host.console.run("plan", "app.place", "-i", "inventory.yaml", "-o", "plan.json")
    result = host.apply(code=Exit.PARTIAL)
    assert "plan again where the file is" in result.out + result.err


def test_a_baseline_goes_with_its_model_and_that_of_another_is_refused(host: Host) -> None:
    models = host.folder / "models"
    host.console.write("app.place", WATCHED.replace("PORT", str(host.port)))
    path = classifier(models, "score.onnx")
    given = ("app.place", "-i", "inventory.yaml", "--set", "version=1", "-o", "plan.json")
    assert (
        "the baseline `models/score.json` is not there"
        in host.console.run("plan", *given, code=Exit.INPUT).err
    )
    drawn(path, models / "score.json")
    host.console.run("plan", *given)
    host.apply()
    connection = HTTPConnection("127.0.0.1", host.port, timeout=30)
    for first in range(0, 300, 50):
        body = json.dumps(asked(normal(1, 50), str(first)))
        connection.request("POST", "/v2/models/shop.score/infer", body)
        assert connection.getresponse().read()
    connection.request("GET", "/v2/models/shop.score/watch")
    report = ModelReport.model_validate_json(connection.getresponse().read())
    connection.close()
    assert isinstance(report.numbers["drift"], dict)
    classifier(models, "score.onnx", 2)
    shown = host.console.run("plan", *given, code=Exit.INPUT).err
    assert "the baseline `models/score.json` is the baseline of another model" in shown


def applied_under_load(host: Host, code: Exit) -> set[tuple[str, float]]:
    """All answers that clients got while a plan was applied."""
    heard: set[tuple[str, float]] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            heard.add(host.answer())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        host.apply(code)
    finally:
        stop.set()
        asking.join()
    return heard


def test_a_version_is_tried_on_a_share_of_requests_before_it_serves(host: Host) -> None:
    tried = '\n    shadow  50% for 1ms, agreement >= AGREEMENT\n    canary  50% for 1ms\n    file    "models'
    text = (host.folder / "app.place").read_text().replace('\n    file    "models', tried)
    host.console.write("app.place", text.replace("AGREEMENT", "0%"))
    host.plan("1", 2)
    host.apply()
    host.plan("2", 3)
    assert applied_under_load(host, Exit.DONE) == {("1", 2.0), ("2", 3.0)}
    assert host.answer() == ("2", 3.0)
    host.run("rollback")
    assert host.answer() == ("1", 2.0)  # at once: it served before

    host.console.write("app.place", text.replace("AGREEMENT", "90%"))
    host.plan("3", 4)
    assert applied_under_load(host, Exit.PARTIAL) == {("1", 2.0)}
    assert host.answer() == ("1", 2.0)
    state = ("--state", str(host.folder / "state"))
    told = host.console.run("model", "history", "shop.score", *state, code=Exit.DONE).out.splitlines()
    assert [line.split()[3] for line in told] == ["1", "2", "1"]
