"""From what engines and checks say to what rules do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from placelang_runtime.drivers import DriverError
from tests.rules.hosts import HOST, Watched

Make = Callable[..., Watched]


@pytest.fixture
def host(tmp_path: Path) -> Make:
    def make(*rules: str) -> Watched:
        made = Watched(tmp_path, *rules)
        made.plan()
        return made

    return make


def test_a_service_that_restarts_too_often_goes_back_to_how_it_ran_before(host: Make) -> None:
    here = host("roll back when restarts > 3")
    here.wait(60)
    assert here.plan(till="2").outcome == "done"
    here.wait(30)
    assert set(here.store.running()[HOST]) == {
        "shop.till@gbg/1 till:2",
        "shop.till@gbg/2 till:2",
        "shop.web@gbg/1 web:1",
    }
    here.restart("shop.till", 2)
    here.wait(30)
    assert here.told() == []
    here.restart("shop.till", 2)
    here.wait(10)
    assert "shop.till@gbg/1 till:1" in here.store.running()[HOST]
    assert here.told() == [
        "rule-roll-back: roll back when restarts > 3 (restarts = 4): shop@gbg goes back to how it ran before"
    ]
    here.wait(4000)
    assert [line.partition(":")[0] for line in here.told()] == ["rule-roll-back", "rule-over"]
    assert here.store.journal.holds()[HOST, "shop@gbg"].by == "rule"


def test_what_never_ran_otherwise_stays_as_it_is(host: Make) -> None:
    here = host("roll back when restarts > 0")
    here.wait(30)
    before = here.store.running()
    here.restart("shop.till")
    here.wait(60)
    assert here.store.running() == before
    (told,) = here.told()
    assert told.startswith(
        "rule-roll-back: roll back when restarts > 0 (restarts = 1): it is held already, or "
    )


def test_an_alert_is_told_once_until_it_is_over(host: Make) -> None:
    here = host("alert when health < 60% for 30s")
    here.wait(60)
    here.driver.sick = {"shop.till@gbg/1"}
    here.wait(50)
    assert here.told() == []
    here.wait(50)
    assert here.told() == ["alert: alert when health < 60% for 30s (health = 50)"]
    here.wait(600)
    here.driver.sick = set()
    here.wait(300)
    assert here.told()[1:] == ["rule-over: alert when health < 60% for 30s (health = 100)"]


def test_a_rule_runs_its_job_once(host: Make) -> None:
    here = host("run count when errors > 10% for 20s")
    here.wait(60)
    here.driver.sick = {"shop.till@gbg/2"}
    here.wait(120)
    assert here.ran == ["shop.count"]
    assert here.told() == [
        "rule-run: run count when errors > 10% for 20s (errors = 33.33): shop.count is run"
    ]


def test_use_is_that_of_the_replica_with_most(host: Make) -> None:
    here = host("alert when cpu > 1.5 and memory > 1GiB")
    for _ in range(10):
        here.use("shop.till@gbg/1", 0.5, 3 << 30)
        here.use("shop.till@gbg/2", 1.6, 1 << 29)
        here.use("shop.web@gbg/1", 9.0, 9 << 30)
        here.wait(15)
    assert len(here.told()) == 1
    assert here.told()[0].startswith(
        "alert: alert when cpu > 1.5 and memory > 1GiB (cpu = 1.6, memory = 3221225472)"
    )


def test_what_volumes_hold_is_asked_for_only_where_a_rule_reads_it(host: Make, tmp_path: Path) -> None:
    here = host("alert when disk > 1GiB")
    asked: list[str] = []
    here.driver.on = lambda action, _of: asked.append(action)
    here.wait(1300)
    assert asked.count("volume-sizes") == 3
    (tmp_path / "other").mkdir()
    other = Watched(tmp_path / "other", "alert when restarts > 1")
    other.plan()
    other.driver.on = here.driver.on
    asked.clear()
    other.wait(1300)
    assert "volume-sizes" not in asked


def test_an_engine_that_does_not_answer_makes_nothing_known(host: Make) -> None:
    here = host("alert when not known(health) for 1min", "alert when health < 100%")
    here.wait(60)

    def silent(action: str, _of: str) -> None:
        raise DriverError("unreachable", f"no {action}")

    here.driver.on = silent
    here.wait(300)
    assert here.told() == ["alert: alert when not known(health) for 1min (health = unknown)"]


def test_a_rule_and_restarts_outlive_the_agent_that_counted_them(host: Make) -> None:
    here = host("alert when restarts > 3 for 2min")
    here.wait(10)
    here.restart("shop.till", 2)
    here.wait(40)
    here.watching = here.watcher()
    here.wait(10)
    here.restart("shop.till", 2)
    here.wait(70)
    here.watching = here.watcher()
    here.wait(130)
    assert here.told() == ["alert: alert when restarts > 3 for 2min (restarts = 4)"]
    here.watching = here.watcher()
    here.wait(200)
    assert len(here.told()) == 1


def test_restarts_from_before_a_reboot_do_not_count(host: Make) -> None:
    here = host("alert when restarts > 3")
    here.wait(10)
    here.restart("shop.till", 3)
    here.wait(60)
    here.boot = "boot 2"
    here.watching = here.watcher()
    here.wait(10)
    here.restart("shop.till", 1)
    here.wait(60)
    assert here.told() == []


def test_another_version_begins_anew(host: Make) -> None:
    here = host("alert when restarts > 3")
    here.wait(10)
    here.restart("shop.till", 4)
    here.wait(10)
    assert len(here.told()) == 1
    here.plan(till="2")
    here.wait(10)
    here.restart("shop.till", 4)
    here.wait(10)
    assert [line.partition(":")[0] for line in here.told()] == ["alert", "alert"]


def test_a_host_without_rules_asks_its_engine_nothing(host: Make) -> None:
    here = host()
    asked: list[str] = []
    here.driver.on = lambda action, _of: asked.append(action)
    here.wait(100)
    assert asked == []
