"""Runs of jobs begin when they are due, are tried again, wait for each other, and never take what is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from placelang.planning import plan_file
from placelang_runtime.apply import carry_out
from placelang_runtime.apply.changes import remove
from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.jobs import advance, due
from placelang_runtime.jobs.advance import Told
from placelang_runtime.journal import Journal, open_journal
from placelang_runtime.part import SitePart
from tests.apply.stores import Store, failing

INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    timezone: Europe/Stockholm
    hosts:
      - {name: gbg-1, cpu: {cores: 4}, memory: 8GiB, disk: 99GiB, up: true}
"""
HOST = "gbg-1"
APP = """
app a {
  service till {
    image    "till:1"
    replicas 1 per site
    needs    memory 1GiB
  }
%s
}
"""
TRAIN = """
  job train {
    image   "train:1"
    needs   memory %s
    lasts   1h
    every   day
    between 22:00 and 05:00
    retries 1
  }
"""
SINCE = datetime(2026, 3, 2, 11, tzinfo=UTC)
START = datetime(2026, 3, 2, 21, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Nights(Store):
    """A store of one host, and the time."""

    def __init__(self, folder: Path, *jobs: str, needs: str = "4GiB") -> None:
        super().__init__(
            folder, APP % "".join(job % needs if "%s" in job else job for job in jobs), INVENTORY
        )
        self.drivers = {HOST: MemoryDriver(HOST)}
        self.part: SitePart = self.made()
        self.apply(self.part, [HOST])

    def made(self) -> SitePart:
        plan = plan_file(
            self.folder / "shop.place", self.folder / "inventory.yaml", at="2026-03-02T11:00:00Z"
        )
        return plan.parts[0]

    def go(self, now: datetime) -> list[str]:
        return [f"{one.what} {one.job}" for one in self.told_at(now)]

    def told_at(self, now: datetime) -> tuple[Told, ...]:
        return advance(self.scene(self.part, [HOST]), HOST, now)

    def due(self, now: datetime) -> list[str]:
        return [run.slot.job.name for run in due(self.part, HOST, self.journal, now)]

    def ends(self, job: str, code: int) -> None:
        driver = self.drivers[HOST]
        (id_,) = [
            copy.id for copy in driver.copies() if copy.labels.service == job and copy.state == "running"
        ]
        driver.ends(id_, code)

    def states(self, job: str) -> list[str]:
        return [copy.state for copy in self.drivers[HOST].copies() if copy.labels.service == job]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path, TRAIN)


def test_a_run_begins_at_its_time_and_is_over_once_it_ended_well(nights: Nights) -> None:
    assert nights.due(START - MINUTE) == []
    assert nights.due(START) == ["a.train"]
    assert nights.go(START) == ["began a.train"]
    assert nights.states("a.train") == ["running"]
    assert nights.go(START + MINUTE) == []
    nights.ends("a.train", 0)
    assert nights.go(START + 2 * MINUTE) == ["well a.train"]
    assert nights.due(START + 3 * MINUTE) == []
    assert nights.states("a.train") == ["exited"]


def test_what_failed_is_tried_again_after_a_while_as_often_as_it_may(nights: Nights) -> None:
    nights.go(START)
    nights.ends("a.train", 3)
    told = nights.told_at(START + MINUTE)
    assert [(one.what, one.why) for one in told] == [("failed", "it ended with exit code 3")]
    assert nights.due(START + MINUTE) == []
    assert nights.go(START + 2 * MINUTE) == ["began a.train"]
    assert nights.states("a.train") == ["running"]
    nights.ends("a.train", 3)
    nights.go(START + 3 * MINUTE)
    assert nights.due(START + 30 * MINUTE) == []


def test_no_try_begins_that_cannot_be_over_before_its_round_closes(nights: Nights) -> None:
    nights.go(START)
    nights.ends("a.train", 3)
    nights.go(START + MINUTE)
    assert nights.due(START + timedelta(hours=6, minutes=1)) == []


def test_applying_leaves_runs_alone_and_takes_their_containers_once_the_job_is_gone(nights: Nights) -> None:
    nights.go(START)
    assert nights.apply(nights.part, [HOST]).deeds == 0
    nights.ends("a.train", 0)
    nights.go(START + MINUTE)
    assert nights.apply(nights.part, [HOST]).deeds == 0
    gone = nights.part.model_copy(update={"jobs": ()})
    nights.apply(gone, [HOST])
    assert nights.states("a.train") == []


def test_beyond_the_plan_a_job_comes_round_where_and_when_it_did(nights: Nights) -> None:
    later = START + timedelta(days=40)  # the clock of the site has changed to summer
    assert nights.due(later - 61 * MINUTE) == []
    assert nights.due(later - 60 * MINUTE) == ["a.train"]
    assert nights.go(later) == ["began a.train"]
    nights.ends("a.train", 0)
    nights.go(later + MINUTE)
    assert nights.due(later + 2 * MINUTE) == []
    assert nights.due(later + timedelta(days=1)) == ["a.train"]


