"""What this host is about to have: whoever fetches it holds a lock on a file, which ends with the process."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from placelang_runtime.neighbours.paths import FOLDER

Stage = Literal["asking", "fetching"]
"""`asking`: it asks its neighbours first."""


@contextmanager
def under_way(state: Path, path: str) -> Iterator[Callable[[], None]]:
    """While it lasts, what is offered at `path` is about to be here: asked for, then fetched, as the caller says.
    Raises OSError."""
    (state / FOLDER).mkdir(mode=0o700, exist_ok=True)
    file = _file(state, path)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)

        def begin() -> None:
            os.write(handle, b"f")

        yield begin
    finally:
        with suppress(FileNotFoundError):
            file.unlink()
        os.close(handle)


def stage(state: Path, path: str) -> Stage | None:
    """How far it is, None where nobody is about it."""
    try:
        handle = os.open(_file(state, path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return "fetching" if os.read(handle, 1) else "asking"
    finally:
        os.close(handle)
    return None


def _file(state: Path, path: str) -> Path:
    return state / FOLDER / f"under-way-{hashlib.sha256(path.encode()).hexdigest()[:32]}"
