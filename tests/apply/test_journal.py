"""The journal keeps what it was told, through kills, damage and a full disk."""

from __future__ import annotations

import sqlite3
from itertools import count
from pathlib import Path

import pytest

from placelang_runtime.journal import Hold, Journal, JournalError, open_journal
from placelang_runtime.journal.journal import MOST_GOOD
from placelang_runtime.journal.schema import APPLICATION, TABLES


def opened(folder: Path) -> Journal:
    journal, aside = open_journal(folder, count(1).__next__)
    assert aside is None
    return journal


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    accepted = journal.accept("gbg", "sha256:1", b"part", sequence=7)
    run = journal.begin_run("apply", accepted.id)
    deed = journal.begin(run, "gbg-1", "create", "shop.till@gbg/1")
    journal.close()
    again = opened(tmp_path)
    assert again.accepted() == accepted
    cut_off = again.unfinished()
    assert cut_off is not None
    assert cut_off.id == run
    assert [(d.id, d.ended) for d in again.deeds(run)] == [(deed, None)]


def test_the_same_part_is_accepted_once(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first = journal.accept("gbg", "sha256:1", b"part")
    assert journal.accept("gbg", "sha256:1", b"part") == first
    assert journal.accept("gbg", "sha256:2", b"other").id > first.id


def test_what_a_part_came_in_is_kept_byte_for_byte(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.accept("gbg", "sha256:1", b"part", sequence=1, envelope=b'{"payload": 1}\n')
    journal.close()
    accepted = opened(tmp_path).accepted()
    assert accepted is not None
    assert accepted.envelope == b'{"payload": 1}\n'


def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as first:
        first.executescript(f"{TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1;")
        first.execute(
            "INSERT INTO accepted (at, site, digest, document) VALUES (1, 'gbg', 'sha256:1', x'00')"
        )
    first.close()
    journal = opened(tmp_path)
    accepted = journal.accepted()
    assert accepted is not None
    assert (accepted.document, accepted.envelope) == (b"\0", None)
    journal.begin_attempt("gbg-1", "shop.train", "1", "", "sha256:2", 5)
    assert [one.job for one in journal.attempts("gbg-1")] == ["shop.train"]


def test_steps_of_a_part_that_comes_back_are_taken_anew(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first = journal.accept("gbg", "sha256:1", b"one")
    journal.step(first.id, 0, "done")
    journal.accept("gbg", "sha256:2", b"two")
    assert journal.steps(journal.accept("gbg", "sha256:1", b"one").id) == {}


def test_good_specs_are_kept_for_some_times_back_and_the_standing_ones_always(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.note_good("g", None, {"h": "first"})
    oldest = journal.standing("h")["g"].id
    journal.hold(Hold("h", "g", oldest, "asked for"))
    for number in range(2 * MOST_GOOD):
        journal.note_good("g", None, {"h": f"spec {number}"})
    kept = [good.replicas for good in journal.good("h", "g")]
    assert kept[0] == journal.standing("h")["g"].replicas
    assert (len(kept), kept[-1]) == (MOST_GOOD + 1, "first")


def test_the_same_good_state_is_noted_once(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for _ in range(3):
        journal.note_good("g", None, {"h": "the same"})
    assert len(journal.good("h", "g")) == 1


def test_release_forgets_holds_and_failed_steps_and_keeps_what_is_done(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    accepted = journal.accept("gbg", "sha256:1", b"").id
    journal.step(accepted, 0, "done")
    journal.step(accepted, 1, "failed")
    journal.hold(Hold("h", "g", None, "failed"))
    journal.release()
    assert journal.holds() == {}
    assert journal.steps(accepted) == {0: "done"}


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100:4096] = b"\x55" * (4096 - 100)
    file.write_bytes(data)


@pytest.mark.parametrize("text", [b"not a database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_journal_is_moved_aside_and_kept(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "journal.db").write_bytes(text)
    journal, aside = open_journal(tmp_path, lambda: 0)
    assert aside is not None
    assert aside.read_bytes() == text
    assert journal.accepted() is None


def test_a_damaged_journal_is_moved_aside_and_a_second_one_beside_it(tmp_path: Path) -> None:
    for number in (1, 2):
        opened(tmp_path).close()
        damage(tmp_path / "journal.db")
        journal, aside = open_journal(tmp_path, lambda: 0)
        journal.close()
        assert aside == tmp_path / f"journal.db.damaged-{number}"


def test_a_database_of_somebody_else_is_moved_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    assert open_journal(tmp_path, lambda: 0)[1] is not None


def test_a_newer_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal.db") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(JournalError, match="newer version"):
        open_journal(tmp_path, lambda: 0)


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    opened(tmp_path).accept("gbg", "sha256:1", b"part")
    connection = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    connection.execute("PRAGMA max_page_count = 1")
    journal = Journal(connection, lambda: 0)
    with pytest.raises(JournalError, match="full"):
        journal.accept("gbg", "sha256:2", b"x" * 1_000_000)
    held = journal.accepted()
    assert held is not None
    assert held.digest == "sha256:1"
