"""Which version of a model served where, as the agents of all hosts reported."""

from __future__ import annotations

import json

import pytest

from placelang.cli.exits import Exit
from placelang.store import Store
from placelang_runtime.report import Happened, Report
from placelang_runtime.trust.keys import new_private
from tests.agent.test_upstream import NOW, report
from tests.cli.conftest import console
from tests.cli.console import Console

__all__ = ["console"]

URL = "sqlite:///fleet.db"


def served(host: str, number: int, text: str, kind: str = "serves") -> Report:
    happened = (Happened(number=number, at=NOW + number, kind=kind, of="shop.score", text=text),)
    return report(number, host).model_copy(update={"happened": happened})


def test_versions_of_all_hosts_are_shown_in_order(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(console.folder)
    with Store(URL, create=True) as store:
        for host in ("gbg-1", "gbg-2"):
            store.enroll(host, new_private(console.folder / f"{host}.key").public)
        for one in (
            served("gbg-2", 2, "1 int8, by plan"),
            served("gbg-1", 1, "1 fp32, by plan"),
            served("gbg-1", 3, "2 fp32, by rule"),
            served("gbg-1", 4, "drifts", "alert"),
        ):
            store.hear(one, now=NOW)
    said = console.run("model", "history", "shop.score", "-i", URL, "--json", code=Exit.DONE).out
    assert [(one["host"], one["text"]) for one in json.loads(said)["events"]] == [
        ("gbg-1", "1 fp32, by plan"),
        ("gbg-2", "1 int8, by plan"),
        ("gbg-1", "2 fp32, by rule"),
    ]
    shown = console.run("model", "history", "shop.score", "-i", URL, code=Exit.DONE).out.splitlines()
    assert [line.split()[1] for line in shown] == ["gbg-1", "gbg-2", "gbg-1"]
    assert "no host reported" in console.run("model", "history", "x", "-i", URL, code=Exit.INPUT).err
