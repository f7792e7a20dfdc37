"""Whoever is killed at any write of the journal, before it or after it, is followed by one who comes to the same end.

`tests/bench/host_kills.py` does the same to a process and a real engine, and at random moments.
"""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from placelang_runtime.drivers.memory import MemoryDriver
from placelang_runtime.journal import Journal, open_journal
from placelang_runtime.part import SitePart
from tests.apply.stores import SHOP, Store, failing


class Killed(BaseException):
    """The process ended here."""


class MortalJournal(Journal):
    """A journal whose process is killed at one of its writes to the disk."""

    safe = "OFF"  # it is the process that is killed, not the machine

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], int]) -> None:
        super().__init__(connection, now)
        self.left = -1
        self.before = False
        self.dead = False

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


class Scenario:
    """What ran, the part that is applied to it, and what the engines refuse."""

    def __init__(self, store: Store, folder: Path, part: SitePart, refused: str | None) -> None:
        self.store, self.folder, self.part, self.refused = store, folder, part, refused
        store.journal.close()
        shutil.copy(store.folder / "journal.db", folder / "before.db")
        self.drivers = {host: vars_of(driver) for host, driver in store.drivers.items()}

    def begin(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.store.folder / f"journal.db{suffix}").unlink(missing_ok=True)
        shutil.copy(self.folder / "before.db", self.store.folder / "journal.db")
        self.store.drivers = {host: made_of(known) for host, known in self.drivers.items()}
        for driver in self.store.drivers.values():
            if self.refused is not None:
                driver.on = failing(self.refused)

    def kill_at_deeds(self, kill: int) -> None:
        """Let the process be killed before it has done so many things to engines."""
        left = count(kill, -1)
        for driver in self.store.drivers.values():
            driver.on = partial(_until, driver.on, left)

    def apply(self, kill: int, *, before: bool) -> bool:
        """Whether it was killed, at that write if not before."""
        journal, damaged = open_journal(self.store.folder, count(1).__next__, kind=MortalJournal)
        assert damaged is None
        assert isinstance(journal, MortalJournal)
        self.store.journal = journal
        journal.left, journal.before = kill, before
        try:
            self.store.apply(self.part)
        except Killed:
            return True
        finally:
            journal.close()
        return False

    def end(self) -> object:
        """What runs, at hand and good in the end."""
        journal, damaged = open_journal(self.store.folder, count(1).__next__, kind=MortalJournal)
        assert damaged is None
        self.store.journal = journal
        standing = {
            (host, group): good.replicas
            for host in self.store.drivers
            for group, good in journal.standing(host).items()
            if good.replicas
        }
        images = {host: driver.images for host, driver in self.store.drivers.items()}
        found = self.store.running(), standing, images, journal.holds()
        journal.close()
        return found


def vars_of(driver: MemoryDriver) -> tuple[object, ...]:
    return copy.deepcopy((driver.host, driver.images, driver.made, driver._copies, driver._volumes))  # noqa: SLF001


def made_of(known: tuple[object, ...]) -> MemoryDriver:
    host, images, made, copies, volumes = copy.deepcopy(known)
    return MemoryDriver(host, images=images, made=made, _copies=copies, _volumes=volumes)  # type: ignore[arg-type]


def _until(on: Callable[[str, str], None], left: Iterator[int], action: str, of: str) -> None:
    if action in CHANGES and next(left) == 0:
        raise Killed
    on(action, of)


CHANGES = {"create", "start", "stop", "remove", "fetch", "save", "load", "remove-image"}
SMALL = SHOP[: SHOP.index("app logs")]


ROLLED = (
    SMALL.rstrip().removesuffix("}")
    + """
  rollout {
    at most 1 host per site at once
    otherwise roll back
  }
}
"""
)


@pytest.mark.parametrize(
    ("text", "refused", "each"),
    [(SMALL, None, 1), (SMALL, "shop.web", 1), (ROLLED, None, 3), (ROLLED, "shop.web@gbg/2", 5)],
    ids=["update", "roll-back", "rollout", "rollout-back"],
)
def test_after_a_kill_at_any_write_the_next_one_comes_to_the_same_end(
    tmp_path: Path, text: str, refused: str | None, each: int
) -> None:
    (tmp_path / "store").mkdir()
    store = Store(tmp_path / "store", text)
    store.apply(store.plan())
    scenario = Scenario(store, tmp_path, store.plan(web="2", till="2"), refused)
    scenario.begin()
    assert not scenario.apply(10**6, before=False)
    wanted = scenario.end()
    kills = 0
    for where in ("before write", "after write", "at deed"):
        for number in count(1, each):
            scenario.begin()
            if where == "at deed":
                scenario.kill_at_deeds(number)
            if not scenario.apply(10**6 if where == "at deed" else number, before=where == "before write"):
                break
            for driver in store.drivers.values():
                driver.on = failing(refused) if refused is not None else lambda _action, _of: None
            assert not scenario.apply(10**6, before=False)
            assert scenario.end() == wanted, f"killed {where} {number}"
            kills += 1
    assert kills * each > 50
