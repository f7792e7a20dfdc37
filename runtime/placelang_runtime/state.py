"""The state folder of a host: the journal in it, and the lock that makes one process at a time its owner."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from placelang_runtime.journal import FILE, Journal, JournalError, open_journal

LOCK: Final = "lock"
ROOTS: Final = Path("/var/lib/placelang")


class BusyError(Exception):
    """Somebody else owns the folder right now."""


@dataclass(frozen=True, slots=True)
class State:
    """An open state folder; `aside` is where a damaged journal was moved."""

    folder: Path
    journal: Journal
    aside: Path | None


@contextmanager
def open_state(folder: Path) -> Iterator[State]:
    """The folder, made if there is none, for its one owner. Raises BusyError, JournalError or OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "?"
            raise BusyError(f"process {owner} is at work in {folder}: wait until it has ended") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        journal, aside = open_journal(folder, milliseconds)
        try:
            journal.note_leases(())  # whoever had them is gone
            yield State(folder, journal, aside)
        finally:
            journal.close()
    finally:
        os.close(handle)


@contextmanager
def look_at_state(folder: Path) -> Iterator[State]:
    """The folder as it is right now, whoever owns it. Raises JournalError or OSError."""
    if not (folder / FILE).exists():
        raise JournalError(f"no plan was accepted in {folder}: `placelang apply PLAN` does that")
    journal, aside = open_journal(folder, milliseconds, mend=False)
    try:
        yield State(folder, journal, aside)
    finally:
        journal.close()


def milliseconds() -> int:
    """What time it is, for people."""
    return time.time_ns() // 1_000_000


def default_folder() -> Path:
    """Where a host keeps its state, if nobody says otherwise."""
    if os.geteuid() == 0:
        return ROOTS
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "placelang"


def own_name() -> str:
    """What this host is called, if nobody says otherwise."""
    return socket.gethostname()
