"""A store of facts in SQLite, for several processes at a time.

What one source says of a thing is merged fact by fact: a newer statement replaces an older one, never the other way
round. Every change is one transaction: after a crash it is there in full or not at all.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from placelang.address import store_path
from placelang.inventory import Inventory, without_collection
from placelang.store.agents import Agents
from placelang.store.decide import Statement, Trust, decide, expires
from placelang.store.error import StoreError
from placelang.store.gather import Row, gather, life_of
from placelang.store.report import Report, Said, as_text, from_text, reports_of
from placelang.store.schema import APPLICATION, MIGRATIONS, VERSION

WAIT: Final = 30.0
"""How many seconds a writer waits for another."""


class Added(NamedTuple):
    """What came of adding: how many `things` were reported on, how many facts `changed`, were `older` than what was
    known, or lay in the `future` and count as observed now."""

    things: int
    changed: int
    older: int
    future: int


@dataclass(frozen=True, slots=True)
class Past:
    """A value that another replaced: `replaced` is when that other one was observed."""

    fact: str
    value: object
    source: str
    observed: int | None
    replaced: int | None


def read_store(url: str, at: int | None) -> tuple[Inventory, int]:
    """The fleet as a store believes it to be at `at`, or now; and that moment, in ms since 1970. Raises StoreError."""
    moment = clock() if at is None else at
    with Store(url) as store:
        return store.inventory(moment), moment


def clock() -> int:
    """The time, in ms since 1970: what a store counts from where no time is given."""
    return time.time_ns() // 10**6


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of a thing: the statement that is `believed`, those of `others`, and whether it is out of date all the
    same."""

    fact: str
    believed: Statement
    others: tuple[Statement, ...]
    stale: bool


