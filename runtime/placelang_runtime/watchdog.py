"""The watchdog of a host: ends what must be one when its lease is not renewed, whatever became of the agent.

It reads one file, and knows what runs by its control group: it asks no agent, no engine and no network, so none of them
can keep it from its work. Standard library only. `python -m placelang_runtime.watchdog HOST FOLDER`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from placelang_runtime.site import deadline

EVERY: Final = 0.1
"""Seconds from one look to the next."""
_CGROUPS: Final = Path("/sys/fs/cgroup")


def watch(host: str, folder: Path) -> None:
    """Look again and again, for ever. Raises OSError where the folder cannot be written to."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said, asked = 0.0, set[str]()
    while True:
        if deadline.now() - said >= EVERY * 5:
            deadline.note_watch(folder)
            said = deadline.now()
        look(host, folder, asked)
        time.sleep(EVERY)


def look(host: str, folder: Path, asked: set[str]) -> None:
    """End what may not run now, and keep frozen what is to be empty. `asked` are those that were asked to end."""
    seen = [
        (n, groups, [pid for group in groups for pid in _processes(group)]) for n, groups in replicas(host)
    ]
    allowed = deadline.read_allowed(folder)  # after looking: what started in between was allowed before
    for name in sorted(allowed.known):
        prepare(host, name)
    left = allowed.until - deadline.now()
    for name, groups, there in seen:
        if name in allowed.replicas and left > deadline.TERM:
            asked.discard(name)
            _freeze(groups, frozen=False)
        elif not there:
            _freeze(groups, frozen=True)
        elif name not in allowed.replicas or left <= deadline.KILL:
            _end(groups)
        elif name not in asked:
            asked.add(name)
            _signal(there, signal.SIGTERM)


def running(host: str) -> frozenset[str]:
    """The replicas of which any process is there, by `short_name`."""
    return frozenset(
        name for name, groups in replicas(host) if any(any(_processes(group)) for group in groups)
    )


def prepare(host: str, replica: str) -> None:
    """Have the control group of a replica, so that it can be kept frozen before anything is in it."""
    for root in _roots()[:1]:
        with suppress(OSError):
            path = root / f"{deadline.slice_of(host)}.slice" / deadline.cgroup_of(host, replica)
            path.mkdir(parents=True, exist_ok=True)


def replicas(host: str) -> Iterator[tuple[str, list[Path]]]:
    """The replicas that have a control group, each with it in all hierarchies."""
    found: dict[str, list[Path]] = {}
    prefix = f"{deadline.slice_of(host)}-"
    for root in _roots():
        with suppress(OSError):
            for path in (root / f"{deadline.slice_of(host)}.slice").iterdir():
                if path.name.startswith(prefix):
                    found.setdefault(path.name.removeprefix(prefix).removesuffix(".slice"), []).append(path)
    yield from sorted(found.items())


def _roots() -> tuple[Path, ...]:
    """Where control groups are: one hierarchy, or several, of which the first can be frozen."""
    if (_CGROUPS / "cgroup.procs").exists():
        return (_CGROUPS,)
    return tuple(_CGROUPS / name for name in ("freezer", "pids", "devices"))


def _processes(group: Path) -> Iterator[int]:
    with suppress(OSError):
        for folder, _, files in os.walk(group):
            if "cgroup.procs" in files:
                yield from map(int, (Path(folder) / "cgroup.procs").read_text(encoding="ascii").split())


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in set(pids):
        with suppress(OSError):
            os.kill(pid, number)


def _end(groups: list[Path]) -> None:
    """By force. In a frozen group a process dies when it thaws, before it does anything else."""
    _freeze(groups, frozen=True)
    _signal([pid for group in groups for pid in _processes(group)], signal.SIGKILL)
    _freeze(groups, frozen=False)


def _freeze(groups: list[Path], *, frozen: bool) -> None:
    for group in groups:
        with suppress(OSError):
            if (group / "freezer.state").exists():
                _write(group / "freezer.state", "FROZEN" if frozen else "THAWED")
            elif (group / "cgroup.freeze").exists():
                _write(group / "cgroup.freeze", "1" if frozen else "0")


def _write(path: Path, text: str) -> None:
    if path.read_text(encoding="ascii").strip() != text:
        path.write_text(text, encoding="ascii")


if __name__ == "__main__":
    watch(sys.argv[1], Path(sys.argv[2]))
