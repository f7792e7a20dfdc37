"""Which version of a model served when, and why it changed.

A mixin of `Journal`, which knows how to write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

from placelang_runtime.journal.records import Cause, Serving

MOST_SERVINGS: Final = 10_000
"""So many are kept, the last ones."""
_LAST: Final = """
SELECT at, host, replica, model, version, variant, digest, cause, why FROM serving
WHERE id IN (SELECT max(id) FROM serving WHERE host = ? AND replica = ? GROUP BY model) ORDER BY model
"""
_OF: Final = """
SELECT at, host, replica, model, version, variant, digest, cause, why FROM serving WHERE model = ? ORDER BY id
"""
_NOTE: Final = """
INSERT INTO serving (at, host, replica, model, version, variant, digest, cause, why)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET: Final = "DELETE FROM serving WHERE id <= (SELECT max(id) FROM serving) - ?"


class Servings:
    """Records of what serves."""

    _connection: sqlite3.Connection
    now: Callable[[], int]

    def write(self, *statements: tuple[str, tuple[object, ...]]) -> int:
        raise NotImplementedError

    def note_serving(
        self,
        host: str,
        replica: str,
        served: Iterable[tuple[str, str, str | None, str | None]],
        cause: Cause,
        why: str,
    ) -> tuple[Serving, ...]:
        """Note that a replica serves these from now on, each a model, its version, variant and digest, and no others;
        those of which that is news."""
        last = {one.model: one for one in self._serving_last(host, replica)}
        at = self.now()
        present = {row[0]: Serving(at, host, replica, *row, cause, why) for row in served}
        ended = {
            model: Serving(at, host, replica, model, None, None, None, cause, why)
            for model, one in last.items()
            if model not in present and one.version is not None
        }
        news = tuple(
            one
            for model, one in sorted((present | ended).items())
            if model not in last or last[model].form != one.form
        )
        if news:
            notes = ((_NOTE, (*one.place, *one.form, one.cause, one.why)) for one in news)
            self.write(*notes, (_FORGET, (MOST_SERVINGS,)))
        return news

    def _serving_last(self, host: str, replica: str) -> tuple[Serving, ...]:
        return tuple(Serving(*row) for row in self._connection.execute(_LAST, (host, replica)))

    def servings(self, model: str) -> tuple[Serving, ...]:
        """What is known of a model, oldest first."""
        rows = self._connection.execute(_OF, (model,))
        return tuple(Serving(*row) for row in rows)

    def served_models(self) -> tuple[str, ...]:
        """All models of which anything is known, by name."""
        rows = self._connection.execute("SELECT DISTINCT model FROM serving ORDER BY model")
        return tuple(row[0] for row in rows)
