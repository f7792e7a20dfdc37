"""What an agent tells its watchdog: until when it may run what must be one, and which replicas. Standard library only.

The file is replaced as a whole, in a folder that a restart empties, and names the start of the machine that it is
about: whatever else stands there, or nothing, means that nothing may run.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

LEASE: Final = 8.0
"""Seconds from when a renewal is sent until what it allows has ended."""
TERM: Final = 3.0
"""So many seconds before the end, what runs is asked to end."""
KILL: Final = 1.0
"""So many seconds before the end, it is ended by force."""
FILE: Final = "lease"
WATCHED: Final = "watched"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Until when, on the clock that counts since the machine started, which replicas may run, by `short_name`, of all
    that are `known`."""

    until: float
    replicas: frozenset[str]
    known: frozenset[str] = frozenset()


NOTHING: Final = Allowed(0.0, frozenset())


def lease_folder(memory: Path) -> Path:
    """Where agent and watchdog of a host meet, beside its copies of secrets."""
    return memory.parent / "lease"


def now() -> float:
    """Seconds since the machine started, those of its sleep included; nobody sets this clock."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) / 1e9


def short_name(host: str, replica: str) -> str:
    """What a replica is called in the file and among control groups."""
    return sha256(json.dumps([host, replica]).encode()).hexdigest()[:16]


def slice_of(host: str) -> str:
    """The control group in which all replicas of a host are that run by lease, each in one of its own."""
    return f"placelang{sha256(host.encode()).hexdigest()[:10]}"


def cgroup_of(host: str, replica: str) -> str:
    """The control group of a replica, as systemd would name it."""
    return f"{slice_of(host)}-{replica}.slice"


def write_allowed(folder: Path, allowed: Allowed) -> None:
    """Raises OSError."""
    document = {
        "boot": boot(),
        "until": allowed.until,
        "replicas": sorted(allowed.replicas),
        "known": sorted(allowed.known),
    }
    _replace(folder / FILE, json.dumps(document))


def read_allowed(folder: Path) -> Allowed:
    """What is allowed; nothing where that cannot be read or makes no sense."""
    try:
        document = json.loads((folder / FILE).read_text(encoding="utf-8"))
        until, replicas = float(document["until"]), frozenset(map(str, document["replicas"]))
        if document["boot"] == boot() and until <= now() + LEASE:
            return Allowed(until, replicas, frozenset(map(str, document["known"])))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return NOTHING


def note_watch(folder: Path) -> None:
    """Note that somebody watches. Raises OSError."""
    _replace(folder / WATCHED, f"{boot()} {now()}")


def watched(folder: Path) -> float:
    """When somebody last watched; 0 for never."""
    try:
        start, _, at = (folder / WATCHED).read_text(encoding="utf-8").partition(" ")
        return float(at) if start == boot() else 0.0
    except (OSError, ValueError):
        return 0.0


def boot() -> str:
    """What tells this start of the machine from all others."""
    return _BOOT.read_text(encoding="ascii").strip()


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
