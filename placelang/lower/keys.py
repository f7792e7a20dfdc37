"""Topology keys as columns over hosts: which value of a key each host has, and how those values are called.

A value of `zone` or `rack` belongs to its site: zone `a` of two sites are two values. Names are joined by `/`
and `@` elsewhere, so those characters, `%` and `?` are escaped in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import numpy as np

from placelang.columns import Rows, Texts
from placelang.diagnostics import Span
from placelang.evaluate import evaluate
from placelang.expressions import Fact
from placelang.program import Key
from placelang.types import STRING, Version
from placelang.world import World

_JOINTS = "%/@?"
SITE = Key("site", "name", "site")
HOST = Key("host", "name", "host")


@dataclass(frozen=True, slots=True, eq=False)
class KeyColumn:
    """`values[host]` is an index into `names`, or -1 where the host's value is unknown.

    `sites[value]` is the site that the value belongs to, -1 for a value of the whole fleet.
    `open_values[host]` is, where the value is unknown, the value named `?` that stands for it (of the host's
    site where values belong to sites), and -1 where it is known.
    """

    values: Rows
    names: tuple[str, ...]
    sites: Rows
    open_values: Rows

    @property
    def site_bound(self) -> bool:
        """Whether no value is shared by two sites."""
        return bool((self.sites >= 0).all())


def key_column(key: Key | None, world: World) -> KeyColumn:
    """The column of `key`; of the fleet as a whole, under one nameless value, for None."""
    hosts, sites = len(world.hosts), len(world.sites)
    nowhere = np.full(hosts, -1, dtype=np.intp)
    if key is None:
        return KeyColumn(np.zeros(hosts, dtype=np.intp), ("",), np.array([-1], dtype=np.intp), nowhere)
    if (key.noun, key.fact) == ("site", "name"):
        names = tuple(map(escape, world.sites.names))
        return KeyColumn(world.hosts.parents, names, np.arange(sites, dtype=np.intp), nowhere)
    if (key.noun, key.fact) == ("host", "name"):
        names = tuple(map(escape, world.hosts.names))
        return KeyColumn(np.arange(hosts, dtype=np.intp), names, world.hosts.parents, nowhere)
    return _fact_column(key, world)


def domain(key: Key) -> str:
    """What the problem calls the key."""
    return f"{key.noun}.{key.fact}"


def escape(text: str) -> str:
    """`text` without the characters that names are joined by; letters of any script stay."""
    return "".join(quote(c, safe="") if c in _JOINTS or not c.isprintable() else c for c in text)


def _fact_column(key: Key, world: World) -> KeyColumn:
    """Values by site, then by text; the open ones, if any host needs one, last."""
    column = evaluate(Fact(STRING, Span("", 0, 0), key.noun, key.fact), world, "host")
    if not isinstance(column, Texts):
        raise TypeError(f"the key {key.text} is no text")
    texts = [v.text if isinstance(v, Version) else str(v) for v in column.vocabulary]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts) + 1, dtype=np.intp)
    rank[order] = np.arange(len(texts))
    rank[-1] = -1
    codes = rank[column.codes]
    local = key.noun == "host" and key.fact in ("zone", "rack")
    owners = world.hosts.parents if local else np.full(len(codes), -1, dtype=np.intp)
    known, width = codes >= 0, len(texts) + 1
    pairs, values = np.unique(owners[known] * width + codes[known], return_inverse=True)
    open_owners, open_values = np.unique(owners[~known], return_inverse=True)
    prefix = {o: f"{escape(world.sites.names[o])}/" if o >= 0 else "" for o in np.unique(owners).tolist()}
    names = [prefix[pair // width] + escape(texts[order[pair % width]]) for pair in pairs.tolist()]
    names += [f"{prefix[o]}?" for o in open_owners.tolist()]
    all_values = np.full(len(codes), -1, dtype=np.intp)
    all_values[known] = values
    all_open = np.full(len(codes), -1, dtype=np.intp)
    all_open[~known] = open_values + len(pairs)
    sites = np.concatenate((pairs // width, open_owners)).astype(np.intp)
    return KeyColumn(all_values, tuple(names), sites, all_open)
