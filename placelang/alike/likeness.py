"""Which sites are alike: those that agree, host by host, in all columns that anything looks at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from placelang.alike.names import MOST_HOSTS
from placelang.alike.watched import NAMED, Looked, own_name
from placelang.columns import Column, Mask, Numbers, Rows, Texts, Truth
from placelang.world import Table, World

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,256}")
Classes = tuple[tuple[int, ...], ...]
"""Rows of sites, those that are alike together, ascending."""


def hosts_by_site(world: World) -> list[list[int]]:
    """The hosts of each site, ascending."""
    order = np.argsort(world.hosts.parents, kind="stable")
    ends = np.cumsum(np.bincount(world.hosts.parents, minlength=len(world.sites)))
    return [rows.tolist() for rows in np.split(order, ends[:-1])] if len(ends) else []


def unlike_any(world: World, hosts: Sequence[Sequence[int]], spoken: frozenset[str]) -> set[int]:
    """The sites that are planned by themselves: what is stale there is told with its age, names have to be plain and
    none of what is `spoken` of otherwise, and sorted as they would be with anything behind them."""
    found = {_site_of(world, one.noun, one.row) for one in world.stale}
    for site, rows in enumerate(hosts):
        names = [world.hosts.names[row] for row in rows]
        every = [world.sites.names[site], *names]
        plain = all(map(_PLAIN.fullmatch, every)) and spoken.isdisjoint(every)
        if (
            not plain
            or len(rows) > MOST_HOSTS
            or any(other.startswith(one) for one, other in pairwise(names))
        ):
            found.add(site)
    return found


def _site_of(world: World, noun: str, row: int) -> int:
    return int(world.ancestors(noun, "site")[row])


def classes(
    world: World,
    hosts: Sequence[Sequence[int]],
    looked: Iterable[Looked],
    running: Mapping[int, object],
    alone: set[int],
) -> Classes:
    """All sites by class; `running` tells apart what runs at sites, those `alone` are like none."""
    of_site, of_host = codes(world, "site", looked).tolist(), _host_codes(world, looked).tolist()
    found: dict[object, list[int]] = defaultdict(list)
    for site, rows in enumerate(hosts):
        key: object = (of_site[site], tuple([of_host[row] for row in rows]), running.get(site))
        found[site if site in alone else key].append(site)
    return tuple(tuple(sites) for sites in found.values())


def _host_codes(world: World, looked: Iterable[Looked]) -> Rows:
    """A number for each host, the same for those that are alike with their GPUs and devices."""
    found = codes(world, "host", looked)
    for noun in ("gpu", "device"):
        table = world.table(noun)
        names: dict[str, int] = {}
        named = [names.setdefault(own_name(world, table, row), len(names)) for row in range(len(table))]
        things: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for parent, code, name in zip(
            table.parents.tolist(), codes(world, noun, looked).tolist(), named, strict=True
        ):
            things[parent].append((code, name))
        kinds: dict[object, int] = {(): 0}
        of_host = np.zeros(len(world.hosts), dtype=np.int64)
        for host, having in things.items():
            of_host[host] = kinds.setdefault(tuple(having), len(kinds))
        found = _both(found, of_host)
    return found


def codes(world: World, noun: str, looked: Iterable[Looked]) -> Rows:
    """A number for each thing, the same for those that agree in all columns that are looked at."""
    table = world.table(noun)
    found = np.zeros(len(table), dtype=np.int64)
    for of, kind, name in sorted(looked):
        if of == noun and not (noun in NAMED and name == "name"):
            for values in arrays(table, kind, name):
                found = _both(found, np.unique(values, return_inverse=True)[1])
    return found


def arrays(table: Table, kind: str, name: str) -> tuple[npt.NDArray[Any], ...]:
    """A column as arrays that are equal where it is."""
    column: Column | Mask = getattr(table, kind)[name]
    match column:
        case Truth(true, unknown):
            return true, unknown
        case Numbers(low, high):
            return low, high
        case Texts(texts, _):
            return (texts,)
        case _:
            return (column,)


def _both(one: Rows, other: Rows) -> Rows:
    found: Rows = np.unique(one * (int(other.max(initial=0)) + 1) + other, return_inverse=True)[1]
    return found


def differing(world: World, found: Classes, hosts: Sequence[Sequence[int]], looked: Iterable[Looked]) -> bool:
    """Whether any site differs from the first of its class in a column that is looked at: row by row, whatever made the
    classes."""
    pairs = [(sites[0], site) for sites in found for site in sites[1:]]
    if any(len(hosts[first]) != len(hosts[site]) for first, site in pairs):
        return True
    firsts, others = [first for first, _ in pairs], [site for _, site in pairs]
    rows = {
        "site": (firsts, others),
        "host": ([h for site in firsts for h in hosts[site]], [h for site in others for h in hosts[site]]),
    }
    for noun in ("gpu", "device"):
        table = world.table(noun)
        having: dict[int, list[int]] = defaultdict(list)
        for row, parent in enumerate(table.parents.tolist()):
            having[parent].append(row)
        sides = tuple([row for host in side for row in having.get(host, ())] for side in rows["host"])
        if any(len(having.get(a, ())) != len(having.get(b, ())) for a, b in zip(*rows["host"], strict=True)):
            return True
        first, other = ([own_name(world, table, row) for row in side] for side in sides)
        if first != other:
            return True
        rows[noun] = (sides[0], sides[1])
    return any(
        not np.array_equal(values[rows[noun][0]], values[rows[noun][1]])
        for noun, kind, name in sorted(looked)
        if not (noun in NAMED and name == "name")
        for values in arrays(world.table(noun), kind, name)
    )
