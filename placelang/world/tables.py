"""What a `World` is: tables of columns, ready for predicates.

Rows are those of the `Inventory`: sites and hosts by name, GPUs by host and as listed, devices by host and name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from placelang.columns import Column, Mask, Numbers, Rows
from placelang.expressions import Expr
from placelang.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Stale:
    """A fact that was known and is past its time to live; `row` is that of `thing` in the table of `noun`."""

    noun: str
    row: int
    thing: str
    fact: str
    age_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The things of one noun.

    `parents`: the row of each host's site, of each GPU's or device's host; empty for sites. `facts`: built-in facts,
    labels and, for hosts, device counts (`device.camera`), each by its name without the noun. `resources`: what
    hosts supply of the declared resources. `complete`: of the sets `hosts` (of sites), `gpus`, `devices` (of hosts),
    whether the members in the tables are all there are.
    """

    noun: str
    names: tuple[str, ...]
    parents: Rows
    facts: Mapping[str, Column]
    resources: Mapping[str, Numbers]
    complete: Mapping[str, Mask]
    rows: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A fleet at one moment.

    `recorded` gives the inventory, row by row as the tables, but for GPUs and devices of lists that are out of date.
    `at`, in ms since 1970-01-01 UTC, is what times to live were measured against: None if it holds no time. `latency`:
    by the name of a site, the round trip from other sites, by row. `derived`: the definitions of derived facts by noun
    and name, computed when first asked for. `stale`: by noun, row and fact.
    """

    recorded: Callable[[], Inventory]
    at: int | None
    sites: Table
    hosts: Table
    gpus: Table
    devices: Table
    latency: Mapping[str, Mapping[int, float]]
    derived: Mapping[tuple[str, str], Expr]
    stale: tuple[Stale, ...]
    computed: dict[tuple[str, str], Column] = field(default_factory=dict, repr=False)
    """The derived facts that have been asked for; only `placelang.evaluate` writes to it."""

    @property
    def inventory(self) -> Inventory:
        """What was recorded."""
        return self.recorded()

    def table(self, noun: str) -> Table:
        """The table of `site`, `host`, `gpu` or `device`."""
        return {"site": self.sites, "host": self.hosts, "gpu": self.gpus, "device": self.devices}[noun]

    def ancestors(self, noun: str, of: str) -> Rows:
        """For each row of `noun`, the row of the `of` that it stands in (or is)."""
        rows = np.arange(len(self.table(noun)), dtype=np.intp)
        while noun != of:
            rows = self.table(noun).parents[rows]
            noun = "site" if noun == "host" else "host"
        return rows
