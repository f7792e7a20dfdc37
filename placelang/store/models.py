"""What a store knows of models as hosts serve them, as their agents reported last. A mixin of `Store`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from placelang_runtime.report import Report


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model as a replica on a host serves it: its figures when it was `heard`, in ms since 1970, None where its
    server said nothing, and its sketches as they were `sketched`."""

    host: str
    service: str
    replica: str
    model: str
    version: str
    heard: int
    numbers: dict[str, Any] | None
    sketches: str | None
    sketched: int | None


class Models:
    """For whoever hears agents, and for those who look at models."""

    _connection: sqlite3.Connection

    def told(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def models(self) -> tuple[StoredModel, ...]:
        """All of them, by model, host and replica."""
        with self.told():
            rows = self._connection.execute(
                "SELECT host, service, replica, model, version, heard, numbers, sketches, sketched FROM models "
                "ORDER BY model, host, replica"
            ).fetchall()
        return tuple(replace(StoredModel(*row), numbers=json.loads(row[6] or "null")) for row in rows)

    def hear_models(self, report: Report, now: int) -> None:
        """Note what a host said, within a transaction: what it says nothing of any more is gone. Sketches come more
        rarely than figures, and stay until there are newer ones, or another version."""
        named = {(one.replica, one.model) for one in report.models}
        there = self._connection.execute(
            "SELECT replica, model FROM models WHERE host = ?", (report.host,)
        ).fetchall()
        gone = [(report.host, *one) for one in there if tuple(one) not in named]
        self._connection.executemany("DELETE FROM models WHERE host = ? AND replica = ? AND model = ?", gone)
        self._connection.executemany(
            "INSERT INTO models VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
            "ON CONFLICT (host, replica, model) DO UPDATE SET "
            "sketches = CASE WHEN ?8 IS NULL AND version = ?4 THEN sketches ELSE ?8 END, "
            "sketched = CASE WHEN ?8 IS NULL AND version = ?4 THEN sketched ELSE ?9 END, "
            "version = ?4, service = ?5, heard = ?6, numbers = ?7",
            [
                (
                    report.host,
                    one.replica,
                    one.model,
                    one.version,
                    one.service,
                    now,
                    None if one.numbers is None else json.dumps(one.numbers),
                    one.sketches,
                    None if one.sketches is None else now,
                )
                for one in report.models
            ],
        )
