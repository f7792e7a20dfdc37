"""Offsets and positions: the language counts characters from the start of a text, the protocol lines from 0 and, in
each, the code units of the encoding that both sides agreed on.

Both directions take whatever the other side sends: a position beyond a line counts as its end, one beyond the text as
the text's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from lsprotocol.types import Position, Range

from placelang.diagnostics import Span

_END = re.compile("\r\n|\n|\r")
_CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass(frozen=True, slots=True)
class Lines:
    """A text, and for each of its lines where it starts and where, before its newline, it ends."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    encoding: str

    @staticmethod
    def of(text: str, encoding: str) -> Lines:
        """The lines of `text`, with columns in `utf-8`, `utf-16` or `utf-32`."""
        found = [match.span() for match in _END.finditer(text)]
        starts, ends = (0, *(end for _, end in found)), (*(start for start, _ in found), len(text))
        return Lines(text, starts, ends, encoding)

    def offset(self, position: Position) -> int:
        """Where a position is in the text."""
        if position.line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[position.line], self.ends[position.line]
        line = self.text[start:end]
        if line.isascii():
            return min(start + position.character, end)
        left = position.character
        for i, character in enumerate(line):
            left -= self._units(character)
            if left < 0:
                return start + i
        return end

    def position(self, offset: int) -> Position:
        """Where an offset is among the lines."""
        line = bisect_right(self.starts, offset) - 1
        return Position(line, self._units(self.text[self.starts[line] : offset]))

    def range(self, span: Span) -> Range:
        """Where a span is among the lines."""
        return Range(self.position(span.start), self.position(min(span.end, len(self.text))))

    def units(self, start: int, end: int) -> int:
        """How long the text between two offsets is."""
        return self._units(self.text[start:end])

    def _units(self, text: str) -> int:
        if text.isascii():
            return len(text)
        codec, size = _CODECS[self.encoding]
        return len(text.encode(codec, "surrogatepass")) // size