def test_what_is_late_begins_only_where_there_is_room(tmp_path: Path) -> None:
    more = """
  service night {
    image    "night:1"
    replicas 1 per site
    needs    memory 5GiB
    active   daily between 23:00 and 05:00
  }
"""
    nights = Nights(tmp_path, TRAIN, more)
    assert nights.due(START + timedelta(hours=1, minutes=1)) == []
    (tmp_path / "small").mkdir()
    small = Nights(tmp_path / "small", TRAIN, more, needs="1GiB")
    assert small.due(START + timedelta(hours=1, minutes=1)) == ["a.train"]


def test_what_takes_too_long_is_stopped_when_its_round_closes(nights: Nights) -> None:
    nights.go(START)
    assert nights.go(START + timedelta(hours=3)) == []
    told = nights.told_at(START + timedelta(hours=7, minutes=3))
    assert [(one.what, one.why) for one in told] == [("failed", "it was not over in time")]
    assert nights.states("a.train") == ["exited"]


def test_a_job_waits_for_the_run_that_it_is_after(tmp_path: Path) -> None:
    nights = Nights(tmp_path, TRAIN, 'job report { image "r:1"\n lasts 30min\n every day\n after train }\n')
    late = START + timedelta(hours=1)
    nights.go(START)
    assert nights.due(late) == ["a.train"]
    nights.ends("a.train", 0)
    nights.go(late)
    assert nights.due(late) == ["a.report"]


def test_a_job_waits_for_a_service_that_is_not_well(tmp_path: Path) -> None:
    nights = Nights(tmp_path, TRAIN.replace("lasts", "after till\nlasts"))
    assert nights.due(START) == ["a.train"]
    nights.journal.forget_healthy(HOST, "a.till@gbg/1")
    assert nights.due(START) == []


def test_once_is_once_for_each_version_however_late(tmp_path: Path) -> None:
    nights = Nights(tmp_path, 'job move { image "move:1"\n lasts 1h }\n')
    late = SINCE + timedelta(days=9)
    assert nights.go(late) == ["began a.move"]
    nights.ends("a.move", 0)
    nights.go(late + MINUTE)
    assert nights.due(late + timedelta(days=1)) == []
    text = nights.part.model_dump_json().replace("move:1", "move:2")
    nights.part = SitePart.model_validate_json(text)
    assert nights.due(late + timedelta(days=1)) == ["a.move"]


def test_an_image_that_cannot_be_had_is_asked_for_later_and_later_and_costs_no_try(nights: Nights) -> None:
    driver = nights.drivers[HOST]
    driver.on = failing("train:1", "fetch")
    assert nights.go(START) == ["blocked a.train"]
    assert nights.go(START) == []
    assert nights.go(START + MINUTE) == ["blocked a.train"]
    driver.on = lambda _action, _of: None
    assert nights.go(START + 2 * MINUTE) == ["began a.train"]
    assert [run.number for run in due(nights.part, HOST, nights.journal, START + 3 * MINUTE)] == [1]


def test_a_container_that_does_not_start_is_a_try(nights: Nights) -> None:
    nights.drivers[HOST].on = failing("a.train", "start")
    assert nights.go(START) == ["failed a.train"]
    assert [run.number for run in due(nights.part, HOST, nights.journal, START + MINUTE)] == [2]


def test_nothing_runs_on_a_drained_host_nor_of_a_removed_app(nights: Nights) -> None:
    nights.journal.drain(HOST, drained=True)
    assert nights.due(START) == []
    nights.journal.drain(HOST, drained=False)
    nights.go(START)
    remove(nights.scene(nights.part, [HOST]), "a", volumes=False)
    assert nights.due(START) == []
    assert nights.states("a.train") == []
    assert nights.go(START + MINUTE) == ["failed a.train"]


class Killed(BaseException):
    """What ends a process."""


class Mortal(Journal):
    """A journal whose process ends at one of its writes."""

    left = 0
    before = False
    dead = False

    def settle(self) -> None:
        if self.dead or not self._open:
            return
        self.left -= 1
        self.dead = self.left == 0
        if self.dead and self.before:
            self._connection.execute("ROLLBACK")
            raise Killed
        super().settle()
        if self.dead:
            raise Killed


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_any_write_begins_no_run_twice_and_loses_none(tmp_path: Path, before: bool) -> None:
    for number in count(1):
        folder = tmp_path / f"{number}{before}"
        folder.mkdir()
        nights = Nights(folder, TRAIN)
        nights.journal.close()
        mortal, _ = open_journal(folder, count(1).__next__, kind=Mortal)
        assert isinstance(mortal, Mortal)
        mortal.left, mortal.before = number, before
        nights.journal = mortal
        try:
            nights.go(START)
        except Killed:
            mortal.close()
            nights.journal, _ = open_journal(folder, count(1).__next__)
            nights.go(START + MINUTE)
            assert nights.states("a.train") == ["running"]
            assert len([one for one in nights.journal.attempts(HOST) if one.spec]) == 1
            nights.ends("a.train", 0)
            assert nights.go(START + 2 * MINUTE) == ["well a.train"]
            assert carry_out(nights.scene(nights.part, [HOST]), "apply").deeds == 0
            nights.journal.close()
        else:
            break
    assert number > 3
