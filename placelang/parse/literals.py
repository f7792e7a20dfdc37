"""The values of single tokens: names, quantities, strings, times and dates."""

from __future__ import annotations

import re
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from placelang.diagnostics import Span
from placelang.parse.wording import quoted
from placelang.syntax import Name, Quantity, String, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang.parse.faults import Faults
    from placelang_grammar import Table

Literal = Name | Quantity | String | Time | str
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SPECIAL = re.compile(r"\\(u\{[0-9A-Fa-f]*\}|.)|\$(\$)\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_CODE = re.compile(r"[0-9A-Fa-f]{1,6}")
_SURROGATES = (0xD800, 0xDFFF)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_QUOTES = frozenset("\"'`\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b")


def literals(table: Table, faults: Faults) -> dict[str, Callable[[int, int], Literal]]:
    """What makes the value of a token from its start and end, for each terminal that has one.

    A word or sign of the grammar is a name with the grammar's own text, which a mended token need not have.
    """
    text, path = faults.source.text, faults.source.path
    new = tuple.__new__

    def name(start: int, end: int) -> Name:
        return Name(new(Span, (path, start, end)), text[start:end])

    def quantity(start: int, end: int) -> Quantity:
        found = _DIGITS.match(text, start, end)
        middle = found.end() if found else end
        return Quantity(Span(path, start, end), Decimal(text[start:middle]), text[middle:end])

    def string(start: int, end: int) -> String:
        first, last = _between_quotes(text, start, end)
        piece = text[first:last]
        plain = "\\" not in piece and "${" not in piece
        parts = ((piece,) if piece else ()) if plain else _parts(first, last, faults)
        return String(Span(path, start, end), parts, raw=False)

    def raw(start: int, end: int) -> String:
        first, last = _between_quotes(text, start, end)
        return String(Span(path, start, end), (text[first:last],) if first < last else (), raw=True)

    def time(start: int, end: int) -> Time:
        shown = text[start:end]
        if _TIME.fullmatch(shown):
            return Time(Span(path, start, end), int(shown[:2]) * 60 + int(shown[3:]))
        faults.add(
            (start, end),
            f"{quoted(shown)} is no time of day",
            hint="write two digits each, `00:00` to `24:00`",
        )
        return Time(Span(path, start, end), 0)

    def day(start: int, end: int) -> str:
        if not _is_date(text[start:end]):
            faults.add((start, end), f"{quoted(text[start:end])} is no day of the calendar")
        return text[start:end]

    def fixed(own: str) -> Callable[[int, int], Name]:
        return lambda start, end: Name(new(Span, (path, start, end)), own)

    texts = {**table.words, **table.signs}
    return {
        **{terminal: fixed(shown) for shown, terminal in texts.items() if terminal in table.kept},
        "NAME": name,
        "QUANTITY": quantity,
        "STRING": string,
        "RAW": raw,
        "TIME": time,
        "DATE": day,
    }


def _between_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """What is between the quotes of a string, if it has both: mended tokens may lack one."""
    first = start + (text[start] in _QUOTES)
    return first, max(end - (text[end - 1] in _QUOTES), first)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parts(start: int, end: int, faults: Faults) -> tuple[str | Name, ...]:
    """The pieces of a double-quoted string between its quotes."""
    text, path = faults.source.text, faults.source.path
    parts: list[str | Name] = []
    plain = ""
    at = start
    for found in _SPECIAL.finditer(text, start, end):
        plain += text[at : found.start()]
        at = found.end()
        escape, dollar, name, closed = found.groups()
        if escape is not None:
            plain += _escape(escape, found, faults)
        elif dollar:
            plain += "${"
        elif closed and _NAME.fullmatch(name):
            if plain:
                parts.append(plain)
                plain = ""
            parts.append(Name(Span(path, found.start(3), found.end(3)), name))
        else:
            faults.add(
                found.span(),
                "an interpolation holds one name and nothing else",
                hint="write `${name.path}`, or `$${` for the characters themselves",
            )
    plain += text[at:end]
    return (*parts, plain) if plain else tuple(parts)


def _escape(escape: str, found: re.Match[str], faults: Faults) -> str:
    """The character that an escape stands for."""
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[0] == "u" and _CODE.fullmatch(escape[2:-1]):
        character = int(escape[2:-1], 16)
        if character <= sys.maxunicode and not _SURROGATES[0] <= character <= _SURROGATES[1]:
            return chr(character)
    hint = r"there are `\n` `\t` `\r` `\"` `\\` and `\u{1F600}`; a raw string in single quotes has none"
    faults.add(found.span(), f"{quoted(found[0])} is no escape", hint=hint)
    return ""
