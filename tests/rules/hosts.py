"""A host that is watched, on an engine that is only thought of, by a clock that the test turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from placelang_runtime.apply import Result, Thought
from placelang_runtime.apply.target import find_target
from placelang_runtime.drivers import Copy, Usage
from placelang_runtime.part import SitePart
from placelang_runtime.watch.collect import Collector
from placelang_runtime.watch.organ import Watching
from tests.apply.stores import Store

HOST = "gbg-1"
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
SHOP = """
param till: string = "1"

app shop {
  service till {
    image    "registry.example.com/till:${till}"
    replicas 2 per site
    needs    memory 1GiB
    volume   "/data" keep
    health   exec "true" every 10s retries 3
  }
  service web {
    image    "registry.example.com/web:1"
    replicas 1 per site
    needs    memory 1GiB
    health   exec "true" every 10s retries 3
  }
  job count {
    image "registry.example.com/count:1"
    lasts 1h
    every sunday
  }
  monitor till { RULES }
}
"""


class Watched:
    """One host whose plans follow one another, and whose rules are looked at."""

    def __init__(self, folder: Path, *rules: str) -> None:
        self.store = Store(folder, SHOP.replace("RULES", "; ".join(rules)), INVENTORY)
        self.driver = self.store.drivers[HOST]
        self.hands = Thought()
        self.store.hands = self.hands
        self.ran: list[str] = []
        self.part: SitePart | None = None
        self.boot = "boot 1"
        self.watching = self.watcher()

    def watcher(self) -> Watching:
        """As an agent that is started has it."""
        watching = Watching(
            host=HOST,
            journal=self.store.journal,
            collector=Collector(self.driver, self.hands),
            part=lambda: self.part,
            wanted=lambda: self.wanted,
            happen=self.store.journal.happen,
            run_job=self._run,
            boot=self.boot,
        )
        watching.begin()
        return watching

    def _run(self, job: str, _why: str) -> str:
        self.ran.append(job)
        return "is run"

    def plan(self, till: str = "1") -> Result:
        """Make a plan, and have it run."""
        self.part = self.store.plan(till=till)
        result = self.store.apply(self.part, (HOST,))
        self._follow()
        return result

    def carry_out(self) -> None:
        """What an agent does once something is decided."""
        from placelang_runtime.apply import carry_out

        if self.part is not None:
            carry_out(self.store.scene(self.part, (HOST,)), "agent")
        self._follow()

    def _follow(self) -> None:
        if self.part is not None:
            self.wanted = find_target(self.part, self.store.journal, [HOST]).wanted[HOST]

    def wait(self, seconds: float) -> None:
        """Let time pass, with turns whenever they are due."""
        end = self.hands.time + seconds
        while self.hands.time < end:
            due = self.watching.due(self.hands.time)
            self.hands.time = end if due is None else min(end, max(due, self.hands.time + 0.5))
            if due is not None and due <= self.hands.time and self.watching.tick(self.hands.time):
                self.carry_out()

    def copies(self, service: str) -> list[Copy]:
        return [copy for copy in self.driver.copies() if copy.labels.service == service]

    def restart(self, service: str, times: int = 1) -> None:
        """Let a container end and be started again by its engine."""
        copy = self.copies(service)[0]
        self.driver._copies[copy.id] = replace(copy, restarts=copy.restarts + times)  # noqa: SLF001

    def use(self, replica: str, cores: float, memory: int = 0) -> None:
        self.driver.uses[replica] = Usage(cores * self.hands.time, memory)

    def told(self) -> list[str]:
        """What happened: `alert: shop.till restarts > 3 …`."""
        return [f"{one.kind}: {one.text}" for one in self.store.journal.happenings()]
