"""Who has rollouts go on may be killed at any write of what was decided: the next one decides the same, once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from placelang.rollouts import controlling
from placelang.rollouts.controlling import RolloutError, advance
from placelang.store import Store
from placelang_runtime.report import Report, Rolled, Stage
from placelang_runtime.trust.keys import PrivateKey, new_private
from placelang_runtime.trust.release import Release
from placelang_runtime.trust.sealed import unchecked
from tests.rollout.test_over_sites import CANARY, HOUR, PLAN, course, wave

NOW = 1_772_452_800_000


class Killed(BaseException):
    """The process ended here."""


class Mortal:
    """A connection whose process is killed before or after one of its writes."""

    def __init__(self, connection: sqlite3.Connection, left: int, *, before: bool) -> None:
        self.connection, self.left, self.before = connection, left, before
        self.dead = False

    def _do(self, many: bool, statement: str, *values: object) -> object:
        if self.dead:
            return None
        writes = statement.split(maxsplit=1)[0] not in {"SELECT", "PRAGMA"}
        self.left -= writes
        self.dead = writes and self.left == 0
        if self.dead and self.before:
            raise Killed
        done = getattr(self.connection, "executemany" if many else "execute")(statement, *values)
        if self.dead:
            raise Killed
        return done

    def execute(self, statement: str, *values: object) -> object:
        return self._do(False, statement, *values)

    def executemany(self, statement: str, *values: object) -> object:
        return self._do(True, statement, *values)


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    return new_private(tmp_path / "waves.key")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/fleet.db", create=True) as opened:
        controlling.start(opened, (CANARY,))
        yield opened


def report(store: Store, site: str, stage: Stage, well_ms: int = HOUR, app: str = "shop") -> None:
    """What the one host of a site says, under the last word that it was told."""
    word = store.words_to(CANARY).get(site)
    said = Rolled(
        app=app, stage=stage, why="", well_ms=well_ms, release=word.number if word is not None else 0
    )
    one = Report(
        host=f"{site}-1",
        site=site,
        sequence=1,
        sent=NOW,
        part=None,
        holds=12,
        settled=True,
        facts=None,
        happened=(),
        used=(),
        plan=PLAN,
        rollouts=(said,),
    )
    with store.writing():
        store.note_progress(one, NOW)


def written(store: Store) -> list[tuple[object, ...]]:
    """All that the one who has rollouts go on has to say, signatures included."""
    connection = store._connection  # noqa: SLF001
    rows = connection.execute("SELECT * FROM rollouts").fetchall()
    rows += connection.execute("SELECT * FROM released ORDER BY site").fetchall()
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return rows


def test_after_a_kill_at_any_write_the_next_one_says_the_same_once(
    tmp_path: Path, store: Store, key: PrivateKey
) -> None:
    kills = 0
    for act in ("begin", "approved", "failed"):
        if act == "approved":
            report(store, "gbg", "through")
            controlling.approve(store, "shop")
        if act == "failed":
            report(store, "mmo", "failed")
        before = tmp_path / f"{act}.db"
        store._connection.execute("VACUUM INTO ?", (str(before),))  # noqa: SLF001
        advance(store, (key,))
        wanted = written(store)
        for side in (True, False):
            for number in count(1):
                again = shutil.copy(before, tmp_path / "again.db")
                if not _killed(f"sqlite:///{again}", key, number, before=side):
                    break
                kills += 1
                with Store(f"sqlite:///{again}") as opened:
                    advance(opened, (key,))
                    assert written(opened) == wanted, f"{act}: killed at {number}"
                    assert advance(opened, (key,)) == ()
    assert kills > 20


def _killed(url: str, key: PrivateKey, number: int, *, before: bool) -> bool:
    with Store(url) as opened:
        whole = opened._connection  # noqa: SLF001
        opened._connection = Mortal(whole, number, before=before)  # type: ignore[assignment]  # noqa: SLF001
        try:
            advance(opened, (key,))
        except Killed:
            return True
        finally:
            opened._connection = whole  # noqa: SLF001
    return False


def test_each_word_to_a_site_has_a_higher_number_than_any_before_it_of_whichever_plan(
    store: Store, key: PrivateKey
) -> None:
    advance(store, (key,))
    controlling.pause(store, "shop")
    advance(store, (key,))
    newer = CANARY.model_copy(update={"sequence": 13, "plan": "sha256:" + "1" * 64})
    assert controlling.start(store, (newer,)) == ("shop",)
    (step,) = advance(store, (key,))
    assert step.decision.words == {"gbg": "begin"}
    (row,) = store._connection.execute("SELECT envelope FROM released").fetchall()  # noqa: SLF001
    release = Release.model_validate_json(unchecked(row[0]))
    assert (release.number, release.sequence, release.word) == (3, 13, "begin")


def test_an_older_plan_does_not_take_the_place_of_a_newer_one(store: Store) -> None:
    older = CANARY.model_copy(update={"sequence": 11})
    with pytest.raises(RolloutError, match="shop is at sequence 12 already"):
        controlling.start(store, (older,))
    other = CANARY.model_copy(update={"plan": "sha256:" + "1" * 64})
    with pytest.raises(RolloutError, match="sequence 12 of shop is another plan"):
        controlling.start(store, (other,))
    assert controlling.start(store, (CANARY,)) == ()


def test_what_is_asked_and_cannot_be_is_told(store: Store, key: PrivateKey) -> None:
    with pytest.raises(RolloutError, match="no rollout of logs was started: those of shop were"):
        controlling.pause(store, "logs")
    with pytest.raises(RolloutError, match="no wave of shop takes oslo"):
        controlling.approve(store, "shop", ("oslo",))
    with pytest.raises(RolloutError, match="wave canary is not through yet: gbg has yet to begin"):
        controlling.approve(store, "shop")
    with pytest.raises(RolloutError, match="shop is going on"):
        controlling.resume(store, "shop")
    controlling.start(store, (course(wave("all", "gbg")).model_copy(update={"app": "logs"}),))
    advance(store, (key,))
    with pytest.raises(RolloutError, match="nothing of logs waits for approval now"):
        controlling.approve(store, "logs")
    assert controlling.approve(store, "logs", ("gbg",)) == ""
    advance(store, (key,))
    assert store.rollouts()["logs"][1].state == "done"
