"""A rollout on the hosts of one site: in turns, each well for long enough, and back where one is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from placelang_runtime.apply import Result, Scene, carry_out
from placelang_runtime.apply.changes import ChangeError, say
from placelang_runtime.journal import Word, open_journal
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.clock import Moment
from tests.apply.stores import INVENTORY, Store

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = """
param web: string = "1"

app shop {
  service web {
    image    "registry.example.com/web:${web}"
    replicas 1 per host
    needs    memory 1GiB
    health   exec "true" every 1s retries 3
  }
  rollout {
    at most 1 host per site at once
    proceed when healthy for 10min
    otherwise roll back
  }
}

app logs {
  service ship {
    image    "registry.example.com/ship:${web}"
    replicas 1 per host
    needs    memory 64MiB
  }
}
"""
KEEPS = SHOP.replace("    otherwise roll back\n", "")
POLICY = """
policy calm {
  change only sunday between 02:00 and 04:00
}
"""


class Rolled(Store):
    """A store with a clock that somebody sets."""

    def __init__(self, folder: Path, text: str = SHOP) -> None:
        zone = INVENTORY.replace("- name: gbg\n", "- name: gbg\n    timezone: Europe/Stockholm\n")
        super().__init__(folder, text, zone)
        self.time = Moment(MONDAY, "boot", 0)
        for driver in self.drivers.values():
            driver.clock = lambda: float(self.time.elapsed)

    def passes(self, **lasting: int) -> None:
        by = timedelta(**lasting)
        self.time = Moment(
            self.time.wall + by, self.time.boot, self.time.elapsed + by // timedelta(milliseconds=1)
        )

    def scene(self, part: SitePart, *args: object, **said: object) -> Scene:
        scene = super().scene(part, *args, **said)  # type: ignore[arg-type]
        scene.moment = lambda: self.time
        return scene

    def versions(self, service: str = "web") -> list[str]:
        """What runs on each host."""
        return [
            " ".join(sorted(line.partition(" ")[2] for line in lines if f".{service}@" in line))
            for lines in self.running().values()
        ]

    def again(self, part: SitePart) -> Result:
        """Carry on, as `apply` without a plan does."""
        return carry_out(self.scene(part), "apply again")


@pytest.fixture
def store(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path)


def begun(store: Rolled) -> SitePart:
    """The part of the next version, of which the first host has its turn."""
    first = store.plan()
    carry_out(at_once(store.scene(first)), "apply")
    assert store.versions() == ["web:1", "web:1"]
    part = store.plan(web="2")
    store.apply(part)
    return part


def at_once(scene: Scene) -> Scene:
    scene.at_once = True
    return scene


def waits(result: Result) -> list[tuple[str, str, str]]:
    return [(gate.host, gate.kind, gate.why) for gate in result.gates]


def test_one_host_changes_and_what_has_no_rollout_changes_at_once(store: Rolled) -> None:
    begun(store)
    assert store.versions() == ["web:2", "web:1"]
    assert store.versions("ship") == ["ship:2", "ship:2"]


def test_the_next_host_changes_once_the_first_was_healthy_for_as_long_as_was_said(store: Rolled) -> None:
    part = begun(store)
    result = store.again(part)
    assert waits(result) == [
        ("gbg-1", "health", "is to be healthy for 10min first"),
        ("gbg-2", "hosts", "gbg-1 first"),
    ]
    assert result.gates[0].until == MONDAY + timedelta(minutes=10)
    store.passes(minutes=9)
    store.again(part)
    assert store.versions() == ["web:2", "web:1"]
    store.passes(minutes=1)
    store.again(part)
    assert store.versions() == ["web:2", "web:2"]
    store.passes(minutes=10)
    assert store.again(part).outcome == "done"
    assert store.again(part).deeds == 0


def test_only_what_came_through_its_rollout_is_what_a_roll_back_goes_back_to(store: Rolled) -> None:
    part = begun(store)
    group = next(group for group in store.journal.standing("gbg-1") if group.startswith("shop"))
    assert "web:1" in store.journal.standing("gbg-1")[group].replicas
    for _ in range(2):
        store.passes(minutes=10)
        store.again(part)
    assert "web:2" in store.journal.standing("gbg-1")[group].replicas


def test_what_is_not_healthy_after_all_takes_every_host_back(store: Rolled) -> None:
    part = begun(store)
    store.passes(minutes=10)
    store.again(part)
    store.passes(minutes=5)
    store.drivers["gbg-2"].sick.add("shop.web@gbg-2/1")
    result = store.again(part)
    assert result.failures[0].why == "not healthy: it says that it is not healthy"
    store.drivers["gbg-2"].sick.clear()
    store.again(part)
    assert store.versions() == ["web:1", "web:1"]
    store.passes(hours=1)
    assert store.again(part).gates == ()
    assert store.versions() == ["web:1", "web:1"]


def test_what_ends_by_itself_while_it_is_to_stay_well_goes_back(store: Rolled) -> None:
    part = begun(store)
    driver = store.drivers["gbg-1"]
    copy = next(copy for copy in driver.copies() if copy.labels.service == "shop.web")
    driver.ends(copy.id, 1, "running", restarts=1)
    store.passes(minutes=1)
    result = store.again(part)
    assert "ended by itself 1 times" in result.failures[0].why
    assert store.versions() == ["web:1", "web:1"]


def test_without_a_roll_back_what_fails_stays_and_no_other_host_follows(tmp_path: Path) -> None:
    store = Rolled(tmp_path, KEEPS)
    part = begun(store)
    store.passes(minutes=5)
    store.drivers["gbg-1"].sick.add("shop.web@gbg-1/1")
    assert store.again(part).failures
    store.drivers["gbg-1"].sick.clear()
    store.passes(hours=1)
    assert {gate.kind for gate in store.again(part).gates} == {"stopped"}
    assert store.versions() == ["web:2", "web:1"]


def test_the_same_plan_again_tries_again_from_the_first_host(store: Rolled) -> None:
    part = begun(store)
    store.passes(minutes=5)
    store.drivers["gbg-1"].sick.add("shop.web@gbg-1/1")
    store.again(part)
    store.drivers["gbg-1"].sick.clear()
    store.again(part)
    assert store.versions() == ["web:1", "web:1"]
    store.apply(part)
    assert store.versions() == ["web:2", "web:1"]


def test_a_machine_that_started_anew_has_to_be_well_from_then_on(store: Rolled) -> None:
    part = begun(store)
    store.passes(minutes=9)
    store.time = Moment(store.time.wall, "another boot", 1_000)
    store.again(part)
    store.passes(minutes=9)
    store.again(part)
    assert store.versions() == ["web:2", "web:1"]
    store.passes(minutes=1)
    store.again(part)
    assert store.versions() == ["web:2", "web:2"]


@pytest.mark.parametrize("jump", [timedelta(days=400), -timedelta(days=400)])
def test_a_clock_that_jumps_makes_nothing_well_for_longer(store: Rolled, jump: timedelta) -> None:
    part = begun(store)
    store.time = Moment(store.time.wall + jump, "boot", store.time.elapsed)
    store.again(part)
    assert store.versions() == ["web:2", "web:1"]


def test_all_at_once_is_all_at_once(store: Rolled) -> None:
    part = begun(store)
    assert carry_out(at_once(store.scene(part)), "apply").outcome == "done"
    assert store.versions() == ["web:2", "web:2"]


def test_what_dies_while_others_wait_is_mended_as_it_was(store: Rolled) -> None:
    part = begun(store)
    driver = store.drivers["gbg-2"]
    for copy in driver.copies():
        if copy.labels.service == "shop.web":
            driver.remove(copy.id)
    store.again(part)
    assert store.versions() == ["web:2", "web:1"]


def test_nothing_changes_outside_of_a_window_and_repairs_do_not_wait_for_it(tmp_path: Path) -> None:
    store = Rolled(tmp_path, SHOP + POLICY)
    part = begun(store)
    assert store.versions() == ["web:1", "web:1"]
    assert store.versions("ship") == ["ship:1", "ship:1"]
    driver = store.drivers["gbg-1"]
    for copy in driver.copies():
        driver.remove(copy.id)
    result = store.again(part)
    assert store.versions() == ["web:1", "web:1"]
    assert {gate.until for gate in result.gates if gate.kind == "window"} == {
        datetime(2026, 3, 8, 1, tzinfo=UTC)
    }
    store.passes(days=5, hours=13, minutes=30)
    store.again(part)
    assert (store.versions(), store.versions("ship")) == (["web:2", "web:1"], ["ship:2", "ship:2"])


def test_a_newer_plan_goes_on_from_what_runs_by_then(store: Rolled) -> None:
    part = begun(store)
    newer = store.plan(web="3")
    store.apply(newer)
    assert store.versions() == ["web:3", "web:1"]
    assert part != newer


def test_where_the_journal_was_lost_what_nobody_knows_is_left_alone_until_it_may_change(
    tmp_path: Path,
) -> None:
    store = Rolled(tmp_path, SHOP + POLICY)
    part = begun(store)
    store.journal.close()
    (store.folder / "journal.db").unlink()
    store.journal = open_journal(store.folder, count(1).__next__)[0]
    result = store.apply(part)
    assert (result.deeds, store.versions(), store.versions("ship")) == (0, ["?", "?"], ["?", "?"])
    store.passes(days=5, hours=13, minutes=30)
    store.again(part)
    assert (store.versions(), store.versions("ship")) == (["web:2", "?"], ["ship:2", "ship:2"])


LATER = SHOP.replace(
    "  rollout {\n",
    '  rollout {\n    wave canary: all sites where name == "oslo"\n    wave rest: all sites\n',
)


def said(store: Rolled, part: SitePart, word: Word) -> Result:
    return say(store.scene(part), "shop", word)


def test_a_later_wave_waits_for_a_person_who_lets_it_begin_pause_and_go_on(tmp_path: Path) -> None:
    store = Rolled(tmp_path, LATER)
    carry_out(at_once(store.scene(store.plan())), "apply")
    part = store.plan(web="2")
    waits = store.apply(part).gates
    assert {gate.why for gate in waits} == {
        "wave rest comes after other sites: `placelang agent rollout begin shop` begins it here"
    }
    assert store.versions() == ["web:1", "web:1"]
    said(store, part, "begin")
    assert store.versions() == ["web:2", "web:1"]
    said(store, part, "pause")
    store.passes(minutes=20)
    assert {gate.why for gate in store.again(part).gates} == {
        "paused: `placelang agent rollout begin shop` goes on"
    }
    assert store.versions() == ["web:2", "web:1"]
    said(store, part, "begin")
    assert store.versions() == ["web:2", "web:2"]


def test_an_app_that_is_aborted_runs_as_it_did_before_and_stays_there(tmp_path: Path) -> None:
    store = Rolled(tmp_path, LATER)
    carry_out(at_once(store.scene(store.plan())), "apply")
    part = store.plan(web="2")
    store.apply(part)
    said(store, part, "begin")
    assert store.versions() == ["web:2", "web:1"]
    said(store, part, "abort")
    assert store.versions() == ["web:1", "web:1"]
    store.passes(minutes=20)
    store.again(part)
    assert store.versions() == ["web:1", "web:1"]


def test_only_an_app_with_a_rollout_is_spoken_of(store: Rolled) -> None:
    with pytest.raises(ChangeError, match="no rollout of logs is in the plan of gbg: those of shop are"):
        say(store.scene(store.plan()), "logs", "pause")
