"""From the rows of a store to an `Inventory`: columns of what is believed, in the order that inventories have.

Most things have one report, and most reports one time for all their facts: these become columns many at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice, repeat
from typing import Any, NamedTuple

from placelang.diagnostics import Source
from placelang.inventory import Inventory
from placelang.inventory.model import Record, Things
from placelang.inventory.shape import SETS, written_facts
from placelang.store.decide import Statement, Trust, decide, expires
from placelang.store.error import StoreError
from placelang.store.report import LABELS, LATENCY, RESOURCES
from placelang.store.report import SETS as SET
from placelang.types import Type, Version

TOGETHER = 1000
"""Reports that are read at once."""


class Row(NamedTuple):
    """A row of `reports`."""

    noun: str
    name: str
    source: str
    trust: int
    facts: str


class _Column(NamedTuple):
    """Part of a column: rows, and an entry for each of them."""

    rows: Sequence[int]
    values: Sequence[Any]
    observed: Sequence[int | None]
    lives: Sequence[int | None]
    sources: Sequence[str]


_Said = dict[str, Any]
_Columns = dict[str, list[_Column]]


def gather(
    url: str,
    things: Iterable[tuple[str, str, str | None]],
    reports: Iterable[Row],
    *,
    lives: Mapping[str, int],
    at: int,
) -> Inventory:
    """The fleet as it is believed to be at `at`."""
    parents: dict[str, dict[str, str | None]] = {noun: {} for noun in SETS}
    for noun, name, parent in things:
        parents[noun][name] = parent
    said: dict[str, dict[str, list[tuple[str, int, _Said]]]] = {noun: defaultdict(list) for noun in SETS}
    for report, facts in _parsed(reports):
        said[report.noun][report.name].append((report.source, report.trust, facts))
    sites = sorted(parents["site"])
    site_rows = {name: row for row, name in enumerate(sites)}
    hosts = sorted(name for name, site in parents["host"].items() if site in site_rows)
    columns = {
        "site": _columns(sites, said["site"], "site", lives, at),
        "host": _columns(hosts, said["host"], "host", lives, at),
    }
    members = {noun: _members(columns["host"], f"{noun}s", parents[noun]) for noun in ("gpu", "device")}
    names = {noun: [name for _, name in members[noun]] for noun in members}
    columns |= {noun: _columns(names[noun], said[noun], noun, lives, at) for noun in names}
    host_parents = tuple(site_rows[parents["host"][name] or ""] for name in hosts)
    tables = {
        "site": _things("site", sites, (), columns["site"], lives),
        "host": _things("host", hosts, host_parents, columns["host"], lives),
    } | {
        noun: _things(noun, names[noun], tuple(row for row, _ in members[noun]), columns[noun], lives)
        for noun in names
    }
    latency = {
        name.removeprefix(LATENCY): _record(found, _as_it_is, _lives("site", "latency", lives))
        for name, found in sorted(columns["site"].items())
        if name.startswith(LATENCY) and name.removeprefix(LATENCY) in site_rows
    }
    records = chain(latency.values(), *(chain(t.facts.values(), t.labels.values()) for t in tables.values()))
    newest = max(
        (time for record in records for time in set(record.observed) if time is not None), default=None
    )
    return Inventory(
        Source(url, ""), tables["site"], tables["host"], tables["gpu"], tables["device"], latency, newest
    )


def _parsed(reports: Iterable[Row]) -> Iterator[tuple[Row, _Said]]:
    """Each report with what it says. Many are read at once: the names of facts are then made once for all of them."""
    waiting = iter(reports)
    while rows := list(islice(waiting, TOGETHER)):
        try:
            said: list[_Said] = json.loads(f"[{','.join(row.facts for row in rows)}]")
        except ValueError as error:
            raise StoreError(f"a report of the store is damaged: {error}") from error
        if len(said) != len(rows):
            raise StoreError("a report of the store is damaged: it is several")
        yield from zip(rows, said, strict=True)


def _columns(
    names: Sequence[str],
    said: Mapping[str, list[tuple[str, int, _Said]]],
    noun: str,
    lives: Mapping[str, int],
    at: int,
) -> _Columns:
    """What is believed of the things called `names`, in that order, by fact."""
    columns: _Columns = defaultdict(list)
    alike: dict[tuple[str, ...], list[tuple[int, str, _Said]]] = defaultdict(list)
    single: dict[str, list[tuple[int, Any, int | None, int | None, str]]] = defaultdict(list)
    for row, name in enumerate(names):
        reports = said.get(name, ())
        if len(reports) == 1 and not reports[0][2]["own"]:
            source, _, facts = reports[0]
            alike[tuple(facts["facts"])].append((row, source, facts))
        else:
            for fact, statement in _believed(reports, noun, lives, at).items():
                single[fact].append(
                    (row, statement.value, statement.observed, statement.life, statement.source)
                )
    for facts_of, group in alike.items():
        rows = [row for row, _, _ in group]
        observed = [facts["at"] for _, _, facts in group]
        sources = [source for _, source, _ in group]
        values = zip(*(facts["facts"].values() for _, _, facts in group), strict=True)
        for fact, column in zip(facts_of, values, strict=True):
            columns[fact].append(_Column(rows, column, observed, (), sources))
    for fact, entries in single.items():
        columns[fact].append(_Column(*zip(*entries, strict=True)))
    return columns


def _believed(
    reports: Iterable[tuple[str, int, _Said]], noun: str, lives: Mapping[str, int], at: int
) -> dict[str, Statement]:
    statements: dict[str, list[Statement]] = defaultdict(list)
    for source, trust, said in reports:
        for fact, value in said["facts"].items():
            observed, life = said["own"].get(fact, (said["at"], None))
            statements[fact].append(Statement(value, observed, life, source, Trust(trust)))
    return {
        fact: found[0] if len(found) == 1 else decide(found, life=life_of(noun, fact, lives), at=at)
        for fact, found in statements.items()
    }


def life_of(noun: str, fact: str, lives: Mapping[str, int]) -> int | None:
    """The time to live of a fact as a store names it."""
    return _lives(noun, plain(fact), lives)


def plain(fact: str) -> str:
    """The name of a fact, a label, a resource or a list without what a store puts before it."""
    for prefix in (LABELS, RESOURCES, SET):
        if fact.startswith(prefix):
            return fact.removeprefix(prefix)
    return "latency" if fact.startswith(LATENCY) else fact


def _lives(noun: str, fact: str, lives: Mapping[str, int]) -> int | None:
    """The time to live of a fact, by its most particular name."""
    return next((lives[name] for name in (f"{noun}.{fact}", fact, "default") if name in lives), None)


def _members(hosts: _Columns, key: str, parents: Mapping[str, str | None]) -> list[tuple[int, str]]:
    """The row of the host and the name of each thing in the lists that are believed."""
    found = []
    for column in hosts.get(SET + key, ()):
        for row, value in zip(column.rows, column.values, strict=True):
            found += [(row, index, name) for index, name in enumerate(value[1:]) if name in parents]
    return [(row, name) for row, _, name in sorted(found)]


def _things(
    noun: str, names: Sequence[str], parents: tuple[int, ...], columns: _Columns, lives: Mapping[str, int]
) -> Things:
    def named(prefix: str) -> dict[str, Record[Any]]:
        return {
            name.removeprefix(prefix): _record(columns[name], _as_it_is, life_of(noun, name, lives))
            for name in sorted(columns)
            if name.startswith(prefix)
        }

    facts = {
        spec.name: _record(columns.get(spec.name, ()), reader(spec.type), _lives(noun, spec.name, lives))
        for spec in written_facts(noun).values()
    }
    sets = {
        name: _record(columns.get(SET + name, ()), _first, _lives(noun, name, lives)) for name in SETS[noun]
    }
    places = tuple((f"{noun}s", name) for name in names)
    return Things(noun, tuple(names), parents, facts, named(LABELS), named(RESOURCES), sets, places)


def _record(columns: Sequence[_Column], read: Callable[[Any], Any], life: int | None) -> Record[Any]:
    rows: list[int] = []
    values: list[Any] = []
    observed: list[int | None] = []
    ends: list[int | None] = []
    sources: list[str] = []
    for column in columns:
        own = column.lives or repeat(None, len(column.rows))
        rows += column.rows
        values += column.values if read is _as_it_is else map(read, column.values)
        observed += column.observed
        ends += (
            map(expires, column.observed, (life if one is None else one for one in own))
            if life is not None or column.lives
            else repeat(None, len(column.rows))
        )
        sources += column.sources
    parts: tuple[Sequence[Any], ...] = (rows, values, observed, ends, sources)
    if len(columns) > 1:
        order = sorted(range(len(rows)), key=rows.__getitem__)
        parts = tuple([part[at] for at in order] for part in parts)
    return Record(*map(tuple, parts))


def _as_it_is(value: Any) -> Any:
    return value


def _first(value: Any) -> Any:
    return value[0]


def reader(kind: Type) -> Callable[[Any], Any]:
    """What makes of a value in JSON one that expressions compute with."""
    if kind.name == "version":
        return cache(Version.of)
    if kind.name == "list":
        return tuple
    return float if kind.name not in ("string", "bool") else _as_it_is
