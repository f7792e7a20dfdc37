"""The same with a real engine and an agent in a process of its own, which is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from placelang_runtime.drivers import DriverError
from placelang_runtime.drivers.docker import DockerDriver
from tests.apply.stores import Store
from tests.cli.console import Result, clean_environment, process
from tests.engines import Engine

INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
SHOP = """
app shop {
  service till {
    image    "box:1"
    replicas 1 per site
    needs    memory 16MiB
    health   exec "true" every 1s retries 9
  }
  service web {
    image    "box:1"
    replicas 1 per site
    needs    memory 16MiB
    health   exec "true" every 1s retries 9
  }
}
"""
WAITS = """CMD ["/bin/sh", "-c", "trap 'exit 0' TERM; tail -f /dev/null & wait"]"""
ALL = ["shop.till@gbg/1", "shop.web@gbg/1"]
SECONDS = 60.0


def until(holds: Callable[[], bool]) -> None:
    end = monotonic() + SECONDS
    while not holds():
        assert monotonic() < end
        sleep(0.05)


class Machine:
    """A host of which the agent and the engine start, end and are killed."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine = folder, engine
        self.agent: subprocess.Popen[bytes] | None = None
        config = (
            f'host = "gbg-1"\nsite = "gbg"\nunsigned = true\nstate = "state"\nengine = "{engine.address}"\n'
        )
        (folder / "host.toml").write_text(config, encoding="utf-8")

    def start(self) -> None:
        command = [sys.executable, "-m", "placelang_runtime", "run", "--config", "host.toml"]
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                command, cwd=self.folder, env=clean_environment(), stdout=log, stderr=log
            )
        until((self.folder / "state" / "agent.sock").exists)

    def kill(self) -> None:
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait(SECONDS)
            (self.folder / "state" / "agent.sock").unlink(missing_ok=True)

    def run(self, *arguments: str) -> Result:
        program = ("-m", "placelang_runtime")
        return process(*arguments, "--config", "host.toml", cwd=self.folder, program=program)

    def running(self) -> list[str]:
        with suppress(DriverError):
            copies = DockerDriver("gbg-1", self.engine.address).copies()
            return sorted(copy.labels.replica for copy in copies if copy.state == "running")
        return []


def test_a_host_comes_back_to_its_plan_from_a_lost_container_a_kill_and_a_reboot_without_network(
    tmp_path: Path, other_engine: Engine
) -> None:
    engine = other_engine
    engine.load("box:1", WAITS)
    store = Store(tmp_path, SHOP, INVENTORY)
    store.journal.close()
    store.plan()
    host = Machine(tmp_path, engine)
    try:
        host.start()
        told = host.run("apply", "plan.json")
        assert (told.code, told.out.splitlines()[-1]) == (0, "gbg: 4 things done"), told
        assert host.running() == ALL

        client = engine.client
        lost = client.containers(filters={"label": "placelang.service=shop.web"})[0]["Id"]
        client.remove_container(lost, force=True)
        until(lambda: host.running() == ALL)

        host.kill()
        assert host.running() == ALL
        engine.stop()
        (tmp_path / "plan.json").unlink()
        subprocess.run(
            ["ip", "-n", engine.namespace, "link", "set", "outside", "down"], check=True, timeout=SECONDS
        )
        host.start()
        engine.start()
        until(lambda: host.running() == ALL)
        until(lambda: host.run("status").code == 0)
    finally:
        host.kill()
        if engine.process is None:
            engine.start()
        subprocess.run(
            ["ip", "-n", engine.namespace, "link", "set", "outside", "up"], check=True, timeout=SECONDS
        )
