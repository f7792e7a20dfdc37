"""What goes wrong with the file of a journal, in words that help."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

_LEAST: Final = 1 << 17
"""So few bytes are none, for what SQLite wants to have beside its file."""


def why(error: sqlite3.OperationalError, file: str | Path) -> str:
    """A full disk is called that, whatever SQLite stumbled over."""
    full = "disk is full" in str(error)
    with suppress(OSError):
        disk = os.statvfs(Path(file).parent)
        full = full or disk.f_bavail * disk.f_frsize < _LEAST
    return f"its disk is full: free some of it, and give the command again ({error})" if full else str(error)
