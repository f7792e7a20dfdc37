"""A few sites of a world, of which it is noted what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Generic, TypeVar

import numpy as np

from placelang.columns import Column, Mask, Numbers, Rows, Texts, take
from placelang.inventory import Inventory
from placelang.inventory.sites import only_sites, renamed
from placelang.world import Table, World

C = TypeVar("C", Column, Numbers, Mask)
Looked = tuple[str, str, str]
"""A noun, the mapping of its table, and a name in it."""
NAMED = frozenset({"site", "host"})


@dataclass(slots=True)
class Watched(Mapping[str, C], Generic[C]):
    """Columns at some rows; `seen` gets the names of those that are asked for."""

    noun: str
    kind: str
    columns: Mapping[str, C]
    taken: Callable[[C], C]
    seen: set[Looked]
    _known: dict[str, C] = field(default_factory=dict)

    def __getitem__(self, name: str) -> C:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self.taken(self.columns[name])
            self.seen.add((self.noun, self.kind, name))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def few_of(world: World, sites: Rows, names: Mapping[int, Sequence[str]], seen: set[Looked]) -> World:
    """The world with some of its sites alone; `names` has others for a site and its hosts. What is looked at is added
    to `seen`."""
    hosts = np.flatnonzero(np.isin(world.hosts.parents, sites))
    called = list(world.hosts.names)
    for site, (_, *own) in names.items():
        for host, name in zip(np.flatnonzero(world.hosts.parents == site).tolist(), own, strict=True):
            called[host] = name
    gpus, devices = (np.flatnonzero(np.isin(t.parents, hosts)) for t in (world.gpus, world.devices))
    things = [
        [_thing_of(called[table.parents[row]], own_name(world, table, row)) for row in rows.tolist()]
        for table, rows in ((world.gpus, gpus), (world.devices, devices))
    ]
    rows = {"site": sites, "host": hosts, "gpu": gpus, "device": devices}
    named = [names.get(s, (world.sites.names[s],))[0] for s in sites.tolist()]

    @cache
    def recorded() -> Inventory:
        few = only_sites(world.inventory, sites.tolist(), hosts.tolist())
        return renamed(few, named, [called[host] for host in hosts.tolist()])

    return replace(
        world,
        recorded=recorded,
        sites=_few(world.sites, sites, None, named, seen),
        hosts=_few(world.hosts, hosts, sites, [called[host] for host in hosts.tolist()], seen),
        gpus=_few(world.gpus, gpus, hosts, things[0], seen),
        devices=_few(world.devices, devices, hosts, things[1], seen),
        latency={},
        stale=tuple(
            replace(one, row=int(np.searchsorted(rows[one.noun], one.row)))
            for one in world.stale
            if np.isin(one.row, rows[one.noun])
        ),
        computed={},
    )


def own_name(world: World, table: Table, row: int) -> str:
    """What a GPU or device is called, but for the name of its host in front of a `/`."""
    return table.names[row].removeprefix(world.hosts.names[table.parents[row]])


def _thing_of(host: str, name: str) -> str:
    return host + name if name.startswith("/") else name


def _few(table: Table, rows: Rows, above: Rows | None, names: list[str], seen: set[Looked]) -> Table:
    facts = dict(table.facts)
    if table.noun in NAMED:
        every = np.full(len(table), -1, dtype=np.int32)
        every[rows] = np.arange(len(rows), dtype=np.int32)
        facts["name"] = Texts(every, tuple(names))
    parents = table.parents if above is None else np.searchsorted(above, table.parents[rows])

    def taken(column: Column) -> Column:
        return take(column, rows)

    def numbers(column: Numbers) -> Numbers:
        return Numbers(column.low[rows], column.high[rows])

    def mask(column: Mask) -> Mask:
        return column[rows]

    return replace(
        table,
        names=tuple(names),
        parents=parents,
        facts=Watched(table.noun, "facts", facts, taken, seen),
        resources=Watched(table.noun, "resources", table.resources, numbers, seen),
        complete=Watched(table.noun, "complete", table.complete, mask, seen),
        rows={name: row for row, name in enumerate(names)},
    )
