"""What a store knows of the agents of hosts: their keys, and what they reported last. A mixin of `Store`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from placelang.store.error import StoreError
from placelang.store.models import Models
from placelang.store.rollouts import Rollouts
from placelang_runtime.report import Report
from placelang_runtime.trust.keys import PublicKey

MOST_HAPPENED: Final = 10_000
"""So many are kept of each host, the last ones."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A host with the public key by which it is known, and its last report: its `sequence`, when it was `heard`, the
    `part` that holds with the sequence `holds`, whether everything runs as it shall, and what containers use."""

    host: str
    key: str
    sequence: int
    heard: int | None
    part: str | None
    holds: int | None
    settled: bool | None
    used: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened on a host, in ms since 1970 by its clock."""

    host: str
    number: int
    at: int
    kind: str
    of: str
    text: str


class Agents(Models, Rollouts):
    """For the server that agents report to, and for those who look at what it heard."""

    _connection: sqlite3.Connection

    def writing(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def told(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def enroll(self, host: str, key: PublicKey) -> None:
        """Believe this key when it speaks for the host, and no other. Raises StoreError where it speaks for another."""
        with self.told(), self.writing():
            other = self._connection.execute(
                "SELECT host FROM agents WHERE id = ? AND host <> ?", (key.id, host)
            ).fetchone()
            if other is not None:
                raise StoreError(f"this is the key of {other[0]}: a host has a key of its own")
            self._connection.execute(
                "INSERT INTO agents (host, id, key) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (host) DO UPDATE SET id = ?2, key = ?3",
                (host, key.id, str(key)),
            )

    def speaker(self, ids: Iterable[str]) -> Enrolled | None:
        """The host that is known by a key of one of these ids."""
        for one in ids:
            with self.told():
                row = self._connection.execute("SELECT host FROM agents WHERE id = ?", (one,)).fetchone()
            if row is not None:
                return self.enrolled(row[0])[0]
        return None

    def dismiss(self, host: str) -> bool:
        """Believe nobody who speaks for the host; whether anybody was believed."""
        with self.told(), self.writing():
            self._connection.execute("DELETE FROM happened WHERE host = ?", (host,))
            self._connection.execute("DELETE FROM models WHERE host = ?", (host,))
            self._connection.execute("DELETE FROM progress WHERE host = ?", (host,))
            return self._connection.execute("DELETE FROM agents WHERE host = ?", (host,)).rowcount > 0

    def enrolled(self, host: str | None = None) -> tuple[Enrolled, ...]:
        """Those hosts, or the one, by name."""
        with self.told():
            rows = self._connection.execute(
                "SELECT host, key, sequence, heard, part, holds, settled, used FROM agents "
                "WHERE ?1 IS NULL OR host = ?1 ORDER BY host",
                (host,),
            ).fetchall()
        return tuple(
            Enrolled(
                name,
                key,
                sequence,
                heard,
                part,
                holds,
                None if settled is None else bool(settled),
                tuple(json.loads(used)),
            )
            for name, key, sequence, heard, part, holds, settled, used in rows
        )

    def hear(self, report: Report, *, now: int) -> int | None:
        """Note what a host said of itself; None, or the number of its last report if this one is not newer."""
        with self.told(), self.writing():
            found = self._connection.execute(
                "SELECT sequence FROM agents WHERE host = ?", (report.host,)
            ).fetchone()
            if found is None or report.sequence <= found[0]:
                return 0 if found is None else int(found[0])
            used = json.dumps([one.model_dump() for one in report.used])
            self._connection.execute(
                "UPDATE agents SET sequence = ?, heard = ?, part = ?, holds = ?, settled = ?, used = ? WHERE host = ?",
                (report.sequence, now, report.part, report.holds, report.settled, used, report.host),
            )
            self.note_progress(report, now)
            self._connection.executemany(
                "INSERT OR REPLACE INTO happened VALUES (?, ?, ?, ?, ?, ?)",
                [(report.host, one.number, one.at, one.kind, one.of, one.text) for one in report.happened],
            )
            self._connection.execute(
                "DELETE FROM happened WHERE host = ?1 AND number <= "
                "(SELECT max(number) FROM happened WHERE host = ?1) - ?2",
                (report.host, MOST_HAPPENED),
            )
            self.hear_models(report, now)
        return None

    def happened(self, host: str | None = None, *, most: int = 100) -> tuple[Happened, ...]:
        """What happened on hosts, or on one, the latest first."""
        with self.told():
            rows = self._connection.execute(
                "SELECT host, number, at, kind, of, text FROM happened WHERE ?1 IS NULL OR host = ?1 "
                "ORDER BY at DESC, host, number DESC LIMIT ?2",
                (host, most),
            ).fetchall()
        return tuple(Happened(*row) for row in rows)

    def happened_to(self, of: str, kind: str) -> tuple[Happened, ...]:
        """What of one kind happened to something, on all hosts, the latest last."""
        with self.told():
            rows = self._connection.execute(
                "SELECT host, number, at, kind, of, text FROM happened WHERE of = ? AND kind = ? "
                "ORDER BY at, host, number",
                (of, kind),
            ).fetchall()
        return tuple(Happened(*row) for row in rows)
