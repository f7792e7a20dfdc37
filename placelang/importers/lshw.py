"""Hardware as `lshw -json` lists it, a tree of one machine: an object in old versions, a list of one in new ones.

https://ezix.org/project/wiki/HardwareLiSter
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import number, whole
from placelang.importers.draft import Host
from placelang.importers.record import Record
from placelang.inventory.values import Wrong

SOURCE: Final = "lshw"
_VENDORS = {"nvidia": "nvidia", "intel": "intel", "amd": "amd", "advanced micro": "amd", "ati ": "amd"}
_EMPTY = "[empty]"


def hosts(document: Record) -> Iterator[Host | Record]:
    """The one machine that the tree is of, called as the system calls itself."""
    name = document.string("id")
    if name is None or document.string("class") != "system":
        document.fault(
            Wrong(Code.MISSING_KEY, "this is no machine as lshw lists it: its class is not `system`")
        )
        yield document
        return
    host = Host(name, document, gpus=[])
    for key in ("product", "vendor", "serial"):
        if document.data.get(key):
            host.label(key, key)
    host.fact("os", "linux")
    parts = list(_parts(document))
    _processors(host, parts)
    _memory(host, parts)
    _displays(host, parts)
    _network(host, parts)
    yield host


def _parts(part: Record) -> Iterator[Record]:
    for child in part.records("children"):
        yield child
        yield from _parts(child)


def _processors(host: Host, parts: list[Record]) -> None:
    """What the system can run at a time: threads where lshw knows them, else cores. Empty sockets count nothing."""
    running = 0
    for part in parts:
        if part.data.get("class") != "processor" or _EMPTY in str(part.data.get("description")):
            continue
        part.get("class")
        cores = part.read(whole, "configuration", "enabledcores") or part.read(
            whole, "configuration", "cores"
        )
        running += part.read(whole, "configuration", "threads") or cores or 0
        model = part.string("product")
        if model:
            host.facts.setdefault("cpu.model", model)
    host.fact("cpu.cores", running or None)


def _memory(host: Host, parts: list[Record]) -> None:
    """The memory of the system: neither caches nor firmware, which are of the same class."""
    total = 0.0
    for part in parts:
        if part.data.get("class") == "memory" and str(part.data.get("id")).split(":")[0] == "memory":
            total += part.read(number, "size") or 0.0
            part.get("class")
    host.amount("memory", total or None)


def _displays(host: Host, parts: list[Record]) -> None:
    """Every display is a GPU; how much memory it has lshw does not know."""
    for part in parts:
        if part.data.get("class") == "display":
            part.get("class")
            vendor = part.string("vendor") or ""
            known = next((name for word, name in _VENDORS.items() if word in vendor.lower()), vendor or None)
            model = part.string("product")
            host.gpu(vendor=known, model=model if model != vendor else None)


def _network(host: Host, parts: list[Record]) -> None:
    """The fastest link that is up."""
    speeds = [
        part.read(number, "size")
        for part in parts
        if part.data.get("class") == "network" and part.get("units") == "bit/s"
    ]
    known = [speed for speed in speeds if speed]
    host.fact("bandwidth", f"{int(max(known) // 1_000)}kbps" if known else None)
