"""Slips of the pen below the level of words: each has its pattern, its message, and the token that was meant.

`BEFORE` are tried before the grammar's own tokens, `AFTER` when none of those fits.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.parse.wording import quoted

if TYPE_CHECKING:
    from placelang.parse.faults import Faults
    from placelang.parse.tokens import Tokens

_DOUBLE, _SINGLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb`", "\u2018\u2019\u201a\u201b"

BEFORE = {
    "SLASHES": r"/[/*][^\n]*",
    "DOUBLE_AND": "&&",
    "DOUBLE_OR": r"\|\|",
    "NOT_MATCHES": "!~",
    "RATE": r"[0-9]+(?:\.[0-9]+)?[A-Za-z]+/s(?:ec)?(?![A-Za-z0-9_-])",
    "LONG_VERSION": r"[0-9]+(?:\.[0-9]+){2,}",
}
AFTER = {
    "EXCLAMATION": "!",
    "OPEN_STRING": r'"(?:[^"\\\n]|\\[^\n])*\\?',
    "OPEN_RAW": r"'[^'\n]*",
    "TYPESET_STRING": f'[{_DOUBLE}][^{_DOUBLE}"\n]*[{_DOUBLE}"]?',
    "TYPESET_RAW": f"[{_SINGLE}][^{_SINGLE}'\n]*[{_SINGLE}']?",
    "FOREIGN_WORD": r"[^\x00-\x7f][\w-]*",
    "UNKNOWN": r"[^ \t\n]",
}
SLIPS = frozenset((*BEFORE, *AFTER))

_BITS = {"b": 1, "B": 8}
_RATE = re.compile(r"([0-9.]+)([kKMGT]?)i?(b|B)(?:it|yte)?s?/s(?:ec)?")


def mend(slip: str, start: int, end: int, tokens: Tokens, faults: Faults) -> None:
    """Report a slip and append the token that was meant, if it is certain."""
    text = faults.source.text[start:end]
    match slip:
        case "DOUBLE_AND" | "DOUBLE_OR" | "EXCLAMATION":
            word = {"&&": "and", "||": "or", "!": "not"}[text]
            faults.add((start, end), f"{quoted(text)} is written `{word}`", hint=f"write `{word}`")
            tokens.append(word.upper(), start, end)
        case "SLASHES":
            faults.add((start, end), "a comment begins with `#`", hint="write `#` before each line of it")
        case "NOT_MATCHES":
            faults.add(
                (start, end), "there is no `!~`", hint="write `not` before the comparison and `~` in it"
            )
            tokens.append("MATCHES", start, end)
        case "RATE":
            faults.add(
                (start, end), f"{quoted(text)} is no rate", code=Code.WRONG_UNIT, hint=_rate_hint(text)
            )
            tokens.append(slip, start, end)  # fits nowhere: a rate in another unit would only be judged again
        case "LONG_VERSION":
            faults.add(
                (start, end), f"{quoted(text)} is no number", hint=f'write a version in quotes: "{text[:40]}"'
            )
            tokens.append("STRING", start, end)
        case "OPEN_STRING" | "OPEN_RAW":
            end = start + len(text.rstrip())
            faults.add(
                (start, end),
                "string without closing quote",
                code=Code.UNCLOSED,
                hint=f"end it with {text[0]}",
            )
            tokens.append("STRING" if slip == "OPEN_STRING" else "RAW", start, end)
        case "TYPESET_STRING" | "TYPESET_RAW":
            straight = '"' if slip == "TYPESET_STRING" else "'"
            faults.add(
                (start, end), f"{text[0]} does not begin a string", hint=f"write {straight} on both sides"
            )
            tokens.append(slip.removeprefix("TYPESET_"), start, end)
        case "FOREIGN_WORD":
            _foreign_word(start, end, tokens, faults)
        case _:
            faults.add((start, end), f"{quoted(text)} has no meaning here", hint=_UNKNOWN.get(text))


_UNKNOWN = {
    "&": "write `and`",
    "|": "write `or`",
    "$": 'an interpolation stands in a string: "${name}"',
    "%": "write the percent sign next to its number: 20%",
    "?": "there are no conditional expressions; `x ?? y` supplies a default for what is unknown",
    "@": "names hold letters, digits, `-`, `_` and `.`",
}


def _rate_hint(text: str) -> str:
    """The same rate in bits, where the text can be read as a rate of bytes or bits."""
    found = _RATE.fullmatch(text)
    if not found:
        return "write a rate in bits: 20Mbps"
    number, prefix, unit = found.groups()
    bits = Decimal(number) * _BITS[unit]
    return f"rates count bits: write {bits:f}{prefix.replace('K', 'k') or ''}bps"


def _foreign_word(start: int, end: int, tokens: Tokens, faults: Faults) -> None:
    """A letter outside ASCII together with the part of the word before it, or a sign."""
    text = faults.source.text
    if not text[start].isalpha():
        faults.add((start, end), f"{quoted(text[start:end])} has no meaning here")
        return
    if tokens.kinds and tokens.ends[-1] == start and text[start - 1].isalpha():
        start = tokens.starts[-1]
        tokens.pop()
    hint = "names hold ASCII letters, digits, `-` and `_`"
    faults.add((start, end), f"{quoted(text[start:end])} is no name", hint=hint)
    tokens.append("NAME", start, end)
