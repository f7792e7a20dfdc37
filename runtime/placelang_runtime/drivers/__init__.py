"""Drivers: what runs containers on a host, behind one protocol with one common test suite.

`docker` runs them on an engine, `memory` only thinks of them. A driver is chosen by a person; none stands in for
another.
"""

from __future__ import annotations

from typing import Final

from placelang_runtime.drivers.driver import (
    Answer,
    Copy,
    Driver,
    EngineVersion,
    Fetched,
    Given,
    Labels,
    NamedVolume,
    Usage,
)
from placelang_runtime.drivers.errors import DriverError

__all__ = [
    "DRIVERS",
    "Answer",
    "Copy",
    "Driver",
    "DriverError",
    "EngineVersion",
    "Fetched",
    "Given",
    "Labels",
    "NamedVolume",
    "Usage",
    "open_driver",
]

DRIVERS: Final = ("docker", "memory")


def open_driver(name: str, *, host: str, address: str | None = None) -> Driver:
    """The driver of that name for a host; `address` is where its engine answers. Raises DriverError."""
    if name == "docker":
        from placelang_runtime.drivers.docker import ADDRESS, DockerDriver  # noqa: PLC0415 - a host loads what it uses

        return DockerDriver(host, address or ADDRESS)
    if address is not None:
        raise DriverError("refused", f"the driver {name} has no engine that could answer at {address}")
    if name == "memory":
        from placelang_runtime.drivers.memory import MemoryDriver  # noqa: PLC0415

        return MemoryDriver(host)
    raise DriverError("refused", f"there is no driver {name!r}: write {' or '.join(DRIVERS)}")
