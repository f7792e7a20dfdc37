"""The records of a journal, written and read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from placelang_runtime.journal.happenings import Happenings
from placelang_runtime.journal.membership import Membership
from placelang_runtime.journal.records import Accepted, Attempt, Deed, Good, Hold, Outcome, Run, StepState
from placelang_runtime.journal.rollouts import Rollouts
from placelang_runtime.journal.serving import Servings
from placelang_runtime.journal.trouble import why

MOST_DEEDS: Final = 10_000
MOST_RUNS: Final = 1_000
MOST_PARTS: Final = 20
MOST_ATTEMPTS: Final = 200
"""Attempts at the runs of one job on a host are kept, so many of them."""
MOST_GOOD: Final = 10
"""What ran well before is kept so many times back, for each group on each host."""

_FORGET_GOOD: Final = """
DELETE FROM good WHERE host = ?1 AND grp = ?2
  AND id NOT IN (SELECT good FROM standing)
  AND id NOT IN (SELECT good FROM holds WHERE good IS NOT NULL)
  AND id NOT IN (SELECT id FROM good WHERE host = ?1 AND grp = ?2 ORDER BY id DESC LIMIT ?3)
"""

_ACCEPT: Final = """
INSERT INTO accepted (at, site, digest, sequence, issued, document, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FORGET_ATTEMPTS: Final = """
DELETE FROM attempts WHERE host = ?1 AND job = ?2
  AND id NOT IN (SELECT id FROM attempts WHERE host = ?1 AND job = ?2 ORDER BY id DESC LIMIT ?3)
"""


class JournalError(Exception):
    """A journal that cannot be used; the message says what to do."""


class Journal(Happenings, Membership, Rollouts, Servings):
    """A journal, of which one process at a time may be the owner: see `open_journal`."""

    safe = "FULL"

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], int]) -> None:
        self._connection = connection
        self._depth = 0
        self._open = ""
        self.now = now

    def close(self) -> None:
        self._connection.close()

    def copy(self) -> Journal:
        """The same records in memory, which nobody finds again."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.backup(memory)
        return Journal(memory, self.now)

    def write(self, *statements: tuple[str, tuple[object, ...]], afterwards: bool = False) -> int:
        """Carry out all of the statements or none; the row that the last one added. They are on the disk before this
        returns or, within `together`, before `settle` does. What tells `afterwards` of something that can be found out
        again survives the process in any case, and a loss of power once anything else is written. Raises
        `JournalError`."""
        level = "NORMAL" if afterwards and self.safe == "FULL" else self.safe
        if self._open == "NORMAL" != level:
            self.settle()
        row = 0
        with self._told():
            if not self._open:
                self._connection.execute(f"PRAGMA synchronous = {level}")
                self._connection.execute("BEGIN IMMEDIATE")
                self._open = level
            for statement, values in statements:
                row = self._connection.execute(statement, values).lastrowid or 0
        if not self._depth:
            self.settle()
        return row

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written from here on waits for `settle`, so that many notes cost the disk what one does. Whoever is
        killed before that was killed before the first of them: so it is to be called before anything is done that they
        tell of."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.settle()

    @property
    def writes(self) -> int:
        """Another number whenever something was written."""
        return self._connection.total_changes

    def settle(self) -> None:
        """Have on the disk what was written. Raises `JournalError`."""
        if self._open:
            with self._told():
                self._connection.execute("COMMIT")
            self._open = ""

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what goes wrong as `JournalError`, and leave nothing half written."""
        try:
            yield
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._open = ""
            if isinstance(error, sqlite3.OperationalError):
                told = why(error, self._rows("PRAGMA database_list")[0][2])
                raise JournalError(f"the journal cannot be written: {told}") from error
            raise

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    # what was accepted

    def accept(
        self,
        site: str,
        digest: str,
        document: bytes,
        *,
        sequence: int | None = None,
        issued: str | None = None,
        envelope: bytes | None = None,
    ) -> Accepted:
        """Note that this part holds from now on. The one that held already is the same as before."""
        latest = self.accepted()
        if latest is not None and (latest.digest, latest.sequence) == (digest, sequence):
            return latest
        self.write(
            (
                _ACCEPT,
                (self.now(), site, digest, sequence, issued, document, envelope),
            ),
            (
                "DELETE FROM accepted WHERE id <= (SELECT max(id) FROM accepted) - ?",
                (MOST_PARTS,),
            ),
        )
        accepted = self.accepted()
        if accepted is None:
            raise LookupError("what was just written")
        return accepted

    def accepted(self) -> Accepted | None:
        """The part that holds."""
        rows = self._connection.execute(
            "SELECT id, at, site, digest, sequence, issued, document, envelope FROM accepted ORDER BY id DESC LIMIT 1"
        ).fetchall()
        return Accepted(*rows[0]) if rows else None

    # runs and what they did

    def begin_run(self, command: str, accepted: int | None) -> int:
        return self.write(
            (
                "INSERT INTO runs (accepted, command, began) VALUES (?, ?, ?)",
                (accepted, command, self.now()),
            )
        )

    def end_run(self, run: int, outcome: Outcome, message: str) -> None:
        """Note how a run ended, and forget what is too old to tell."""
        self.write(
            (
                "UPDATE runs SET ended = ?, outcome = ?, message = ? WHERE id = ?",
                (self.now(), outcome, message, run),
            ),
            ("DELETE FROM deeds WHERE id <= (SELECT max(id) FROM deeds) - ?", (MOST_DEEDS,)),
            ("DELETE FROM runs WHERE id <= ? - ?", (run, MOST_RUNS)),
        )

    def unfinished(self) -> Run | None:
        """The last run, if it was cut off."""
        last = self.runs(1)
        return last[0] if last and last[0].ended is None else None

    def runs(self, most: int) -> tuple[Run, ...]:
        """The last runs, newest first."""
        rows = self._connection.execute(
            "SELECT id, accepted, command, began, ended, outcome, message FROM runs ORDER BY id DESC LIMIT ?",
            (most,),
        )
        return tuple(Run(*row) for row in rows)

    def begin(self, run: int, host: str, kind: str, of: str) -> int:
        """Note what is about to be done."""
        return self.write(
            (
                "INSERT INTO deeds (run, host, kind, of, began) VALUES (?, ?, ?, ?, ?)",
                (run, host, kind, of, self.now()),
            )
        )

    def end(self, deed: int, error: str | None) -> None:
        """Note what came of it."""
        self.write(
            ("UPDATE deeds SET ended = ?, error = ? WHERE id = ?", (self.now(), error, deed)), afterwards=True
        )

    def deeds(self, run: int) -> tuple[Deed, ...]:
        rows = self._connection.execute(
            "SELECT id, run, host, kind, of, began, ended, error FROM deeds WHERE run = ? ORDER BY id", (run,)
        )
        return tuple(Deed(*row) for row in rows)

    # steps of the part that holds

    def step(self, accepted: int, number: int, state: StepState) -> None:
        self.write(
            ("INSERT OR REPLACE INTO steps VALUES (?, ?, ?)", (accepted, number, state)), afterwards=True
        )

    def steps(self, accepted: int) -> dict[int, StepState]:
        """What became of each step, by number."""
        return dict(
            self._connection.execute("SELECT number, state FROM steps WHERE accepted = ?", (accepted,))
        )

    # what runs well, and what did before

    def note_specs(self, digests: Iterable[str], replica: str) -> None:
        """Note what the containers of a replica are, before they are made."""
        self.write(*(("INSERT OR IGNORE INTO specs VALUES (?, ?)", (digest, replica)) for digest in digests))

    def specs(self) -> dict[str, str]:
        """The JSON text of each replica that was ever made and not forgotten, by digest."""
        return dict(self._connection.execute("SELECT digest, replica FROM specs"))

    def keep_specs(self, digests: Iterable[str]) -> None:
        """Forget all specs but these."""
        gone = sorted(set(self.specs()) - set(digests))
        if gone:
            self.write(*(("DELETE FROM specs WHERE digest = ?", (digest,)) for digest in gone))

    def note_healthy(self, host: str, replica: str, digest: str, step: tuple[int, int] | None) -> None:
        """Note that a replica was found healthy, and so this step of this part is done."""
        healthy = ("INSERT OR REPLACE INTO healthy VALUES (?, ?, ?)", (host, replica, digest))
        if step is None:
            self.write(healthy, afterwards=True)
        else:
            done = ("INSERT OR REPLACE INTO steps VALUES (?, ?, 'done')", step)
            self.write(healthy, done, afterwards=True)

    def forget_healthy(self, host: str, replica: str) -> None:
        self.write(("DELETE FROM healthy WHERE host = ? AND replica = ?", (host, replica)))

    def healthy(self, host: str) -> dict[str, str]:
        """The digest with which each replica was last found healthy."""
        return dict(self._connection.execute("SELECT replica, digest FROM healthy WHERE host = ?", (host,)))

    def note_good(self, group: str, accepted: int | None, replicas: Mapping[str, str]) -> None:
        """Note that this is how a group runs well, by host, on all of them at once; that it does so still is nothing
        new."""
        standing = {host: self.standing(host).get(group) for host in replicas}
        before = {host: good.replicas if good is not None else "" for host, good in standing.items()}
        if before == dict(replicas):
            return
        statements: list[tuple[str, tuple[object, ...]]] = []
        for host, text in replicas.items():
            statements += [
                (
                    "INSERT INTO good (host, grp, at, accepted, replicas) VALUES (?, ?, ?, ?, ?)",
                    (host, group, self.now(), accepted, text),
                ),
                ("INSERT OR REPLACE INTO standing VALUES (?, ?, last_insert_rowid())", (host, group)),
                (_FORGET_GOOD, (host, group, MOST_GOOD)),
            ]
        self.write(*statements)

    def stand(self, host: str, group: str, good: int) -> None:
        """Note that a group runs again as it did before."""
        self.write(("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", (host, group, good)))

    def standing(self, host: str) -> dict[str, Good]:
        """How each group last ran well on a host."""
        rows = self._connection.execute(
            "SELECT g.id, g.host, g.grp, g.at, g.accepted, g.replicas FROM standing s JOIN good g ON g.id = s.good "
            "WHERE s.host = ? ORDER BY g.grp",
            (host,),
        )
        return {row[2]: Good(*row) for row in rows}

    def good(self, host: str, group: str) -> tuple[Good, ...]:
        """How a group ran well on a host, newest first."""
        rows = self._connection.execute(
            "SELECT id, host, grp, at, accepted, replicas FROM good WHERE host = ? AND grp = ? ORDER BY id DESC",
            (host, group),
        )
        return tuple(Good(*row) for row in rows)

    def forget_good(self, numbers: Iterable[int]) -> None:
        """Forget how groups ran well before: nothing goes back there any more."""
        self.write(*(("DELETE FROM good WHERE id = ?", (number,)) for number in numbers))

    # what people, and failures, decided against the plan

    def hold(self, *holds: Hold) -> None:
        """Note that groups are held, all or none."""
        self.write(
            *(
                (
                    "INSERT OR REPLACE INTO holds (host, grp, good, why, by) VALUES (?, ?, ?, ?, ?)",
                    (hold.host, hold.group, hold.good, hold.why, hold.by),
                )
                for hold in holds
            )
        )

    def release(self) -> None:
        """Note that everything shall run as the plan says, and that failed steps may be tried again."""
        if self._rows("SELECT 1 FROM holds UNION ALL SELECT 1 FROM steps WHERE state <> 'done'"):
            self.write(("DELETE FROM holds", ()), ("DELETE FROM steps WHERE state <> 'done'", ()))
        self.retry_rollouts()

    def let_go(self, *holds: Hold) -> None:
        """Note that these are held no more, all or none."""
        self.write(
            *(("DELETE FROM holds WHERE host = ? AND grp = ?", (hold.host, hold.group)) for hold in holds)
        )

    def holds(self) -> dict[tuple[str, str], Hold]:
        """What is held, by host and group."""
        rows = self._connection.execute("SELECT host, grp, good, why, by FROM holds ORDER BY host, grp")
        return {(row[0], row[1]): Hold(*row) for row in rows}

    def drain(self, host: str, *, drained: bool) -> None:
        statement = (
            "INSERT OR IGNORE INTO drained VALUES (?)" if drained else "DELETE FROM drained WHERE host = ?"
        )
        self.write((statement, (host,)))

    def drained(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._connection.execute("SELECT host FROM drained"))

    # runs of jobs

    def begin_attempt(  # noqa: PLR0917 - what an attempt is
        self, host: str, job: str, round_: str, version: str, spec: str, began: int
    ) -> int:
        """Note that a run of a job is about to begin, and forget those of long ago."""
        return self.write(
            (
                _FORGET_ATTEMPTS,
                (host, job, MOST_ATTEMPTS - 1),
            ),
            (
                "INSERT INTO attempts (host, job, round, version, spec, began) VALUES (?, ?, ?, ?, ?, ?)",
                (host, job, round_, version, spec, began),
            ),
        )

    def end_attempt(self, attempt: int, ended: int, error: str | None) -> None:
        """Note what came of it."""
        self.write(("UPDATE attempts SET ended = ?, error = ? WHERE id = ?", (ended, error, attempt)))

    def attempts(self, host: str) -> tuple[Attempt, ...]:
        """Those on a host that are not forgotten, oldest first."""
        rows = self._connection.execute(
            "SELECT id, host, job, round, version, spec, began, ended, error FROM attempts WHERE host = ? ORDER BY id",
            (host,),
        )
        return tuple(Attempt(*row) for row in rows)

    # what was brought to a host, and may be taken away again

    def note_image(self, host: str, image: str) -> None:
        self.write(("INSERT OR IGNORE INTO images VALUES (?, ?)", (host, image)))

    def forget_image(self, host: str, image: str) -> None:
        self.write(("DELETE FROM images WHERE host = ? AND image = ?", (host, image)))

    def images(self, host: str) -> frozenset[str]:
        return frozenset(
            row[0] for row in self._connection.execute("SELECT image FROM images WHERE host = ?", (host,))
        )
