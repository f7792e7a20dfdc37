"""The tables of a store, and how an older one becomes what this version reads.

| table | a row for |
|---|---|
| `things` | each site, host, GPU and device: what it stands in, and when it was last heard of |
| `reports` | what one source says of one thing, all facts together, as `placelang.store.report.as_text` writes them |
| `history` | each value that another one of the same source has replaced |
| `settings` | times to live by fact |
| `agents` | each host that reports by itself: the key that it signs with, and what it said last |
| `models` | each model that a replica on those hosts serves: its figures, and its sketches as they came last |
| `happened` | what happened on those hosts, the last ones of each |
| `rollouts` | each app that is rolled out over sites: what its plan asks for, and how far it is |
| `absent` | each site for which a rollout does not wait |
| `released` | each site to which something was said of an app: the last signed word |
| `progress` | each host and app: what the host said last of how far it is |
"""

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x706C6163
"""What marks a database as a store of placelang: `plac`."""

MIGRATIONS: Final = (
    (
        """CREATE TABLE things (
            noun TEXT NOT NULL, name TEXT NOT NULL, parent TEXT, seen INTEGER,
            PRIMARY KEY (noun, name)) WITHOUT ROWID""",
        """CREATE TABLE reports (
            noun TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, trust INTEGER NOT NULL, facts TEXT NOT NULL,
            PRIMARY KEY (noun, name, source)) WITHOUT ROWID""",
        """CREATE TABLE history (
            id INTEGER PRIMARY KEY, noun TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
            fact TEXT NOT NULL, value TEXT NOT NULL, observed INTEGER, replaced INTEGER)""",
        "CREATE INDEX history_of ON history (noun, name, fact)",
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        """CREATE TABLE agents (
            host TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL,
            sequence INTEGER NOT NULL DEFAULT 0, heard INTEGER, part TEXT,
            holds INTEGER, settled INTEGER, used TEXT NOT NULL DEFAULT '[]') WITHOUT ROWID""",
        """CREATE TABLE happened (
            host TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, of TEXT NOT NULL,
            text TEXT NOT NULL, PRIMARY KEY (host, number)) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE models (
            host TEXT NOT NULL, replica TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
            service TEXT NOT NULL, heard INTEGER NOT NULL, numbers TEXT, sketches TEXT, sketched INTEGER,
            PRIMARY KEY (host, replica, model)) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE rollouts (
            app TEXT PRIMARY KEY, course TEXT NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL,
            approved INTEGER NOT NULL, why TEXT NOT NULL, waits TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
        "CREATE TABLE absent (app TEXT NOT NULL, site TEXT NOT NULL, PRIMARY KEY (app, site)) WITHOUT ROWID",
        """CREATE TABLE released (
            app TEXT NOT NULL, site TEXT NOT NULL, plan TEXT NOT NULL, sequence INTEGER NOT NULL,
            number INTEGER NOT NULL, word TEXT NOT NULL, envelope BLOB NOT NULL,
            PRIMARY KEY (site, app)) WITHOUT ROWID""",
        """CREATE TABLE progress (
            app TEXT NOT NULL, host TEXT NOT NULL, plan TEXT, sequence INTEGER, stage TEXT NOT NULL, why TEXT NOT NULL,
            well_ms INTEGER NOT NULL, release INTEGER NOT NULL, heard INTEGER NOT NULL,
            PRIMARY KEY (app, host)) WITHOUT ROWID""",
    ),
)
"""What leads from each version of the schema to the next, the first from an empty database."""

VERSION: Final = len(MIGRATIONS)
