"""Rules about a model that is really served, by the agent of a host without an engine and without a network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placelang_runtime.agent.inbox import Inbox
from placelang_runtime.agent.reported import with_sketches
from placelang_runtime.agent.run import run_agent
from placelang_runtime.canonical import read_plan
from placelang_runtime.containers import replicas_on
from placelang_runtime.drift.summed import read_sketched
from placelang_runtime.drivers.process import ProcessDriver
from placelang_runtime.host_config import read_host_config
from placelang_runtime.journal import Happening
from placelang_runtime.report import ReportedModel
from placelang_runtime.state import open_state
from placelang_runtime.watch.seen import SeenModel
from tests.agent.hosts import until
from tests.cli.console import Console
from tests.drift.worlds import normal
from tests.serve.classifying import Asker, classifier, drawn, right_labels

SHOP = """
param version: string = "1"

app shop {
  model score {
    file     "models/score.onnx"
    version  "${version}"
    baseline "models/score.json"
  }
  service scorer {
    serves   score
    replicas 1
    needs    cpu 1, memory 4GiB
    port     PORT
    health   http PORT "/v2/health/ready" every 300ms timeout 5s retries 100
  }
  job retrain {
    command "/bin/sh", "-c", "echo trained"
    needs   memory 64MiB
    lasts   1h
    every   sunday
  }
  monitor score {
    alert       when drift(input) < 0.05 and p95(latency) > 0ms
    alert       when accuracy < 90%
    run retrain when drift(input) > 0.2
    roll back   when drift(input) > 0.2
  }
}
"""
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    timezone: UTC
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, up: true}
"""
CONFIG = """
host = "gbg-1"
site = "gbg"
unsigned = true
driver = "process"
state = "state"
"""


class Host:
    def __init__(self, console: Console) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        self.console, self.folder, self.port = console, console.folder, port
        (self.folder / "models").mkdir()
        console.write("app.place", SHOP.replace("PORT", str(port)))
        console.write("inventory.yaml", INVENTORY)
        console.write("host.toml", CONFIG)
        self.driver = ProcessDriver("gbg-1", self.folder / "state" / "processes")
        self.happened: list[Happening] = []

    def run_version(self, version: str, factor: float) -> None:
        path = classifier(self.folder / "models", "score.onnx", factor)
        drawn(path, self.folder / "models" / "score.json")
        before = ("--current", "plan.json") if (self.folder / "plan.json").exists() else ()
        given = (
            "-i",
            "inventory.yaml",
            "--at",
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "--set",
            f"version={version}",
            *before,
        )
        self.console.run("plan", "app.place", *given, "-o", "plan.json")
        self.console.run("apply", "plan.json", "--config", "host.toml", "--models", ".")

    @contextmanager
    def agent(self) -> Iterator[None]:
        inbox, config = Inbox(), read_host_config(self.folder / "host.toml")

        def live() -> None:
            with open_state(config.state) as state:
                run_agent(config, state, {"gbg-1": self.driver}, inbox, self.happened.append)

        thread = threading.Thread(target=live)
        thread.start()
        until((self.folder / "state" / "agent.sock").exists)
        try:
            yield
        finally:
            inbox.end()
            thread.join()

    def reported(self) -> tuple[ReportedModel, ...]:
        """What goes into a report of it."""
        (spec,) = replicas_on(read_plan(self.folder / "plan.json").parts[0], "gbg-1")
        served = SeenModel(
            service=spec.service, replica=spec.name, model="shop.score", version="2", numbers=None
        )
        return with_sketches([served], [spec], self.driver)

    def told(self, kind: str) -> list[str]:
        return [one.text for one in self.happened if one.kind == kind]


@pytest.fixture
def host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Host]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("placelang_runtime.agent.loop.JOBS", 0.2)
    for often in ("collect.COPIES_EVERY", "collect.MODELS_EVERY", "organ.DECIDE_EVERY", "organ.LOOK_EVERY"):
        monkeypatch.setattr(f"placelang_runtime.watch.{often}", 0.2)
    made = Host(Console(tmp_path, capsys, monkeypatch))
    yield made
    for copy in made.driver.copies():
        made.driver.remove(copy.id)


def test_a_shift_has_the_model_go_back_and_the_job_run_and_no_shift_has_neither(host: Host) -> None:
    with host.agent():
        host.run_version("1", 1)
        host.run_version("2", 1.1)
        with Asker("127.0.0.1", host.port, "shop.score") as asker:
            asker.ask(normal(1, 1_000))
            until(lambda: any("drift(input) < 0.05" in one for one in host.told("alert")))
            shown = host.console.run("monitor", "--once", "--config", "host.toml").out
            assert "shop.score  2        shop.scorer/1" in shown
            assert "raised  shop.score: alert when drift(input) < 0.05 and p95(latency) > 0ms" in shown
            assert shown.endswith("gbg: reports to nobody\n")
            (told,) = host.reported()
            assert read_sketched(told.sketches or "").baseline is not None
            assert not host.told("rule-roll-back")
            assert not host.told("rule-run")

            rows = normal(2, 1_000, shift=1)
            asker.ask(rows, "shifted ")
            until(lambda: host.told("rule-roll-back") and host.told("rule-run"))
            (went,) = host.told("rule-roll-back")
            assert went.startswith("roll back when drift(input) > 0.2 (drift(input) = ")
            assert went.endswith("shop.scorer goes back to how it ran before")
            until(lambda: asker.ask(rows[:20]) == "1")
            until(lambda: host.told("job-well"))

            wrong = [1 - one for one in right_labels(rows[:20])]

            def judged() -> bool:
                asker.ask(rows[:20], "wrong ")
                assert asker.judge("wrong 0", wrong) == {"id": "wrong 0", "right": False}
                return any("accuracy < 90%" in one for one in host.told("alert"))

            until(judged)
