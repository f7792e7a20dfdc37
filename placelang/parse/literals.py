"""The values of single tokens: names, quantities, strings, times and dates."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from placelang.diagnostics import Span
from placelang.syntax import Name, Quantity, String, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang.parse.faults import Faults

Literal = Name | Quantity | String | Time
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_SPECIAL = re.compile(r"\\(u\{[0-9A-Fa-f]*\}|.)|\$(\$)\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*", re.ASCII)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DAY = 24 * 60


def literals(faults: Faults) -> dict[str, Callable[[int, int], Literal]]:
    """For each terminal with a value of its own, what makes it from the token's start and end."""
    text, path = faults.source.text, faults.source.path

    def quantity(start: int, end: int) -> Quantity:
        found = _DIGITS.match(text, start, end)
        middle = found.end() if found else end
        return Quantity(Span(path, start, end), Decimal(text[start:middle]), text[middle:end])

    def string(start: int, end: int) -> String:
        inner = end - 1 if end - start > 1 and not text[end - 1].isalnum() else end
        if "\\" in text[start:end] or "${" in text[start:end]:
            return String(Span(path, start, end), _parts(start + 1, inner, faults), raw=False)
        piece = text[start + 1 : inner]
        return String(Span(path, start, end), (piece,) if piece else (), raw=False)

    def raw(start: int, end: int) -> String:
        piece = text[start + 1 : end - 1]
        return String(Span(path, start, end), (piece,) if piece else (), raw=True)

    def time(start: int, end: int) -> Time:
        hours, _, minutes = text[start:end].partition(":")
        total = int(hours[:3]) * 60 + int(minutes[:3])
        if len(hours) != 2 or len(minutes) != 2 or int(minutes) > 59 or total > _DAY:
            faults.add(start, end, f"`{text[start:end]}` is no time of day", hint="write 00:00 to 24:00")
            total = 0
        return Time(Span(path, start, end), total)

    return {"QUANTITY": quantity, "STRING": string, "RAW": raw, "TIME": time}


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
                found.start(), found.end(), "an interpolation holds one name and nothing else",
                hint="write ${name.path}, or $${ for the characters themselves",
            )
    plain += text[at:end]
    return (*parts, plain) if plain else tuple(parts)


def _escape(escape: str, found: re.Match[str], faults: Faults) -> str:
    """The character that an escape stands for."""
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    digits = escape[2:-1]
    if escape[0] == "u" and 1 <= len(digits) <= 6 and (code := int(digits, 16)) <= 0x10FFFF and not 0xD800 <= code < 0xE000:
        return chr(code)
    faults.add(
        found.start(), found.end(), f"`{found[0]}` is no escape",
        hint=r"there are \n \t \r \" \\ and \u{1F600}; a raw string in single quotes has none",
    )
    return ""
