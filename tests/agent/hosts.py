"""Hosts with an agent, on engines that are only thought of."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any

import pytest

import placelang_runtime.drivers
from placelang_runtime.agent.ask import agent_at
from placelang_runtime.agent.inbox import Inbox
from placelang_runtime.agent.run import run_agent
from placelang_runtime.drivers import Driver
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.host_config import HostConfig, read_host_config
from placelang_runtime.journal import Happening
from placelang_runtime.state import open_state
from tests.apply.stores import SHOP, Store
from tests.cli.console import Console, Result

INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
CONFIG = """
host = "gbg-1"
site = "gbg"
unsigned = true
registries = ["registry.example.com"]
state = "state"
"""
SECONDS = 60.0
"""After which something that has to happen did not."""


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    end = monotonic() + SECONDS
    while not holds():
        assert monotonic() < end
        sleep(0.01)


class Host:
    """A console at a host that has an agent from time to time."""

    def __init__(self, console: Console, patch: pytest.MonkeyPatch) -> None:
        self.console = console
        self.driver = MemoryDriver("gbg-1")
        self.store = Store(console.folder, SHOP.replace("replicas 2 per", "replicas 1 per"), INVENTORY)
        self.store.journal.close()
        self.happened: list[Happening] = []
        self.configure()

        def opened(*_names: str, **_options: object) -> Driver:
            return self.driver

        patch.setattr(placelang_runtime.drivers, "open_driver", opened)

    def configure(self, *lines: str) -> None:
        self.console.write("host.toml", "\n".join((CONFIG, *lines)))

    @property
    def config(self) -> HostConfig:
        return read_host_config(self.folder / "host.toml")

    @property
    def folder(self) -> Path:
        return self.console.folder

    def plan(self, **params: str) -> None:
        self.store.plan(current=True, **params)

    def run(self, *arguments: str, code: int | None = 0) -> Result:
        return self.console.run(*arguments, "--config", "host.toml", code=code)

    def running(self) -> list[str]:
        return sorted(copy.labels.replica for copy in self.driver.copies() if copy.state == "running")

    @contextmanager
    def agent(self) -> Iterator[Inbox]:
        """An agent of this host, in a thread of its own; what it raises is raised here."""
        inbox = Inbox()
        ended: SimpleQueue[BaseException | None] = SimpleQueue()

        def live() -> None:
            try:
                with open_state(self.config.state) as state:
                    run_agent(self.config, state, {"gbg-1": self.driver}, inbox, self.happened.append)
                ended.put(None)
            except BaseException as error:  # noqa: BLE001 - raised below
                ended.put(error)

        thread = threading.Thread(target=live)
        thread.start()
        until(lambda: self.answers() or not thread.is_alive())
        try:
            yield inbox
        finally:
            inbox.end()
            thread.join(SECONDS)
            error = ended.get(timeout=SECONDS)
            if error is not None:
                raise error

    def answers(self) -> bool:
        connection = agent_at(self.config.state)
        if connection is not None:
            connection.close()
        return connection is not None

    def told(self) -> list[str]:
        """What happened, as words."""
        return [f"{one.kind} {one.of}" for one in self.happened]


def get(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


def post(port: int, path: str, body: bytes) -> tuple[int, list[dict[str, Any]]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("POST", path, body)
    response = connection.getresponse()
    return response.status, [json.loads(line) for line in response.read().splitlines()]
