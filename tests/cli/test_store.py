"""The store, from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.console import Console

URL = "sqlite:///fleet.db"
AT = "2026-03-02T06:00:00Z"
INVENTORY = """
format: placelang/inventory/1
observed: 2026-03-02T05:45:00Z
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, memory: 8GiB, gpus: [{vendor: nvidia}]}
      - {name: gbg-2, memory: 4GiB}
"""


@pytest.fixture
def kept(console: Console) -> Console:
    """A folder with a store of two hosts."""
    console.write("inventory.yaml", INVENTORY)
    console.run("inventory", "add", "inventory.yaml", "-i", URL, code=0)
    return console


def facts(console: Console, host: str) -> dict[str, Any]:
    shown = json.loads(console.run("inventory", "show", host, "-i", URL, "--json", code=0).out)
    return {one["fact"]: one for one in shown["things"][0]["facts"]}


def parts(console: Console, inventory: str) -> Any:
    """What is placed where, and the digest of what the plan was made from."""
    plan = json.loads(console.run("plan", "retail.place", "-i", inventory, "--at", AT, "--json", code=3).out)
    return plan["header"]["inputs"]["inventory"], plan["header"]["levels"], plan["parts"]


def test_a_fleet_is_planned_from_the_store_as_from_the_file_that_was_put_into_it(console: Console) -> None:
    console.example("retail")
    console.run("inventory", "add", "inventory.yaml", "--inventory", URL, code=0)
    assert parts(console, URL) == parts(console, "inventory.yaml")


def test_a_store_that_is_not_there_is_the_worlds_fault(console: Console) -> None:
    console.example("retail")
    result = console.run("plan", "retail.place", "-i", URL, code=6)
    assert "there is no store at fleet.db: `placelang inventory add` makes one" in result.err


def test_settings_name_a_store_relative_to_their_folder(
    kept: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write("placelang.toml", 'inventory = "sqlite:///fleet.db"\n')
    kept.write("inside/a.place", "")
    monkeypatch.chdir(kept.folder / "inside")
    assert "gbg-2" in kept.run("inventory", "list", code=0).out


def test_who_says_otherwise_is_shown(kept: Console) -> None:
    nodes = {"kind": "Node", "metadata": {"name": "gbg-1"}, "status": {"allocatable": {"memory": "6Gi"}}}
    kept.write("node.json", json.dumps(nodes))
    kept.run("inventory", "import", "kubernetes", "node.json", "--site", "gbg", "-i", URL, code=0)
    memory = facts(kept, "gbg-1")["memory"]
    assert (memory["value"], memory["trust"]) == (8 * 2**30, "operator")
    assert [(other["value"], other["trust"]) for other in memory["others"]] == [(6 * 2**30, "import")]
    assert "otherwise" in kept.run("inventory", "show", "gbg-1", "-i", URL, code=0).out


def test_history_shows_what_was_known_before(kept: Console) -> None:
    kept.write("later.yaml", INVENTORY.replace("8GiB", "16GiB").replace("05:45", "05:50"))
    kept.run("inventory", "add", "later.yaml", "-i", URL, code=0)
    values = json.loads(kept.run("inventory", "history", "gbg-1", "memory", "-i", URL, "--json", code=0).out)
    assert [(one["value"], one["replaced"]) for one in values["values"]] == [
        (8 * 2**30, "2026-03-02T05:50:00Z")
    ]


def test_what_is_out_of_date_is_said_to_be(kept: Console) -> None:
    kept.run("inventory", "ttl", "memory=1h", "-i", URL, code=0)
    assert facts(kept, "gbg-1")["memory"]["stale"]
    assert "out of date: unknown" in kept.run("inventory", "show", "gbg-1", "-i", URL, code=0).out
    assert json.loads(kept.run("inventory", "ttl", "-i", URL, "--json", code=0).out)["ttl"] == {
        "memory": "1h"
    }


@pytest.mark.parametrize("wrong", ["memory", "memory=1", "memory=2GiB", "=1h"])
def test_a_time_to_live_is_a_duration(kept: Console, wrong: str) -> None:
    kept.run("inventory", "ttl", wrong, "-i", URL, code=2)


def test_an_export_is_an_inventory_that_says_the_same(kept: Console) -> None:
    kept.run("inventory", "export", "-i", URL, "--output", "out.json", "--at", AT, code=0)
    kept.run("inventory", "add", "out.json", "-i", "sqlite:///again.db", code=0)
    first, second = (
        kept.run("inventory", "export", "-i", url, "--at", AT, code=0).out
        for url in (URL, "sqlite:///again.db")
    )
    assert first == second


def test_a_host_is_forgotten_with_what_is_in_it(kept: Console) -> None:
    result = kept.run("inventory", "forget", "gbg-1", "-i", URL, code=0)
    assert "2 reports forgotten" in result.err
    assert "gbg-1" not in kept.run("inventory", "list", "-i", URL, code=0).out


def test_a_name_that_is_misspelt_is_offered(kept: Console) -> None:
    assert "gbg-1" in kept.run("inventory", "show", "gbg1", "-i", URL, code=2).err
    assert "gbg-1" in kept.run("inventory", "forget", "gbg1", "-i", URL, code=2).err


def test_a_wrong_inventory_changes_nothing(kept: Console) -> None:
    kept.write("wrong.yaml", INVENTORY.replace("4GiB", "4"))
    kept.write("right.yaml", INVENTORY.replace("4GiB", "32GiB").replace("05:45", "05:50"))
    kept.run("inventory", "add", "right.yaml", "wrong.yaml", "-i", URL, code=1)
    assert facts(kept, "gbg-2")["memory"]["value"] == 4 * 2**30


def test_what_differs_between_a_file_and_a_store_is_shown(kept: Console) -> None:
    kept.write("later.yaml", INVENTORY.replace("8GiB", "16GiB").replace("gbg-2", "gbg-3"))
    kept.run("inventory", "diff", "inventory.yaml", URL, code=0)
    out = kept.run("inventory", "diff", URL, "later.yaml", code=5).out
    assert "- host gbg-2" in " ".join(out.split())
    assert "+ host gbg-3" in " ".join(out.split())
    assert "host gbg-1 memory 8GiB → 16GiB" in " ".join(out.split())
    found = json.loads(kept.run("inventory", "diff", URL, "later.yaml", "--json", code=5).out)
    assert found["changed"] == [
        {"noun": "host", "name": "gbg-1", "fact": "memory", "before": 8 * 2**30, "after": 16 * 2**30}
    ]


def test_a_file_is_no_store(kept: Console) -> None:
    assert "is no store" in kept.run("inventory", "list", "-i", "inventory.yaml", code=2).err
