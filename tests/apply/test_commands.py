"""The commands of a host, as a person gives them, on engines that are only thought of but stay from one to the next."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import placelang_runtime.drivers
from placelang.cli.exits import Exit
from placelang_runtime.drivers import Driver
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.state import open_state
from tests.apply.stores import Store
from tests.cli.console import Console, Result

CONFIG = """
host = "gbg-1"
site = "gbg"
unsigned = true
registries = ["registry.example.com"]
state = "state"
"""
ENGINES = ("--engine", "gbg-1=unix:///one", "--engine", "gbg-2=unix:///two", "--config", "host.toml")


class Host:
    """A console at two hosts."""

    def __init__(self, console: Console, patch: pytest.MonkeyPatch) -> None:
        self.console = console
        self.drivers = {name: MemoryDriver(name) for name in ("gbg-1", "gbg-2")}
        self.store = Store(console.folder)
        self.store.journal.close()
        console.write("host.toml", CONFIG)

        def opened(_name: str, *, host: str, **_options: object) -> Driver:
            return self.drivers[host]

        patch.setattr(placelang_runtime.drivers, "open_driver", opened)

    def plan(self, **params: str) -> None:
        self.store.plan(current=True, text=None, **params)

    def run(self, *arguments: str, code: Exit = Exit.DONE) -> Result:
        return self.console.run(*arguments, *ENGINES, code=code)


@pytest.fixture
def host(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("placelang_runtime.health.SETTLED", 0.0)
    return Host(Console(tmp_path, capsys, monkeypatch), monkeypatch)


def test_apply_status_history_logs_rollback_remove(host: Host) -> None:
    host.plan()
    assert "gbg-1         runs       shop.till@gbg/1\n" in host.run("apply", "plan.json").out
    assert host.run("apply", "plan.json").out == "gbg: as planned, nothing to do\n"
    assert "shop.web@gbg/2" in host.run("status").out
    host.plan(web="2")
    host.run("apply", "plan.json")
    host.run("rollback", "shop")
    rows = json.loads(host.run("status", "--json").out)["containers"]
    assert {row["image"] for row in rows if "web" in row["replica"]} == {"registry.example.com/web:1"}
    assert {row["held"] for row in rows if "web" in row["replica"]} == {"rolled back by hand"}
    host.drivers["gbg-1"].wrote["shop.till@gbg/1"] = b"one\ntwo\n\x1b[2Jthree\n"
    assert host.run("logs", "shop.till", "--tail", "2").out == "two\n\x1b[2Jthree\n"
    host.run("remove", "shop")
    assert "shop" not in host.run("status").out
    history = host.console.run("history", "--config", "host.toml").out.splitlines()
    assert [line.split()[2] for line in history] == ["remove", "rollback", "apply", "apply", "apply"]


def test_a_dry_run_shows_what_would_be_done_and_does_nothing(host: Host) -> None:
    host.plan()
    told = host.run("apply", "plan.json", "--dry-run").out
    assert "runs       shop.web@gbg/2" in told
    assert told.splitlines()[-1].endswith("things would be done")
    assert not any(driver.copies() for driver in host.drivers.values())
    host.console.run("status", "--config", "host.toml", code=Exit.INPUT)


def test_a_dry_run_tells_which_images_the_host_does_not_allow(host: Host) -> None:
    host.plan()
    host.console.write("host.toml", CONFIG.replace("registry.example.com", "other.example.com"))
    told = host.run("apply", "plan.json", "--dry-run", code=Exit.PARTIAL).out
    assert "web:1 is not here, and host.toml allows no registry that has it" in told


def test_a_dry_run_passes_on_what_one_host_has(host: Host) -> None:
    host.plan()
    host.console.write("host.toml", CONFIG.replace("registry.example.com", "other.example.com"))
    names = ("till:1", "web:1", "ship:1", "tail:1")
    host.drivers["gbg-2"].images.update(f"registry.example.com/{name}" for name in names)
    assert "passed on" in host.run("apply", "plan.json", "--dry-run").out


def test_what_fails_is_told_with_what_it_wrote_last(host: Host) -> None:
    host.plan()
    host.run("apply", "plan.json")
    host.drivers["gbg-1"].sick.add("shop.till@gbg/1")
    host.drivers["gbg-1"].wrote["shop.till@gbg/1"] = b"no \x1b[31mdrawer\n"
    host.plan(till="2")
    told = host.run("apply", "plan.json", code=Exit.PARTIAL).out
    assert "failed: shop.till@gbg/1 on gbg-1: not healthy: it says that it is not healthy\n" in told
    assert "  | no \\x1b[31mdrawer\n" in told
    assert "shop@gbg went back to what ran before on gbg-1, gbg-2\n" in told


def test_one_host_by_itself_says_whom_it_waits_for(host: Host) -> None:
    host.plan()
    told = host.console.run("apply", "plan.json", "--config", "host.toml", code=Exit.PARTIAL).out
    assert "waits for gbg-2: start logs.ship@gbg-2/1, start shop.web@gbg/2\n" in told
    assert "apply there, then here again with --done gbg-2\n" in told
    host.console.run("apply", "--done", "gbg-2", "--config", "host.toml", code=Exit.DONE)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("apply", "no.json"), Exit.WORLD, "no.json: no such file or directory"),
        (("apply", "host.toml"), Exit.INPUT, "error: "),
        (("apply", "plan.json", "--done", "oslo-1"), Exit.INPUT, "the site gbg has no host oslo-1"),
        (("drain", "oslo-1"), Exit.INPUT, "no plan was accepted in"),
        (("rollback",), Exit.INPUT, "no plan was accepted in"),
        (("apply", "plan.json", "--engine", "gbg-1"), Exit.USAGE, "'gbg-1' is not HOST=unix:///PATH"),
        (
            ("apply", "plan.json", "--driver", "podman"),
            Exit.USAGE,
            "'podman' is no driver: write docker, process or",
        ),
        (("logs", "shop"), Exit.INPUT, "nothing called shop is here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_is_told_and_changes_nothing(
    host: Host, arguments: tuple[str, ...], code: Exit, message: str
) -> None:
    host.plan()
    told = host.run(*arguments, code=code)
    assert message in told.err
    assert "Traceback" not in told.err
    assert not any(driver.copies() for driver in host.drivers.values())


def cut(text: str) -> str:
    return text[: len(text) // 2]


def circled(text: str) -> str:
    plan = json.loads(text)
    plan["parts"][0]["steps"]["edges"].append([3, 2])
    return json.dumps(plan)


def odd(text: str) -> str:
    plan = json.loads(text)
    plan["parts"][0]["groups"][0]["services"][0]["command"] = 5
    return json.dumps(plan)


@pytest.mark.parametrize(
    ("damage", "why"),
    [(cut, "not JSON"), (circled, "a step that waits for a later one"), (odd, "command")],
    ids=["cut", "circled", "odd"],
)
def test_a_damaged_plan_is_refused_and_the_former_state_kept(
    host: Host, damage: Callable[[str], str], why: str
) -> None:
    host.plan()
    host.run("apply", "plan.json")
    before = host.run("status").out
    text = (host.console.folder / "plan.json").read_text(encoding="utf-8")
    (host.console.folder / "bad.json").write_text(damage(text), encoding="utf-8")
    told = host.run("apply", "bad.json", code=Exit.INPUT)
    assert why in told.err
    assert host.run("status").out == before


def test_one_owner_at_a_time(host: Host) -> None:
    host.plan()
    with open_state(host.console.folder / "state"):
        told = host.run("apply", "plan.json", code=Exit.WORLD)
    assert f"process {os.getpid()} is at work" in told.err


def test_after_a_damaged_journal_what_runs_is_taken_over(host: Host) -> None:
    host.plan()
    host.run("apply", "plan.json")
    before = {name: driver.copies() for name, driver in host.drivers.items()}
    (host.console.folder / "state" / "journal.db").write_bytes(b"\xff" * 9000)
    told = host.run("apply", "plan.json")
    assert "the journal was damaged, and is kept as" in told.err
    assert {name: driver.copies() for name, driver in host.drivers.items()} == before


ASKING = """
app shop {
  service till {
    image    "registry.example.com/till:1"
    replicas 1 per site
    hosts    where name == "gbg-1"
    needs    memory 1GiB
    env      KEY = secret("gate/key")
    env      OTHER = secret("gate/other")
    volume   "/data" from "/srv/data"
    port     8080
  }
}
app eyes {
  model score {
    file    "score.onnx"
    version "1"
  }
  service scorer {
    serves   score
    replicas 1 per site
    hosts    where name == "gbg-1"
    needs    memory 1GiB
    port     8000
  }
}
"""


def test_a_dry_run_tells_all_that_the_host_would_refuse(host: Host) -> None:
    host.store.plan(text=ASKING)
    refused = json.loads(host.run("apply", "plan.json", "--dry-run", "--json", code=Exit.PARTIAL).out)[
        "refused"
    ]
    secrets = host.console.folder / "secrets"
    assert {(one["host"], one["of"]) for one in refused} == {
        ("gbg-1", "shop.till@gbg/1"),
        ("gbg-1", "eyes.score"),
    }
    whys = " | ".join(one["why"] for one in refused)
    for said in ("gate/key", "gate/other", "does not allow /srv/data", "does not say which file score.onnx"):
        assert said in whys
    assert len(refused) == 4
    assert not secrets.exists()
    assert (
        "refused: eyes.score on gbg-1: " in host.run("apply", "plan.json", "--dry-run", code=Exit.PARTIAL).out
    )
