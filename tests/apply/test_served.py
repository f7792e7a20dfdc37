"""Which version of a model served when, and why; and a version that leaves for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang_runtime.apply import carry_out
from placelang_runtime.apply.changes import ChangeError, remove, roll_back
from placelang_runtime.apply.retiring import retire
from placelang_runtime.journal import Hold
from tests.apply.stores import Store
from tests.apply.test_models import Told, apply, text

GROUP = "shop.scorer"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, text())


def history(store: Store) -> list[tuple[str | None, str, str]]:
    return [
        (one.version, one.cause, one.why.partition(":")[0]) for one in store.journal.servings("shop.score")
    ]


def again(store: Store) -> None:
    """What an agent does whenever something may have changed."""
    carry_out(store.scene(store.plan(version="2")), "agent")


def test_each_change_of_what_serves_is_noted_with_its_cause(store: Store) -> None:
    apply(store, Told())
    apply(store, Told(), version="2")
    part = store.plan(version="2")
    roll_back(store.scene(part), "shop")
    apply(store, Told(), version="2")
    good = store.journal.good("gbg-1", GROUP)[-1]
    store.journal.hold(Hold("gbg-1", GROUP, good.id, "a rule: errors > 2", by="rule"))
    again(store)
    remove(store.scene(part), "shop", volumes=False)
    assert history(store) == [
        ("1", "plan", "sha256"),
        ("2", "plan", "sha256"),
        ("1", "person", "rolled back by hand"),
        ("2", "plan", "sha256"),
        ("1", "rule", "errors > 2"),
        (None, "person", "removed by hand"),
    ]
    told = [one.text for one in store.journal.happenings() if one.kind == "serves"]
    assert told[4] == "shop.scorer/1 on gbg-1: 1, by rule: errors > 2"


def test_what_serves_on_is_no_news(store: Store) -> None:
    apply(store, Told())
    [copy] = store.drivers["gbg-1"].copies()
    store.drivers["gbg-1"].remove(copy.id)
    apply(store, Told())
    assert history(store) == [("1", "plan", "sha256")]


def test_a_version_that_never_was_ready_never_served(store: Store) -> None:
    apply(store, Told())
    store.drivers["gbg-1"].sick.add("shop.scorer/1")
    apply(store, Told(), version="2")
    assert [version for version, _, _ in history(store)] == ["1"]


def test_a_version_is_retired_once_nothing_serves_it(store: Store) -> None:
    apply(store, Told())
    part = store.plan()
    with pytest.raises(ChangeError, match=r"1 cannot be retired: it is served by shop\.scorer/1 on gbg-1"):
        retire(store.scene(part), "shop.score", "1")
    apply(store, Told(), version="2")
    part = store.plan(version="2")
    retire(store.scene(part), "shop.score", "1")
    with pytest.raises(ChangeError, match="did not run otherwise before"):
        roll_back(store.scene(part), "shop")
    with pytest.raises(ChangeError, match=r"no shop\.score 1 is kept here: there were 1, 2"):
        retire(store.scene(part), "shop.score", "1")


def test_a_version_that_is_gone_back_to_is_not_retired(store: Store) -> None:
    apply(store, Told())
    apply(store, Told(), version="2")
    part = store.plan(version="2")
    roll_back(store.scene(part), "shop")
    with pytest.raises(ChangeError, match="1 cannot be retired: it is served by"):
        retire(store.scene(part), "shop.score", "1")
    retire(store.scene(part), "shop.score", "2")
    assert apply(store, Told(), version="2").outcome == "done"
