"""What libraries say, and names from files, in a line."""

from __future__ import annotations

from typing import Final

LINE: Final = 300
NAME: Final = 80


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing."""
    lines = str(error).strip().splitlines()
    return shortened(lines[0], LINE) if lines else type(error).__name__


def quoted(name: str) -> str:
    """A name from a file."""
    return f"`{shortened(name, NAME)}`"


def shortened(text: str, most: int) -> str:
    """The text, or as much of its beginning as that."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
