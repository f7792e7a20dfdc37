"""Drivers: what runs containers on a host, behind one protocol with one common test suite.

`docker` runs them on an engine, `process` runs commands of the host, `memory` only thinks of them. A driver is chosen
by a person; none stands in for another.
"""

from __future__ import annotations

from pathlib import Path
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

DRIVERS: Final = ("docker", "process", "memory")


def open_driver(name: str, *, host: str, address: str | None = None, state: Path | None = None) -> Driver:
    """The driver of that name for a host; `address` is where its engine answers, `state` is where a driver keeps what
    no engine keeps. Raises DriverError."""
    if name == "docker":
        from placelang_runtime.drivers.docker import ADDRESS, DockerDriver  # noqa: PLC0415 - a host loads what it uses

        return DockerDriver(host, address or ADDRESS)
    if address is not None:
        raise DriverError("refused", f"the driver {name} has no engine that could answer at {address}")
    if name == "process" and state is not None:
        from placelang_runtime.drivers.process import ProcessDriver  # noqa: PLC0415

        return ProcessDriver(host, state / "processes")
    if name == "memory":
        from placelang_runtime.drivers.memory import MemoryDriver  # noqa: PLC0415

        return MemoryDriver(host)
    raise DriverError("refused", f"there is no driver {name!r}: write {' or '.join(DRIVERS)}")
