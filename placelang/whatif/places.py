"""Hosts, sites and zones by name: `gbg-1`, `gbg`, `gbg/a`; where one name is several, `host:gbg` or `site:gbg`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Span
from placelang.expectations import Named
from placelang.inventory import Inventory
from placelang.nearest import suggestion

_KINDS = ("host", "site", "zone")


@dataclass(frozen=True, slots=True)
class Place:
    """`hosts` are rows; `said` is what is named, such as `site gbg`."""

    said: str
    hosts: tuple[int, ...]
    span: Span


def find_place(named: Named, inventory: Inventory) -> Place | Diagnostic:
    """The host, site or zone that is named, or why it is none. What stands before a colon says which is meant."""
    kind, colon, rest = named.text.partition(":")
    chosen = kind if colon and kind in _KINDS else None
    meant = rest if chosen else named.text
    found = [p for p in _places(meant, inventory) if chosen in (None, p[0])]
    if not found and chosen is None and colon:
        meant = named.text
    if not found:
        names = _names(inventory, chosen)
        what = chosen or "host, site or zone"
        message = f"there is no {what} `{meant}` in {inventory.source.path}"
        return Diagnostic(Code.UNKNOWN_NAME, message, named.span, hint=suggestion(meant, names))
    if len(found) > 1:
        forms = " or ".join(f"`{one}:{name}`" for one, name, _ in found[:4])
        kinds = sorted({one for one, _, _ in found}, key=_KINDS.index)
        what = " and ".join(f"a {one}" for one in kinds) if len(kinds) > 1 else f"{len(found)} {kinds[0]}s"
        message = f"`{meant}` is the name of {what}"
        return Diagnostic(Code.AMBIGUOUS_NAME, message, named.span, hint=f"write {forms}")
    one, name, hosts = found[0]
    return Place(name if one == "host" else f"{one} {name}", hosts, named.span)


def _places(name: str, inventory: Inventory) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """All things of that name: what each is, its full name, its hosts."""
    hosts, sites = inventory.hosts, inventory.sites
    if name in hosts.names:
        yield "host", name, (hosts.names.index(name),)
    if name in sites.names:
        row = sites.names.index(name)
        yield "site", name, tuple(h for h, parent in enumerate(hosts.parents) if parent == row)
    for (site, zone), rows in _zones(inventory).items():
        if name in (zone, f"{site}/{zone}"):
            yield "zone", f"{site}/{zone}", tuple(rows)


def _zones(inventory: Inventory) -> dict[tuple[str, str], list[int]]:
    """The hosts of each zone, by site and name."""
    found: dict[tuple[str, str], list[int]] = {}
    record = inventory.hosts.facts.get("zone")
    for row, value in zip(record.rows, record.values, strict=True) if record else ():
        site = inventory.sites.names[inventory.hosts.parents[row]]
        found.setdefault((site, str(value)), []).append(row)
    return dict(sorted(found.items()))


def _names(inventory: Inventory, kind: str | None) -> list[str]:
    zones = [f"{site}/{zone}" for site, zone in _zones(inventory)]
    names = {"host": inventory.hosts.names, "site": inventory.sites.names, "zone": tuple(zones)}
    return [name for one in _KINDS if kind in (None, one) for name in names[one]]
