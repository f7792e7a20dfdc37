"""Values of other tools as the language writes them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from placelang.types import LIMIT, UNITS

LONGEST: Final = 4_000
"""The most characters of a text: interpolation has the rest of what the language allows."""
SHOWN: Final = 72
"""How many characters of a value a comment shows."""

MOST_SHOWN: Final = 6

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_BYTES = ("TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB", "B")
_TIMES = ("d", "h", "min", "s", "ms")
_MILLI = Decimal("0.001")


def quoted(text: str) -> str:
    """A text literal that means these characters and no others. Halves of characters become what stands for unknown."""
    written = "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escape(char)) for char in text)
    return '"' + written.replace("${", "$${") + '"'


def _escape(char: str) -> str:
    return "\ufffd" if "\ud800" <= char <= "\udfff" else f"\\u{{{ord(char):X}}}"


def pattern(regex: str) -> str:
    """A regular expression, raw where it can be."""
    return quoted(regex) if "'" in regex or not regex.isprintable() else f"'{regex}'"


def listed(values: Iterable[str]) -> str:
    """A list of texts."""
    return "[" + ", ".join(map(quoted, values)) + "]"


def comment(text: str) -> str:
    """A text as it may stand in a comment: on one line, of bounded length, without characters that cannot be seen."""
    line = " ".join(text[: 10 * SHOWN].split())
    line = "".join(char if char.isprintable() else _escape(char) for char in line)
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def brief(data: object) -> str:
    """What stands in a document, on one line; the first entries of a map or list."""
    if isinstance(data, dict):
        return (
            "{" + ", ".join(f"{key}: {brief(value)}" for key, value in list(data.items())[:MOST_SHOWN]) + "}"
        )
    if isinstance(data, list):
        return "[" + ", ".join(map(brief, data[:MOST_SHOWN])) + "]"
    return "null" if data is None else plain_text(data)


def plain_text(value: object) -> str:
    """A value as text, truths as they are written."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(number: Decimal) -> str:
    """A number without an exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def cores(amount: Decimal) -> str:
    """Processors, in thousandths where there is not even one, at least a thousandth."""
    milli = (amount / _MILLI).to_integral_value(rounding="ROUND_CEILING")
    return f"{int(milli)}m" if 0 < milli < 1_000 else plain(milli * _MILLI)  # noqa: PLR2004 - thousandths


def in_bytes(amount: Decimal) -> str:
    """Whole bytes, in the largest unit that needs at most two decimals."""
    whole = min(amount.to_integral_value(rounding="ROUND_CEILING"), Decimal(LIMIT))
    for unit in _BYTES:
        share = whole / UNITS[unit][1]
        if share >= 1 and share == share.quantize(Decimal("0.01")):
            return f"{plain(share)}{unit}"
    return f"{int(whole)}B"


def duration(seconds: Decimal) -> str:
    """A duration, in the largest unit of which it is a whole number."""
    millis = (seconds * 1_000).to_integral_value(rounding="ROUND_CEILING")
    for unit in _TIMES:
        share = millis / UNITS[unit][1]
        if share >= 1 and share == share.to_integral_value():
            return f"{int(share)}{unit}"
    return f"{int(millis)}ms"
