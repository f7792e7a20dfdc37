"""`placelang rollout`: what it says where there is nothing to go on, and what is said where."""

from __future__ import annotations

import json

import pytest

from placelang.cli.exits import Exit
from placelang.rollouts.controlling import start
from placelang.store import Store
from placelang_runtime.trust.keys import new_private
from tests.cli.console import Console
from tests.rollout.test_over_sites import CANARY

URL = "sqlite:///fleet.db"


@pytest.fixture
def store(console: Console) -> Store:
    return Store(f"sqlite:///{console.folder}/fleet.db", create=True)


def test_a_plan_without_rollouts_starts_none(console: Console, store: Store) -> None:
    store.__exit__(None, None, None)
    console.write("shop.place", 'app shop {\n  service till {\n    image "till:1"\n  }\n}\n')
    console.write(
        "inventory.yaml",
        "format: placelang/inventory/1\nsites:\n  - name: gbg\n    hosts:\n      - {name: gbg-1}\n",
    )
    console.run("plan", "shop.place", "-i", "inventory.yaml", "-o", "plan.json")
    told = console.run("rollout", "start", "plan.json", "--sequence", "1", "-i", URL, code=Exit.INPUT).err
    assert "no app has a `rollout`" in told
    assert "no rollout was started" in console.run("rollout", "status", "-i", URL, code=Exit.DONE).err


def test_status_tells_wave_by_wave_what_is_waited_for(console: Console, store: Store) -> None:
    with store:
        start(store, (CANARY,))
    new_private(console.folder / "waves.key")
    said = console.run("rollout", "run", "--once", "--key", "waves.key", "-i", URL, code=Exit.DONE).out
    assert said == (
        "shop: begin to 1 site; waits: gbg is not known to change: nothing of this was heard of gbg-1\n"
    )
    assert console.run("rollout", "run", "--once", "--key", "waves.key", "-i", URL, code=Exit.DONE).out == ""
    told = console.run("rollout", "status", "-i", URL, code=Exit.PARTIAL).out.splitlines()
    assert [" ".join(line.split()) for line in told] == [
        "shop: going on sequence 12, sha256:000000000000",
        "canary 1 site 1 unheard",
        "rest 2 sites not open",
        "waits: gbg is not known to change: nothing of this was heard of gbg-1",
        "gbg unheard nothing of this was heard of gbg-1",
    ]
    (shop,) = json.loads(console.run("rollout", "status", "shop", "--json", "-i", URL).out)["rollouts"]
    assert (shop["state"], shop["sequence"]) == ("going", 12)
    assert [(one["name"], one["open"], one["approved"]) for one in shop["waves"]] == [
        ("canary", True, False),
        ("rest", False, None),
    ]


def test_who_is_asked_is_told_where_he_asked(console: Console, store: Store) -> None:
    with store:
        start(store, (CANARY,))
    told = console.run("rollout", "pause", "logs", "-i", URL, code=Exit.INPUT).err
    assert "no rollout of logs was started: those of shop were" in told
    assert console.run("rollout", "status", "logs", "-i", URL, code=Exit.INPUT).err
    assert (
        "as soon as `placelang rollout run` says so" in console.run("rollout", "abort", "shop", "-i", URL).err
    )
    assert "taken back" in console.run("rollout", "status", "-i", URL, code=Exit.CHECK).out
    console.write("none.key", "no key")
    console.run("rollout", "run", "--key", "none.key", "-i", URL, code=Exit.INPUT)
    console.run("rollout", "run", "-i", URL, code=Exit.USAGE)
