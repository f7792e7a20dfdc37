"""`Inventory`: what is recorded of a fleet, in rows and columns, before any program gives names to its labels.

`placelang.inventory.load_inventory` makes it from a file, `placelang.world.build_world` reads it. Rows are in a stated
order: sites and hosts by name, GPUs by host and then as listed, devices by host, name and then as listed. Times are
milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from placelang.diagnostics import Source
from placelang.types import Value

Raw: TypeAlias = bool | float | str | tuple["Raw", ...]
"""A label as it is written; its declaration says what it means."""

Place: TypeAlias = tuple[str | int, ...]
"""A way into a document: `("sites", 3, "hosts", 1, "memory")`."""


@dataclass(frozen=True, slots=True)
class Record:
    """One fact of every thing of a noun, one entry a row.

    `values`: None is unknown. `observed`: when, None if the file does not say. `expires`: from when on the value is
    unknown again, None for never. `sources`: who says so.
    """

    values: tuple[Value | None, ...]
    observed: tuple[int | None, ...]
    expires: tuple[int | None, ...]
    sources: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Things:
    """All things of one noun.

    `parents`: the row of the site of each host, of the host of each GPU and device; none for sites. `facts`:
    built-in facts (`cpu.cores`), in base units, without the `name` of sites and hosts. `labels` and `resources` (of
    hosts) are as written. `sets`: for the `hosts` of a site, the `gpus` and `devices` of a host, whether the members
    that are listed are all there are; unknown if there is no list.
    """

    noun: str
    names: tuple[str, ...]
    parents: tuple[int, ...]
    facts: Mapping[str, Record]
    labels: Mapping[str, Record]
    resources: Mapping[str, Record]
    sets: Mapping[str, Record]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """A fleet as recorded. `latency` leads from a site's name to what other sites, by row, measured to it;
    `newest` is the latest time at which anything was observed."""

    source: Source
    digest: str
    sites: Things
    hosts: Things
    gpus: Things
    devices: Things
    latency: Mapping[str, Mapping[int, Record]]
    newest: int | None
