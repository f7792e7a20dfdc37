"""What a model server says to people: a line at a time, on standard error."""

from __future__ import annotations

import sys

from placelang_runtime.printable import printable


def log(line: str) -> None:
    """Say it, without a character that a terminal would obey."""
    sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()
