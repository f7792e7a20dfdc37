"""Regular expressions, in the syntax of RE2, for what other tools ask of text."""

from __future__ import annotations

import re
from decimal import Decimal

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def escaped(text: str) -> str:
    """A pattern that these characters match and no others."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def any_case(text: str) -> str:
    """A pattern for the whole text, in capitals or not."""
    return f"(?i)^{escaped(text)}$"


def glob(text: str) -> str:
    """A pattern for the whole text, in which `*` stands for any characters."""
    return "^" + ".*".join(map(escaped, text.split("*"))) + "$"


def has_item(item: str) -> str:
    """A pattern for lists that are written as text with commas, of which `item` is one."""
    return f"(^|,)\\s*{escaped(item)}\\s*(,|$)"


def compared(operator: str, number: int, *, fractions: bool = False) -> str:
    """A pattern for texts that are a number that is `> < >= <=` than a whole number of none or more; nothing is below
    0."""
    tail = r"(\.[0-9]+)?" if fractions else ""
    match operator:
        case ">" if fractions:
            same = rf"0*{number or ''}{'' if number else '0'}\.[0-9]*[1-9][0-9]*"
            return f"^({same}|{_above(number)}{tail})$"
        case ">":
            return f"^{_above(number)}$"
        case ">=":
            return f"^{_above(number - 1)}{tail}$" if number > 0 else f"^[0-9]+{tail}$"
        case "<":
            return f"^{_below(number)}{tail}$"
        case _ if fractions:
            same = rf"0*{number}(\.0+)?"
            return rf"^({_below(number)}{tail}|{same})$" if number else f"^{same}$"
        case _:
            return f"^{_below(number + 1)}$"


def _above(number: int) -> str:
    digits = str(number)
    ways = [f"[1-9][0-9]{{{len(digits)},18}}"] if number else ["[1-9][0-9]{0,18}"]
    for at, digit in enumerate(digits if number else ""):
        if digit != "9":
            ways.append(f"{digits[:at]}{_one_of(int(digit) + 1, 9)}{_any(len(digits) - at - 1)}")
    return f"0*({'|'.join(ways)})"


def _below(number: int) -> str:
    digits = str(number)
    shorter = len(digits) - 1
    ways = [f"[0-9]{{1,{shorter}}}" if shorter > 1 else "[0-9]"] if shorter else []
    for at, digit in enumerate(digits):
        least = 1 if at == 0 and shorter else 0
        if int(digit) > least:
            ways.append(f"{digits[:at]}{_one_of(least, int(digit) - 1)}{_any(len(digits) - at - 1)}")
    return f"0*({'|'.join(ways)})"


def _one_of(first: int, last: int) -> str:
    return str(first) if first == last else f"[{first}-{last}]"


def _any(count: int) -> str:
    return "" if not count else "[0-9]" if count == 1 else f"[0-9]{{{count}}}"


def whole(text: str) -> int | None:
    """The number that a text is, if it is a whole one of none or more."""
    return int(text) if re.fullmatch(r"\+?[0-9]{1,18}", text) else None


def decimal(text: str) -> Decimal | None:
    """The number that a text is, with a fraction or not."""
    return Decimal(text) if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", text) else None
