"""Slips of the pen below the level of words: each has its pattern, its message, and the token that was meant.

`BEFORE` are tried before the grammar's own tokens, `AFTER` when none of those fits.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from placelang.codes import Code
from placelang.parse.wording import apart, quoted
from placelang.types import BANDWIDTH, LIMIT, spell

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

_QUOTES = frozenset(f"{_DOUBLE}{_SINGLE}\"'")
_RATE = re.compile(r"([0-9.]+)([kKMGT]?i?)(b|B)(?:it|yte)?s?/s(?:ec)?")
_FACTORS = {**{p: 1000**n for n, p in enumerate(("", "k", "M", "G", "T"))}, "K": 1000}
_FACTORS |= {
    f"{prefix}i": 1024**n for n, prefixes in enumerate(("kK", "M", "G", "T"), 1) for prefix in prefixes
}


def mend(slip: str, start: int, end: int, tokens: Tokens, faults: Faults) -> None:
    """Report a slip and append the token that was meant, if it is certain."""
    text = faults.source.text[start:end]
    fix: str | None
    match slip:
        case "DOUBLE_AND" | "DOUBLE_OR" | "EXCLAMATION":
            word = {"&&": "and", "||": "or", "!": "not"}[text]
            fix = apart(word, faults.source.text, start, end)
            faults.add((start, end), f"{quoted(text)} is written `{word}`", fix=fix)
            tokens.append(word.upper(), start, end)
        case "SLASHES":
            fix = f"#{text[2:]}" if text[1] == "/" else None
            message = "a comment begins with `#`"
            faults.add((start, end), message, hint="write `#` before each of its lines", fix=fix)
        case "NOT_MATCHES":
            faults.add(
                (start, end), "there is no `!~`", hint="write `not` before the comparison and `~` in it"
            )
            tokens.append("MATCHES", start, end)
        case "RATE":
            hint, fix = _rate_hint(text)
            message = f"{quoted(text)} is no rate"
            faults.add((start, end), message, code=Code.WRONG_UNIT, hint=hint, fix=fix)
            tokens.append(slip, start, end)  # fits nowhere: a rate in another unit would only be judged again
        case "LONG_VERSION":
            hint, fix = f'a version stands in quotes: `"{text[:40]}"`', f'"{text}"'
            faults.add((start, end), f"{quoted(text)} is no number", hint=hint, fix=fix)
            tokens.append("STRING", start, end)
        case "OPEN_STRING" | "OPEN_RAW":
            end = start + len(text.rstrip())
            faults.add(
                (start, end),
                "string without closing quote",
                code=Code.UNCLOSED,
                hint=f"end it with `{text[0]}`",
            )
            tokens.append("STRING" if slip == "OPEN_STRING" else "RAW", start, end)
        case "TYPESET_STRING" | "TYPESET_RAW":
            straight = '"' if slip == "TYPESET_STRING" else "'"
            hint = f"write `{straight}` on both sides"
            closed = len(text) > 1 and text[-1] in _QUOTES
            fix = f"{straight}{text[1:-1]}{straight}" if closed else None
            faults.add((start, end), f"{text[0]} does not begin a string", hint=hint, fix=fix)
            tokens.append(slip.removeprefix("TYPESET_"), start, end)
        case "FOREIGN_WORD":
            _foreign_word(start, end, tokens, faults)
        case _:
            faults.add((start, end), f"{quoted(text)} has no meaning here", hint=_UNKNOWN.get(text))


_UNKNOWN = {
    "&": "write `and`",
    "|": "write `or`",
    "$": 'an interpolation stands in a string: `"${name}"`',
    "%": "write the percent sign next to its number: `20%`",
    "?": "there are no conditional expressions; `x ?? y` supplies a default for what is unknown",
    "@": "names hold letters, digits, `-`, `_` and `.`",
}


_RATE_IN_BITS = "write a rate in bits, such as `20Mbps`"


def _rate_hint(text: str) -> tuple[str, str | None]:
    """The same rate in bits, where the text can be read as a rate of bytes or bits, in words and as it is written."""
    found = _RATE.fullmatch(text)
    if not found:
        return _RATE_IN_BITS, None
    number, prefix, unit = found.groups()
    bits = Decimal(number) * _FACTORS.get(prefix, 1) * (8 if unit == "B" else 1)
    if bits > LIMIT:
        return _RATE_IN_BITS, None
    meant = spell(float(bits), BANDWIDTH)
    return f"rates count bits: write `{meant}`", meant


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
