"""A rule on a real engine, carried out by an agent in a process of its own, without a network."""

from __future__ import annotations

import subprocess
from pathlib import Path

from placelang_runtime.journal import open_journal
from placelang_runtime.state import milliseconds
from tests.agent.test_on_engine import INVENTORY, SECONDS, WAITS, Machine, until
from tests.apply.stores import Store
from tests.engines import Engine

SHOP = """
param version: string = "1"

app shop {
  service till {
    image    "box:${version}"
    replicas 1 per site
    needs    memory 16MiB
    health   exec "true" every 1s retries 9
  }
  monitor till { roll back when restarts > 2 }
}
"""
ENDS = """CMD ["/bin/sh", "-c", "sleep 1; exit 3"]"""


def images(engine: Engine) -> list[str]:
    return [one["Image"] for one in engine.client.containers()]


def test_a_service_that_keeps_ending_goes_back_by_its_rule_without_a_network(
    tmp_path: Path, other_engine: Engine
) -> None:
    engine = other_engine
    engine.load("box:1", WAITS)
    engine.load("box:2", ENDS)
    store = Store(tmp_path, SHOP, INVENTORY)
    store.journal.close()
    host = Machine(tmp_path, engine)
    outside = ["ip", "-n", engine.namespace, "link", "set", "outside"]
    try:
        host.start()
        store.plan()
        assert host.run("apply", "plan.json").code == 0
        store.plan(version="2")
        assert host.run("apply", "plan.json").code == 0
        subprocess.run([*outside, "down"], check=True, timeout=SECONDS)
        until(lambda: images(engine) == ["box:1"])
    finally:
        host.kill()
        subprocess.run([*outside, "up"], check=True, timeout=SECONDS)
    journal, _ = open_journal(tmp_path / "state", milliseconds, mend=False)
    try:
        (told,) = [one for one in journal.happenings() if one.kind == "rule-roll-back"]
    finally:
        journal.close()
    assert (told.of, told.text.partition(" (")[0]) == ("shop.till", "roll back when restarts > 2")
