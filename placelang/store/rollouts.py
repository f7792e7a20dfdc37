"""What a store knows of rollouts over sites: how far each is, what was said to sites, and what hosts said. A mixin of
`Store`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

from placelang.rollouts.course import Course
from placelang.rollouts.decide import Said, Standing, Told
from placelang_runtime.journal import Word
from placelang_runtime.report import Report


class Rollouts:
    """What is written is on the disk once its transaction ends, in full or not at all."""

    _connection: sqlite3.Connection

    def told(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def written(self) -> int:
        """Another number whenever others have written anything at all."""
        with self.told():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def rollouts(self) -> Mapping[str, tuple[Course, Standing, str]]:
        """By app: what its plan asks for, how far it is, and what it waits for."""
        with self.told():
            rows = self._connection.execute(
                "SELECT app, course, state, open, approved, why, waits FROM rollouts ORDER BY app"
            ).fetchall()
            absent = self._connection.execute("SELECT app, site FROM absent").fetchall()
        return {
            app: (
                Course.model_validate_json(course),
                Standing(state, wave, approved, why, frozenset(site for of, site in absent if of == app)),
                waits,
            )
            for app, course, state, wave, approved, why, waits in rows
        }

    def keep_rollout(self, course: Course, standing: Standing, waits: str = "") -> None:
        """Within a transaction: how far it is from now on."""
        self._connection.execute(
            "INSERT OR REPLACE INTO rollouts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                course.app,
                course.model_dump_json(),
                standing.state,
                standing.open,
                standing.approved,
                standing.why,
                waits,
            ),
        )
        self._connection.execute("DELETE FROM absent WHERE app = ?", (course.app,))
        self._connection.executemany(
            "INSERT INTO absent VALUES (?, ?)", [(course.app, site) for site in sorted(standing.without)]
        )

    def words_to(self, course: Course) -> dict[str, Told]:
        """The last word to each site, whichever plan it was about."""
        with self.told():
            rows = self._connection.execute(
                "SELECT site, word, number, plan, sequence FROM released WHERE app = ?", (course.app,)
            ).fetchall()
        about = course.plan, course.sequence
        return {site: Told(word, number, (plan, at) == about) for site, word, number, plan, at in rows}

    def keep_word(self, course: Course, site: str, number: int, word: Word, envelope: bytes) -> None:
        """Within a transaction: what is said to a site from now on."""
        self._connection.execute(
            "INSERT OR REPLACE INTO released VALUES (?, ?, ?, ?, ?, ?, ?)",
            (course.app, site, course.plan, course.sequence, number, word, envelope),
        )

    def said_of(self, app: str) -> dict[str, Said]:
        """What each host said last of an app."""
        with self.told():
            rows = self._connection.execute(
                "SELECT host, plan, sequence, stage, why, well_ms, release, heard FROM progress WHERE app = ?",
                (app,),
            ).fetchall()
        return {row[0]: Said(*row[1:]) for row in rows}

    def note_progress(self, report: Report, now: int) -> None:
        """Within a transaction: what a host says of all its apps."""
        self._connection.execute("DELETE FROM progress WHERE host = ?", (report.host,))
        self._connection.executemany(
            "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    one.app,
                    report.host,
                    report.plan,
                    report.holds,
                    one.stage,
                    one.why,
                    one.well_ms,
                    one.release,
                    now,
                )
                for one in report.rollouts
            ],
        )

    def words_for(self, site: str, report: Report) -> Iterable[bytes]:
        """Signed words to a site that a host of it, as it reports, has not heard."""
        known = {one.app: one.release for one in report.rollouts}
        with self.told():
            rows = self._connection.execute(
                "SELECT app, number, envelope FROM released WHERE site = ? AND plan = ? AND sequence = ? ORDER BY app",
                (site, report.plan, report.holds),
            ).fetchall()
        return tuple(
            bytes(envelope) for app, number, envelope in rows if app in known and number > known[app]
        )
