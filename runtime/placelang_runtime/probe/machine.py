"""System, processor, memory and disk, from what Linux shows everyone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from placelang_runtime.probe.found import Found, NotFoundOutError

ARCHITECTURES: Final = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i686": "386",
    "i386": "386",
}
DATA: Final = ("var/lib/docker", "var/lib/containers", "var/lib/containerd", ".")
"""Where engines keep images and volumes, the first that is there."""
STEP: Final = 256 << 20
"""Bytes in which free disk is told."""
_KIB: Final = 1024


def system() -> Found:
    """As OCI names them: `amd64`, `linux`."""
    name = os.uname()
    return Found(
        {
            "arch": ARCHITECTURES.get(name.machine, name.machine),
            "os": name.sysname.lower(),
            "kernel": name.release,
        }
    )


def processor(root: Path) -> Found:
    """How many processors may be used here: those that this process may run on, or what its control group allows."""
    cores = float(len(os.sched_getaffinity(0)))
    share = _quota(root)
    text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    unknown = {} if model else {"cpu.model": "the system does not name it"}
    return Found(
        {
            "cpu.cores": cores if share is None else min(cores, share),
            "cpu.model": model[1].strip() if model else None,
            "cpu.flags": tuple(sorted(set(flags[1].split()))) if flags else None,
        },
        unknown=unknown,
    )


def memory(root: Path) -> Found:
    """All memory, or what the control group allows of it."""
    text = (root / "proc/meminfo").read_text(encoding="utf-8")
    total = re.search(r"^MemTotal:\s+(\d+) kB$", text, re.MULTILINE)
    if total is None:
        raise NotFoundOutError("the system does not say how much memory it has")
    amount = float(total[1]) * _KIB
    limit = _read(root / "sys/fs/cgroup/memory.max")
    return Found({"memory": min(amount, float(limit)) if limit and limit.isdigit() else amount})


def disk(root: Path) -> Found:
    """What is free to others than the administrator, where engines keep their images: in whole steps, as a host is not
    another one since it wrote a line of a log."""
    place = next(root / folder for folder in DATA if (root / folder).is_dir())
    found = os.statvfs(place)
    free = found.f_bavail * found.f_frsize
    return Found({"disk": float(free - free % STEP)})


def _quota(root: Path) -> float | None:
    """How many processors the control group allows: `200000 100000` is two."""
    quota, _, period = (_read(root / "sys/fs/cgroup/cpu.max") or "").partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(period) else None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
