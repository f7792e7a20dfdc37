"""The tables of a journal, and how one is opened: made anew, taken as it is, or moved aside where it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from placelang_runtime.journal.journal import Journal, JournalError
from placelang_runtime.journal.trouble import why

APPLICATION: Final = 0x706C6A31  # tells this file from other databases
FILE: Final = "journal.db"

TABLES: Final = """
CREATE TABLE accepted (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, site TEXT NOT NULL, digest TEXT NOT NULL,
  sequence INTEGER, issued TEXT, document BLOB NOT NULL
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, accepted INTEGER REFERENCES accepted ON DELETE SET NULL, command TEXT NOT NULL,
  began INTEGER NOT NULL, ended INTEGER, outcome TEXT, message TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE steps (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, number INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (accepted, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE deeds (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, host TEXT NOT NULL,
  kind TEXT NOT NULL, of TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, error TEXT
) STRICT;
CREATE TABLE healthy (
  host TEXT NOT NULL, replica TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (host, replica)
) STRICT, WITHOUT ROWID;
CREATE TABLE specs (digest TEXT PRIMARY KEY, replica TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE good (
  id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, grp TEXT NOT NULL, at INTEGER NOT NULL,
  accepted INTEGER REFERENCES accepted ON DELETE SET NULL, replicas TEXT NOT NULL
) STRICT;
CREATE TABLE standing (
  host TEXT NOT NULL, grp TEXT NOT NULL, good INTEGER NOT NULL REFERENCES good, PRIMARY KEY (host, grp)
) STRICT, WITHOUT ROWID;
CREATE TABLE holds (
  host TEXT NOT NULL, grp TEXT NOT NULL, good INTEGER REFERENCES good, why TEXT NOT NULL, PRIMARY KEY (host, grp)
) STRICT, WITHOUT ROWID;
CREATE TABLE drained (host TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE images (host TEXT NOT NULL, image TEXT NOT NULL, PRIMARY KEY (host, image)) STRICT, WITHOUT ROWID;
"""
HAPPENINGS: Final = """
CREATE TABLE happenings (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, of TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE elsewhere (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, host TEXT NOT NULL, PRIMARY KEY (accepted, host)
) STRICT, WITHOUT ROWID;
ALTER TABLE holds ADD COLUMN by TEXT NOT NULL DEFAULT 'failure';
UPDATE holds SET by = 'person' WHERE why IN ('rolled back by hand', 'removed by hand');
"""
ATTEMPTS: Final = """
ALTER TABLE accepted ADD COLUMN envelope BLOB;
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, job TEXT NOT NULL, round TEXT NOT NULL,
  version TEXT NOT NULL, spec TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, error TEXT
) STRICT;
CREATE INDEX attempts_of ON attempts (host, job);
"""
MEMBERSHIP: Final = """
CREATE TABLE membership (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID;
"""
ROLLOUTS: Final = """
CREATE TABLE before (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, host TEXT NOT NULL, replicas TEXT NOT NULL,
  PRIMARY KEY (accepted, host)
) STRICT, WITHOUT ROWID;
CREATE TABLE turns (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, replica TEXT NOT NULL, app TEXT NOT NULL,
  state TEXT NOT NULL, boot TEXT, since INTEGER, looked INTEGER, marks TEXT, PRIMARY KEY (accepted, replica)
) STRICT, WITHOUT ROWID;
CREATE TABLE stops (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, app TEXT NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (accepted, app)
) STRICT, WITHOUT ROWID;
CREATE TABLE words (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, app TEXT NOT NULL, word TEXT NOT NULL,
  PRIMARY KEY (accepted, app)
) STRICT, WITHOUT ROWID;
CREATE TABLE transfers (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, of TEXT NOT NULL, bytes INTEGER NOT NULL
) STRICT;
"""
SERVING: Final = """
CREATE TABLE serving (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, host TEXT NOT NULL, replica TEXT NOT NULL,
  model TEXT NOT NULL, version TEXT, variant TEXT, digest TEXT, cause TEXT NOT NULL, why TEXT NOT NULL
) STRICT;
CREATE INDEX serving_of ON serving (host, replica, model);
"""
RELEASES: Final = """
CREATE TABLE releases (
  accepted INTEGER NOT NULL REFERENCES accepted ON DELETE CASCADE, app TEXT NOT NULL, number INTEGER NOT NULL,
  word TEXT NOT NULL, PRIMARY KEY (accepted, app)
) STRICT, WITHOUT ROWID;
"""
VERSIONS: Final = (TABLES, HAPPENINGS, ATTEMPTS, MEMBERSHIP, ROLLOUTS, SERVING, RELEASES)
"""What each version of the journal adds to the one before it."""


def open_journal(
    folder: Path, now: Callable[[], int], *, kind: type[Journal] = Journal, mend: bool = True
) -> tuple[Journal, Path | None]:
    """The journal in a folder, made if there is none, and where a damaged one was moved, None if it was whole.

    Raises `JournalError` for a newer one and, unless it is to `mend` that, for a damaged one; and OSError.
    """
    file = folder / FILE
    try:
        return kind(_connect(file), now), None
    except sqlite3.OperationalError as error:
        raise OSError(f"{file}: {why(error, file)}") from error
    except sqlite3.DatabaseError as error:
        if not mend:
            raise JournalError(f"{file} is damaged: apply the plan again, which sets it aside") from error
        aside = _move_aside(file)
        return kind(_connect(file), now), aside


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=10)
    try:
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(VERSIONS):
        raise JournalError(f"{file} was written by a newer version, which has to be used to read it")
    if version == 0:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise sqlite3.DatabaseError("tables of somebody else")
    elif connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("pages are damaged")
    elif connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise sqlite3.DatabaseError("tables of somebody else")
    if version < len(VERSIONS):
        _bring_up(connection)


def _bring_up(connection: sqlite3.Connection) -> None:
    """Add what newer versions have, all or nothing; somebody else may be doing so right now."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for added in VERSIONS[version:]:
            for statement in filter(str.strip, added.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(VERSIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _move_aside(file: Path) -> Path:
    """Where the damaged journal is from now on: nothing of it is thrown away."""
    number = 1
    while (aside := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    file.replace(aside)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).replace(aside.with_name(aside.name + suffix))
    return aside
