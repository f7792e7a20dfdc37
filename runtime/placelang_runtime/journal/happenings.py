"""What happened on a host while nobody looked, what other hosts of the site have done, and small things that are kept.

A mixin of `Journal`, which knows how to write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from placelang_runtime.journal.records import Happening

MOST_HAPPENINGS: Final = 10_000
"""So many are kept, the last ones, whether or not anybody was told."""
LONGEST: Final = 1_000
"""Characters of a text; what is longer is cut."""


class Happenings:
    """Records that the agent of a host adds to and reads."""

    _connection: sqlite3.Connection
    now: Callable[[], int]

    def write(self, *statements: tuple[str, tuple[object, ...]]) -> int:
        raise NotImplementedError

    def happen(self, kind: str, of: str, text: str) -> Happening:
        """Note that something happened."""
        at, text = self.now(), text[:LONGEST]
        row = self.write(
            ("DELETE FROM happenings WHERE id <= (SELECT max(id) FROM happenings) - ?", (MOST_HAPPENINGS,)),
            ("INSERT INTO happenings (at, kind, of, text) VALUES (?, ?, ?, ?)", (at, kind, of, text)),
        )
        return Happening(row, at, kind, of, text)

    def happenings(self, *, after: int = 0, most: int = 100) -> tuple[Happening, ...]:
        """What happened after one of them, the first ones of that first."""
        rows = self._connection.execute(
            "SELECT id, at, kind, of, text FROM happenings WHERE id > ? ORDER BY id LIMIT ?", (after, most)
        )
        return tuple(Happening(*row) for row in rows)

    def last_happening(self) -> int:
        """The number of what happened last, 0 where nothing did."""
        found = self._connection.execute("SELECT max(id) FROM happenings").fetchone()[0]
        return int(found or 0)

    def keep(self, name: str, value: str) -> None:
        """Keep a value under a name, in place of the one before."""
        self.write(("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value)))

    def kept(self, name: str) -> str | None:
        rows = self._connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchall()
        return str(rows[0][0]) if rows else None

    def note_elsewhere(self, accepted: int, host: str) -> None:
        """Note that a host that is not carried out here has done its share of this part."""
        if host not in self.elsewhere(accepted):
            self.write(("INSERT OR IGNORE INTO elsewhere VALUES (?, ?)", (accepted, host)))

    def elsewhere(self, accepted: int) -> frozenset[str]:
        rows = self._connection.execute("SELECT host FROM elsewhere WHERE accepted = ?", (accepted,))
        return frozenset(row[0] for row in rows)
