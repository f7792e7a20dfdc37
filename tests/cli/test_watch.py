"""`plan --watch`, as a process: what it prints first, what after a change, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.console import Console, clean_environment

URL = "sqlite:///fleet.db"
PLACE = 'app shop {\n  service till {\n    image "till:1"\n    replicas 1 per site\n    needs memory 2GiB\n  }\n}\n'
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts: [{name: a, memory: 4GiB}, {name: b, memory: %s}]
"""


@pytest.fixture
def store(console: Console) -> Path:
    console.write("shop.place", PLACE)
    console.write("inventory.yaml", INVENTORY % "1GiB")
    console.run("inventory", "add", "inventory.yaml", "-i", URL, code=0)
    console.write(
        "later.yaml", "format: placelang/inventory/1\nsites: [{name: gbg, hosts: [{name: a, up: false}]}]\n"
    )
    return console.folder


def test_what_differs_is_told_when_a_fact_changes(store: Path, console: Console) -> None:
    command = [sys.executable, "-m", "placelang", "plan", "shop.place", "-i", URL, "--watch", "--json"]
    watching = subprocess.Popen(
        [*command, "--output", "plan.json"],
        cwd=store,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    first = json.loads(watching.stdout.readline())
    assert (first["placed"], first["wanted"], first["difference"]) == (1, 1, None)
    console.run("inventory", "add", "later.yaml", "-i", URL, code=0)
    second = json.loads(watching.stdout.readline())
    assert (second["placed"], second["wanted"]) == (0, 1)
    assert second["difference"]["left_out"][0]["groups"] == ["shop@gbg"]
    os.kill(watching.pid, signal.SIGINT)
    out, err = watching.communicate(timeout=60)
    assert (watching.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert json.loads((store / "plan.json").read_text())["header"]["left_out"]


@pytest.mark.usefixtures("store")
def test_a_file_cannot_be_watched(console: Console) -> None:
    result = console.run("plan", "shop.place", "-i", "inventory.yaml", "--watch", code=2)
    assert "give --inventory sqlite:///fleet.db" in result.err
