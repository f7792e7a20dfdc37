"""A client in a container reaches its peer by `address(S)`, on two real engines, whatever happens to the peer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pytest

from tests.cli.conftest import console
from tests.cli.console import Console
from tests.engines import SECONDS, Engine, require_engines, running_engine

__all__ = ["console"]

ASK = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 9 ${TILL%:*} ${TILL#*:} 2> /dev/null | tail -n 1"
OURS, THEIRS = "10.215.0.1", "10.215.0.2"
FILE = """
param at = "gbg-2"
param says = "one"

app shop {
  service gate {
    image    "box:1"
    command  "sh", "-c", "trap exit TERM; sleep 1000 & wait"
    replicas 1 per site
    hosts where host.name == "gbg-1"
    needs    memory 16MiB
    env      TILL = address(till)
  }
  service till {
    image    "box:1"
    command  "sh", "-c", "trap exit TERM; echo ${says} $(cat $TOKEN) > /data/index.html; httpd -f -p 80 -h /data & wait"
    replicas 1 per site
    hosts where host.name == at
    needs    memory 16MiB
    port     8443 to 80
    user     0
    writable root
    health   http 80 "/" every 1s timeout 1s retries 10
    env      TOKEN = secret("till/token")
  }
}
"""
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, memory: 1GiB}
      - {name: gbg-2, memory: 1GiB}
"""
CONFIG = """
host = "gbg-1"
site = "gbg"
unsigned = true
address = "{ours}"
secrets = "secrets"
memory = "{memory}"
state = "state"

[peers]
gbg-2 = "{theirs}"
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Two hosts that reach each other, and a person at a console."""

    console: Console
    engines: dict[str, Engine]
    memory: Path

    def plan(self, **params: str) -> None:
        current = ("--current", "plan.json") if (self.console.folder / "plan.json").exists() else ()
        given = [word for name, value in params.items() for word in ("--set", f"{name}={value}")]
        self.console.run(
            "plan", "shop.place", "-i", "inventory.yaml", *current, *given, "-o", "plan.json", code=0
        )

    def run(self, *arguments: str) -> None:
        engines = [
            word for name, one in self.engines.items() for word in ("--engine", f"{name}={one.address}")
        ]
        self.console.run(*arguments, *engines, "--config", "host.toml", code=0)

    def container(self, host: str, service: str) -> dict[str, Any]:
        wanted = {"label": [f"placelang.service={service}"]}
        [found] = self.engines[host].client.containers(filters=wanted)
        inspected: dict[str, Any] = self.engines[host].client.inspect_container(found["Id"])
        return inspected

    def says(self) -> str:
        """What the peer tells the client, from inside of the client's container, by its address."""
        client, gate = self.engines["gbg-1"].client, self.container("gbg-1", "shop.gate")
        told, end = b"", monotonic() + SECONDS
        while not told.strip() and monotonic() < end:  # what runs may not listen yet
            run = client.exec_create(gate["Id"], ["sh", "-c", ASK])
            told = client.exec_start(run["Id"])
        return told.decode().strip()


@pytest.fixture
def site(console: Console, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    require_engines()
    monkeypatch.setattr("placelang_runtime.health.SETTLED", 0.0)
    with running_engine() as second, TemporaryDirectory(dir="/dev/shm") as memory:
        second.load()
        join(engine, second)
        console.write("shop.place", FILE)
        console.write("inventory.yaml", INVENTORY)
        console.write("host.toml", CONFIG.format(ours=OURS, theirs=THEIRS, memory=f"{memory}/secrets"))
        console.write("secrets/till/token", "tr0ub4dor")
        (console.folder / "secrets" / "till" / "token").chmod(0o600)
        try:
            yield Site(console, {"gbg-1": engine, "gbg-2": second}, Path(memory))
        finally:
            ip("-n", engine.namespace, "link", "del", "peer")


def join(one: Engine, other: Engine) -> None:
    """A cable between two hosts."""
    peer = ("type", "veth", "peer", "name", "peer", "netns", other.namespace)
    ip("-n", one.namespace, "link", "add", "peer", *peer)
    for engine, address in ((one, OURS), (other, THEIRS)):
        ip("-n", engine.namespace, "addr", "add", f"{address}/30", "dev", "peer")
        ip("-n", engine.namespace, "link", "set", "peer", "up")


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=10)


def test_a_client_reaches_its_peer_whatever_happens_to_it_and_its_secret_is_nobody_elses(site: Site) -> None:
    site.plan()
    site.run("apply", "plan.json")
    gate, till = site.container("gbg-1", "shop.gate"), site.container("gbg-2", "shop.till")
    assert "TILL=till.shop.internal:8443" in gate["Config"]["Env"]
    assert site.says() == "one tr0ub4dor"
    assert "TOKEN=/run/secrets/till/token" in till["Config"]["Env"]
    assert [mount["RW"] for mount in till["Mounts"] if mount["Destination"] == "/run/secrets"] == [False]
    assert "tr0ub4dor" not in json.dumps(till)
    assert "/run/secrets" not in json.dumps(gate)

    site.plan(says="two")
    site.run("apply", "plan.json")
    assert site.says() == "two tr0ub4dor"

    site.plan(says="two", at="gbg-1")
    site.run("apply", "plan.json")
    assert site.says() == "two tr0ub4dor"
    assert site.container("gbg-1", "shop.till")["State"]["Running"]
    assert site.container("gbg-1", "shop.gate")["Id"] == gate["Id"]

    site.run("remove", "shop")
    assert [path for path in site.memory.rglob("*") if path.is_file()] == []
    kept = [path for path in (site.console.folder / "state").rglob("*") if path.is_file()]
    assert [path.name for path in kept if b"tr0ub4dor" in path.read_bytes()] == []
