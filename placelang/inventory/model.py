"""`Inventory`: what is recorded of a fleet, in rows and columns, before any program gives names to its labels.

`placelang.inventory.load_inventory` makes it from a file, `placelang.world.build_world` reads it. Rows are in a stated
order: sites and hosts by name, GPUs by host and then as listed, devices by host, name and then as listed. Times are
milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from placelang.diagnostics import Source
from placelang.types import Value

Raw: TypeAlias = bool | int | float | str | list["Raw"]
"""A label or an amount of a declared resource as it is written."""

V_co = TypeVar("V_co", covariant=True)

Place: TypeAlias = tuple[str | int, ...]
"""A way into a document: `("sites", 3, "hosts", 1, "memory")`."""


@dataclass(frozen=True, slots=True)
class Record(Generic[V_co]):
    """One fact, of each thing of which it is recorded: the `rows` in rising order, and one entry for each.

    `observed`: when, None if the file does not say. `expires`: the last moment at which the value is known, None for
    never. `sources`: who says so.
    """

    rows: tuple[int, ...]
    values: tuple[V_co, ...]
    observed: tuple[int | None, ...]
    expires: tuple[int | None, ...]
    sources: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Things:
    """All things of one noun.

    `parents`: the row of the site of each host, of the host of each GPU and device; none for sites. `facts`:
    built-in facts (`cpu.cores`), in base units, without the `name` of sites and hosts; versions are text. `labels`
    and `resources` (of hosts) are as written: their declarations say what they mean. `sets`: for the `hosts` of a
    site, the `gpus` and `devices` of a host, whether the members that are listed are all there are; not recorded
    where there is no list. `places`: where each stands in the document.
    """

    noun: str
    names: tuple[str, ...]
    parents: tuple[int, ...]
    facts: Mapping[str, Record[Value]]
    labels: Mapping[str, Record[Raw]]
    resources: Mapping[str, Record[Raw]]
    sets: Mapping[str, Record[bool]]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """A fleet as recorded. `latency` holds, by the name of a site, what other sites measured to it; `newest` is the
    latest time at which anything was observed."""

    source: Source
    sites: Things
    hosts: Things
    gpus: Things
    devices: Things
    latency: Mapping[str, Record[Value]]
    newest: int | None
