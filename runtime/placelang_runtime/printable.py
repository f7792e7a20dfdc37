"""Text from elsewhere, as it may be shown: it can neither colour, move nor hide anything on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with tabs as spaces and what a terminal would not show, or would obey, as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\t":
        return "    "
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
