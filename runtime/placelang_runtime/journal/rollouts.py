"""How far the rollouts of accepted parts are: what began, what of that has proved itself, what was stopped, what was
said of it by people, and how much the uplink carried.

A mixin of `Journal`, which knows how to write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from placelang_runtime.journal.records import Begun, Word

DAY_MS: Final = 86_400_000
MOST_TRANSFERS: Final = 10_000


class Rollouts:
    """Records of rollouts, those of a part by its number among the accepted ones."""

    _connection: sqlite3.Connection
    now: Callable[[], int]

    def write(self, *statements: tuple[str, tuple[object, ...]]) -> int:
        raise NotImplementedError

    def carry(self, accepted: int, before: Mapping[str, str]) -> None:
        """Note how hosts ran before a part that was just accepted, as the JSON text of their replicas."""
        self.write(
            *(
                ("INSERT OR IGNORE INTO before VALUES (?, ?, ?)", (accepted, host, text))
                for host, text in sorted(before.items())
            ),
        )

    def accepted_before(self, accepted: int) -> bytes | None:
        """The part that held before that one."""
        rows = self._connection.execute(
            "SELECT document FROM accepted WHERE id < ? ORDER BY id DESC LIMIT 1", (accepted,)
        ).fetchall()
        return bytes(rows[0][0]) if rows else None

    def ran_before(self, accepted: int) -> dict[str, str]:
        """How each host ran when the part was accepted, as the JSON text of its replicas; hosts of which nobody knew
        are absent."""
        rows = self._connection.execute("SELECT host, replicas FROM before WHERE accepted = ?", (accepted,))
        return dict(rows.fetchall())

    def begin_changes(self, accepted: int, apps: Mapping[str, str], *, proved: bool = False) -> None:
        """Note that replicas, each of an app, change from now on, or need not prove that it went well."""
        state = "proved" if proved else "begun"
        self.write(
            *(
                (
                    "INSERT OR REPLACE INTO turns (accepted, replica, app, state) VALUES (?, ?, ?, ?)",
                    (accepted, replica, app, state),
                )
                for replica, app in sorted(apps.items())
            )
        )

    def watch_change(self, accepted: int, replica: str, begun: Begun) -> None:
        """Note since when a replica that changed has been well."""
        self.write(
            (
                "UPDATE turns SET boot = ?, since = ?, looked = ?, marks = ? WHERE accepted = ? AND replica = ?",
                (begun.boot, begun.since, begun.looked, begun.marks, accepted, replica),
            )
        )

    def prove_changes(self, accepted: int, replicas: Iterable[str]) -> None:
        """Note that they have been well for long enough."""
        self.write(
            *(
                ("UPDATE turns SET state = 'proved' WHERE accepted = ? AND replica = ?", (accepted, replica))
                for replica in sorted(replicas)
            )
        )

    def changes_begun(self, accepted: int) -> dict[str, Begun]:
        """What began of a part, by replica."""
        rows = self._connection.execute(
            "SELECT replica, app, state = 'proved', boot, since, looked, marks FROM turns WHERE accepted = ? "
            "ORDER BY replica",
            (accepted,),
        )
        return {row[0]: Begun(row[1], bool(row[2]), *row[3:]) for row in rows}

    def retry_rollouts(self) -> None:
        """Note that what was stopped may begin anew."""
        if self._connection.execute("SELECT 1 FROM stops").fetchone():
            self.write(
                ("DELETE FROM turns WHERE (accepted, app) IN (SELECT accepted, app FROM stops)", ()),
                ("DELETE FROM stops", ()),
            )

    def stop_rollout(self, accepted: int, app: str, why: str) -> None:
        """Note that nothing more of an app changes by itself, and why."""
        self.write(("INSERT OR IGNORE INTO stops VALUES (?, ?, ?)", (accepted, app, why)))

    def stopped_rollouts(self, accepted: int) -> dict[str, str]:
        rows = self._connection.execute(
            "SELECT app, why FROM stops WHERE accepted = ? ORDER BY app", (accepted,)
        )
        return dict(rows.fetchall())

    def note_word(self, accepted: int, app: str, word: Word) -> None:
        """Note what a person says of an app, in place of what was said before."""
        again = word == "begin" and self.words(accepted).get(app) == "abort"
        self.write(
            ("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", (accepted, app, word)),
            *(_anew(accepted, app) if again else ()),
        )

    def words(self, accepted: int) -> dict[str, Word]:
        """What was said last of each app."""
        rows = self._connection.execute("SELECT app, word FROM words WHERE accepted = ?", (accepted,))
        return dict(rows.fetchall())

    def note_release(self, accepted: int, app: str, number: int, word: Word) -> bool:
        """Note what those who plan say of an app, in place of what they said before; whether that is news. What went
        back, or was stopped, begins anew where it is to begin."""
        known, before = self.releases(accepted).get(app, (0, None))
        if number <= known:
            return False
        again = word == "begin" and (before == "abort" or app in self.stopped_rollouts(accepted))
        self.write(
            ("INSERT OR REPLACE INTO releases VALUES (?, ?, ?, ?)", (accepted, app, number, word)),
            *(_anew(accepted, app) if again else ()),
        )
        return True

    def releases(self, accepted: int) -> dict[str, tuple[int, Word]]:
        """The last word of those who plan of each app, with its number."""
        rows = self._connection.execute(
            "SELECT app, number, word FROM releases WHERE accepted = ? ORDER BY app", (accepted,)
        )
        return {app: (number, word) for app, number, word in rows}

    def note_transfer(self, of: str, size: int) -> None:
        """Note how many bytes the uplink carried."""
        self.write(
            ("INSERT INTO transfers (at, of, bytes) VALUES (?, ?, ?)", (self.now(), of, size)),
            ("DELETE FROM transfers WHERE id <= (SELECT max(id) FROM transfers) - ?", (MOST_TRANSFERS,)),
        )

    def transfers(self, at: int) -> tuple[tuple[int, int], ...]:
        """When the uplink carried how many bytes on the day that ends at `at`, and later, if a clock went back."""
        rows = self._connection.execute(
            "SELECT at, bytes FROM transfers WHERE at > ? ORDER BY at, id", (at - DAY_MS,)
        )
        return tuple(rows.fetchall())


def _anew(accepted: int, app: str) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """Nothing of an app has begun, and nothing of it was stopped."""
    return (
        ("DELETE FROM turns WHERE accepted = ? AND app = ?", (accepted, app)),
        ("DELETE FROM stops WHERE accepted = ? AND app = ?", (accepted, app)),
    )
