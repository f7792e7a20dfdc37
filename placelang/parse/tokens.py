"""From text to tokens.

A token is a terminal of the grammar, or LINE for a newline (with the blank space after it); comments are set aside.
What is no token is reported and replaced by what was certainly meant, so that one slip of the pen is one message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.parse import slips
from placelang.syntax import Comment

if TYPE_CHECKING:
    from placelang.diagnostics import Source
    from placelang.parse.faults import Faults
    from placelang_grammar import Table

LINE = "LINE"
SEMICOLON = "SEMICOLON"
MOST = 1_000_000
"""A file with more tokens than this is refused; a person's has a thousand."""


@dataclass(slots=True)
class Tokens:
    """Three columns of equal length: the terminal, where it starts, where it ends."""

    kinds: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def append(self, kind: str, start: int, end: int) -> None:
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def pop(self) -> None:
        del self.kinds[-1], self.starts[-1], self.ends[-1]

    def cut(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        del self.kinds[length:], self.starts[length:], self.ends[length:]


def read_tokens(source: Source, table: Table, faults: Faults) -> tuple[Tokens, tuple[Comment, ...]]:
    """The tokens of a source, and its comments in order."""
    text, path = source.text, source.path
    tokens = Tokens()
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    comments: list[Comment] = []
    words, signs = table.words, table.signs
    pattern = _pattern(tuple(table.patterns.items()), tuple(signs))
    for match in islice(pattern.finditer(text, text.startswith("\ufeff")), MOST):
        group = match.lastgroup
        start, end = match.span(match.lastindex or 0)
        if group == "NAME":
            kind = words.get(text[start:end], "NAME")
        elif group == "SIGN":
            kind = signs[text[start:end]]
        elif group == "COMMENT":
            alone = not kinds or kinds[-1] == LINE
            comments.append(Comment(Span(path, start, end), text[start:end].rstrip(), alone))
            continue
        elif group in slips.SLIPS:
            if faults.full:
                break
            slips.mend(str(group), start, end, tokens, faults)
            continue
        else:
            kind = str(group)
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
    if len(kinds) + len(comments) >= MOST:
        message = f"the file has more than {MOST:,} words and signs"
        faults.add(
            (starts[-1], ends[-1]), message, code=Code.TOO_LARGE, hint="split it into files that are imported"
        )
        return Tokens(), ()
    return tokens, tuple(comments)


@cache
def _pattern(patterns: tuple[tuple[str, str], ...], signs: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all tokens: blank space, then the first alternative that fits; names first, being frequent."""
    of = dict(patterns)
    longest_first = sorted(signs, key=lambda sign: (-len(sign), sign))
    alternatives = {
        "NAME": of.pop("NAME"),
        LINE: r"\n(?:[ \t\n]|\r\n)*",
        "COMMENT": r"#[^\r\n]*",
        **slips.BEFORE,
        **{name: of[name] for name in ("DATE", "TIME", "QUANTITY", "STRING", "RAW")},
        "SIGN": "|".join(map(re.escape, longest_first)),
        SEMICOLON: ";",
        **slips.AFTER,
    }
    return re.compile(
        r"(?:[ \t]|\r(?=\n))*(?:" + "|".join(f"(?P<{n}>{p})" for n, p in alternatives.items()) + ")"
    )
