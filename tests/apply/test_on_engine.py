"""The same on a real engine: what runs, what fails, what is somebody else's, and an engine that goes and comes back."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from placelang_runtime.apply import Event, Threads, carry_out
from placelang_runtime.containers import replicas_on
from placelang_runtime.drivers.docker import DockerDriver
from tests.apply.stores import Store
from tests.engines import Engine

INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
SHOP = """
param version: string = "1"

app shop {
  service till {
    image    "box:1"
    replicas 1 per site
    needs    memory 16MiB
    health   exec "true" every 1s retries 2
  }
  service web {
    image    "box:${version}"
    replicas 1 per site
    needs    memory 16MiB
    volume   "/data" keep
    health   exec "true" every 1s retries 2
  }
}
"""
WAITS = """CMD ["/bin/sh", "-c", "trap 'exit 0' TERM; tail -f /dev/null & wait"]"""
ENDS = """CMD ["/bin/sh", "-c", "echo the drawer is stuck; exit 3"]"""


class EngineStore(Store):
    """A store of one host, with a real engine."""

    def __init__(self, folder: Path, engine: Engine, hands: Threads) -> None:
        super().__init__(folder, SHOP, INVENTORY)
        self.engine, self.hands = engine, hands
        self.drivers = {"gbg-1": DockerDriver("gbg-1", engine.address)}  # type: ignore[dict-item]
        for version, script in (("1", WAITS), ("2", WAITS), ("3", ENDS)):
            engine.load(f"box:{version}", script)


@pytest.fixture
def there(tmp_path: Path, engine: Engine) -> Iterator[EngineStore]:
    with Threads() as hands:
        yield EngineStore(tmp_path, engine, hands)


HOST = ("gbg-1",)


def test_a_plan_runs_is_updated_and_goes_back_where_an_image_does_not_start(there: EngineStore) -> None:
    assert there.apply(there.plan(), HOST).outcome == "done"
    second = there.plan(version="2")
    assert there.apply(second, HOST).outcome == "done"
    assert there.apply(second, HOST).deeds == 0
    before = there.running()
    assert before == {"gbg-1": ["shop.till@gbg/1 box:1", "shop.web@gbg/1 box:2"]}
    result = there.apply(there.plan(version="3"), HOST)
    assert result.failures[0].tail.startswith(b"the drawer is stuck\n")
    assert there.running() == before


def test_a_sidecar_gets_the_network_of_a_service_that_started_again(there: EngineStore) -> None:
    text = SHOP.replace('health   exec "true" every 1s retries 2', 'sidecar  tail { image "box:1" }', 1)
    part = there.plan(text=text)
    assert there.apply(part, HOST).outcome == "done"
    (driver,) = there.drivers.values()
    own, side = sorted(
        (copy for copy in driver.copies() if copy.labels.service == "shop.till"),
        key=lambda copy: copy.labels.container,
    )
    there.engine.client.restart(own.id, timeout=0)
    assert driver.copy(side.id).state == "restarting"
    assert there.apply(part, HOST).outcome == "done"
    now = driver.copy(side.id)
    assert (now.state, now.address) == ("running", driver.copy(own.id).address)
    assert there.apply(part, HOST).deeds == 0


def test_a_name_that_is_somebody_elses_is_told_and_left_alone(there: EngineStore) -> None:
    part = there.plan()
    name = next(spec.own.name for spec in replicas_on(part, "gbg-1") if spec.service == "shop.web")
    client = there.engine.client
    theirs = client.create_container("box:1", name=name)["Id"]
    result = there.apply(part, HOST)
    assert name in result.failures[0].why
    assert [one["Id"] for one in client.containers(all=True)] == [theirs]


def test_an_engine_that_hangs_midway_is_told_of_and_gone_on_with(
    tmp_path: Path, other_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placelang_runtime.apply.loop.PAUSES", (0.1,))
    process = other_engine.process
    assert process is not None
    with Threads() as hands:
        there = EngineStore(tmp_path, other_engine, hands)
        there.drivers = {"gbg-1": DockerDriver("gbg-1", other_engine.address, seconds=1)}  # type: ignore[dict-item]
        scene = there.scene(there.plan(), HOST)

        def freeze(event: Event) -> None:
            if event.kind == "did" and event.task == "create":
                process.send_signal(signal.SIGSTOP)

        scene.report = freeze
        result = carry_out(scene, "apply")
        assert result.outcome == "interrupted"
        assert "the engine does not answer" in result.unreachable["gbg-1"]
        process.send_signal(signal.SIGCONT)
        there.drivers = {"gbg-1": DockerDriver("gbg-1", other_engine.address)}  # type: ignore[dict-item]
        assert there.apply(scene.part, HOST).outcome == "done"
        assert there.running() == {"gbg-1": ["shop.till@gbg/1 box:1", "shop.web@gbg/1 box:1"]}


def test_an_engine_that_starts_again_midway_is_waited_for(there: EngineStore) -> None:
    part = there.plan(text=SHOP.replace('    volume   "/data" keep\n', ""))
    scene = there.scene(part, HOST)
    events: list[Event] = []

    def restart(event: Event) -> None:
        events.append(event)
        if [one.task for one in events if one.kind == "did"] == ["create"] and event.kind == "did":
            there.engine.stop()
            there.engine.start()

    scene.report = restart
    result = carry_out(scene, "apply")
    assert (result.outcome, [failure.why for failure in result.failures]) == ("done", [])
    assert there.running() == {"gbg-1": ["shop.till@gbg/1 box:1", "shop.web@gbg/1 box:1"]}