class Store(Agents):
    """An open store. `url` is `sqlite:///` and a path; without `create`, one that is not there is an error.

    Raises StoreError for whatever keeps the database from being used, here and in every method.
    """

    def __init__(self, url: str, *, create: bool = False) -> None:
        self.url = url
        path = store_path(url)
        if not create and not path.exists():
            raise StoreError(f"there is no store at {path}: `placelang inventory add` makes one")
        with _told(path):
            self._connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
        try:
            with _told(path):
                self._prepare(path)
        except BaseException:
            self._connection.close()
            raise
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _prepare(self, path: Path) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and application != APPLICATION:
            raise StoreError(f"{path} is a database of something else")
        if version > VERSION:
            raise StoreError(
                f"{path} was written by a newer placelang: its schema is {version}, known is {VERSION}"
            )
        self._connection.execute("PRAGMA synchronous = FULL")
        if version < VERSION:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._migrate()

    def _migrate(self) -> None:
        """From whatever version it has by now: another process may have been quicker."""
        with self.writing():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, which no other writer can come between."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def told(self) -> AbstractContextManager[None]:
        """What goes wrong with the database, as StoreError."""
        return _told(self._path)

    def add(self, inventory: Inventory, *, trust: Trust, now: int, source: str | None = None) -> Added:
        """Take what an inventory says; `source` speaks where it names none. `now` is in ms since 1970: what was
        observed later than that counts as observed now."""
        return self.report(reports_of(inventory, source=source), trust=trust, now=now)

    def report(self, reports: Iterable[Report], *, trust: Trust, now: int) -> Added:
        """Take what sources say of things, all of it or, if anything fails, nothing."""
        things = changed = older = future = 0
        other = False
        with _told(self._path), self.writing():
            for report in reports:
                things += 1
                for said in report.facts.values():
                    if said.observed is not None and said.observed > now:
                        said.observed = now
                        future += 1
                moved = self._place(report)
                fresh, stale = self._merge(report, trust)
                changed += fresh
                older += stale
                other = other or moved or fresh > 0
            if other:
                self._count_change()
        return Added(things, changed, older, future)

    def _place(self, report: Report) -> bool:
        """Note where a thing stands and that it was heard of; whether that is news."""
        where = "SELECT parent FROM things WHERE noun = ? AND name = ?"
        before = self._connection.execute(where, (report.noun, report.name)).fetchone()
        self._connection.execute(
            "INSERT INTO things VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "parent = CASE WHEN excluded.seen IS NULL OR seen IS NULL OR excluded.seen >= seen THEN excluded.parent "
            "ELSE parent END, seen = max(coalesce(seen, excluded.seen), coalesce(excluded.seen, seen))",
            (report.noun, report.name, report.parent, report.seen),
        )
        return bool(before != self._connection.execute(where, (report.noun, report.name)).fetchone())

    def _count_change(self) -> None:
        self._connection.execute(
            "INSERT INTO settings VALUES ('changes', '1') "
            "ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
        )

    def _merge(self, report: Report, trust: Trust) -> tuple[int, int]:
        key = report.noun, report.name, report.source
        found = self._connection.execute(
            "SELECT facts FROM reports WHERE noun = ? AND name = ? AND source = ?", key
        ).fetchone()
        facts = from_text(found[0]) if found else {}
        changed = older = 0
        past = []
        for name, said in report.facts.items():
            known = facts.get(name)
            if known is not None and _time(said) < _time(known):
                older += 1
                continue
            if known is None or known.value != said.value:
                changed += 1
                if known is not None:
                    past.append((*key, name, json.dumps(known.value), known.observed, said.observed))
            facts[name] = said
        self._connection.execute(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?)", (*key, int(trust), as_text(facts))
        )
        self._connection.executemany(
            "INSERT INTO history (noun, name, source, fact, value, observed, replaced) VALUES (?, ?, ?, ?, ?, ?, ?)",
            past,
        )
        return changed, older

    def inventory(self, at: int) -> Inventory:
        """The fleet as it is believed to be at `at`, in ms since 1970."""
        with _told(self._path), without_collection():
            self._connection.execute("BEGIN")
            try:
                things = self._connection.execute("SELECT noun, name, parent FROM things").fetchall()
                reports = self._connection.execute("SELECT noun, name, source, trust, facts FROM reports")
                return gather(self.url, things, map(Row._make, reports), lives=self.lives(), at=at)
            finally:
                self._connection.execute("ROLLBACK")

    def version(self) -> int:
        """Another number whenever anything that is said has changed. That the same was heard again is no change."""
        with _told(self._path):
            row = self._connection.execute("SELECT value FROM settings WHERE name = 'changes'").fetchone()
        return int(row[0]) if row else 0

    def statements(self, noun: str, name: str) -> dict[str, list[Statement]]:
        """All that any source says of a thing, by fact."""
        found: dict[str, list[Statement]] = {}
        with _told(self._path):
            rows = self._connection.execute(
                "SELECT source, trust, facts FROM reports WHERE noun = ? AND name = ? ORDER BY source",
                (noun, name),
            ).fetchall()
        for source, trust, facts in rows:
            for fact, said in from_text(facts).items():
                statement = Statement(said.value, said.observed, said.life, source, Trust(trust))
                found.setdefault(fact, []).append(statement)
        return dict(sorted(found.items()))

    def knowledge(self, noun: str, name: str, at: int) -> tuple[Known, ...]:
        """What is believed of a thing at `at`, and who says otherwise, fact by fact."""
        lives = self.lives()
        known = []
        for fact, found in self.statements(noun, name).items():
            life = life_of(noun, fact, lives)
            best = decide(found, life=life, at=at)
            end = expires(best.observed, life if best.life is None else best.life)
            others = tuple(one for one in found if one is not best)
            known.append(Known(fact, best, others, end is not None and end < at))
        return tuple(known)

    def history(self, noun: str, name: str) -> tuple[Past, ...]:
        """The values that were replaced, the latest first."""
        with _told(self._path):
            rows = self._connection.execute(
                "SELECT fact, value, source, observed, replaced FROM history WHERE noun = ? AND name = ? "
                "ORDER BY id DESC",
                (noun, name),
            ).fetchall()
        return tuple(Past(fact, json.loads(value), *rest) for fact, value, *rest in rows)

    def seen(self, noun: str) -> dict[str, tuple[str | None, int | None]]:
        """The things of a noun by name: what each stands in, and when it was last heard of."""
        with _told(self._path):
            rows = self._connection.execute(
                "SELECT name, parent, seen FROM things WHERE noun = ? ORDER BY name", (noun,)
            ).fetchall()
        return {name: (parent, seen) for name, parent, seen in rows}

    def inside(self, noun: str, host: str) -> tuple[str, ...]:
        """The GPUs or devices of a host, by name."""
        with _told(self._path):
            rows = self._connection.execute(
                "SELECT name FROM things WHERE noun = ? AND parent = ? ORDER BY name", (noun, host)
            ).fetchall()
        return tuple(name for (name,) in rows)

    def forget(self, noun: str, name: str, *, source: str | None = None) -> int:
        """Forget a thing and what is in it, or only what one source says of it; how many reports went."""
        with _told(self._path), self.writing():
            gone = 0
            for inner_noun, inner in self._within(noun, name):
                of = (inner_noun, inner) + ((source,) if source is not None else ())
                where = "noun = ? AND name = ?" + (" AND source = ?" if source is not None else "")
                gone += self._connection.execute(f"DELETE FROM reports WHERE {where}", of).rowcount  # noqa: S608
                if source is None:
                    self._connection.execute(
                        "DELETE FROM history WHERE noun = ? AND name = ?", (inner_noun, inner)
                    )
                    self._connection.execute(
                        "DELETE FROM things WHERE noun = ? AND name = ?", (inner_noun, inner)
                    )
            self._count_change()
            return gone

    def _within(self, noun: str, name: str) -> list[tuple[str, str]]:
        found = [(noun, name)]
        for outer, inner in (("site", ("host",)), ("host", ("gpu", "device"))):
            for parent in [one for kind, one in found if kind == outer]:
                for kind in inner:
                    found += [(kind, one) for one in self.inside(kind, parent)]
        return found

    def lives(self) -> dict[str, int]:
        """Times to live by fact, in ms: for statements that have none of their own."""
        with _told(self._path):
            row = self._connection.execute("SELECT value FROM settings WHERE name = 'lives'").fetchone()
        return json.loads(row[0]) if row else {}

    def set_lives(self, lives: Mapping[str, int | None]) -> None:
        """Change times to live; None takes one away."""
        with _told(self._path), self.writing():
            kept = {name: life for name, life in (self.lives() | dict(lives)).items() if life is not None}
            self._connection.execute(
                "INSERT OR REPLACE INTO settings VALUES ('lives', ?)",
                (json.dumps(dict(sorted(kept.items()))),),
            )
            self._count_change()


def _time(said: Said) -> int:
    return -1 if said.observed is None else said.observed


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A database's fault in words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        said = str(error)
        if "locked" in said:
            raise StoreError(f"{path} is in use: another process has been writing for {WAIT:g} s") from error
        raise StoreError(f"{path}: {said}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} is damaged, or no database: {error}") from error
