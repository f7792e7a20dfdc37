"""What is written for a fact, as a value of the fact's type: in base units, or with what is wrong about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address

from placelang.codes import Code
from placelang.nearest import nearest
from placelang.types import LIMIT, STRING, UNITS, Type, Value, Version, in_base_unit, spell

_QUANTITY = re.compile(r"(-?)(\d{1,40}(?:\.\d{1,40})?)(\s*)([^\W\d_]{1,16}|%)?", re.ASCII)
_HALVES = re.compile("[\ud800-\udfff]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_KEY = re.compile(r"ed25519:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMMON = {
    "bytes": ("GiB", "MiB", "B"),
    "bandwidth": ("Gbps", "Mbps"),
    "duration": ("ms", "s", "d"),
    "power": ("W",),
    "frequency": ("MHz",),
    "percent": ("%",),
}
_ARTICLE = {
    "string": "text",
    "bool": "true or false",
    "number": "a number",
    "bytes": "an amount of bytes",
    "version": "text",
    "list": "a list",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why something written is not a value: what a diagnostic says of it."""

    code: Code
    message: str
    hint: str | None = None


NOT_A_TIME = Wrong(
    Code.WRONG_TYPE, "this is not a time", "write it as `2026-03-02T05:45:00Z`, with its time zone"
)


def read_value(written: object, kind: Type) -> Value | Wrong:
    """The value of type `kind` that is `written` in an inventory.

    Text, versions and lists stand for themselves, `true` and `false` for truth, numbers for numbers (and `"500m"` for
    0.5), and text such as `"16GiB"` for a quantity.
    """
    match kind.name:
        case "string" | "version":
            return _text(written, kind)
        case "bool":
            if isinstance(written, bool):
                return written
            return _not_a(
                kind, written, "write `true` or `false`, without quotes" if written in _TRUTHS else None
            )
        case "list":
            return _list(written, kind)
        case "number":
            return _number(written)
        case _:
            return _quantity(written, kind)


_TRUTHS = ("true", "false", "True", "False", "yes", "no", "on", "off")


def read_amount(written: object, kind: Type) -> Value | Wrong:
    """As `read_value`, of a fact of which there cannot be less than none."""
    value = read_value(written, kind)
    if isinstance(value, float) and value < 0:
        return Wrong(Code.OUT_OF_RANGE, f"{written} is negative")
    return value


def read_key(written: object) -> Value | Wrong:
    """The public key of an agent."""
    value = _text(written, STRING)
    if isinstance(value, str) and not _KEY.fullmatch(value):
        hint = "write what `placelang key show` prints on that host"
        return Wrong(Code.MALFORMED, "this is no public key: it is one word such as `ed25519:…`", hint)
    return value


def read_address(written: object) -> Value | Wrong:
    """An IP address."""
    value = _text(written, STRING)
    if isinstance(value, str):
        try:
            ip_address(value)
        except ValueError:
            return Wrong(Code.MALFORMED, "this is no IP address", 'write it as "10.0.0.1"')
    return value


def described(written: object) -> str:
    """What kind of thing is written, in a word or two."""
    if written is None:
        return "nothing"
    if isinstance(written, bool):
        return "true" if written else "false"
    if isinstance(written, int | float):
        return "a number"
    return "text" if isinstance(written, str) else "a list" if isinstance(written, list) else "a map"


def _not_a(kind: Type, written: object, hint: str | None = None) -> Wrong:
    due = _ARTICLE.get(kind.name, f"an amount of {kind.name}")
    return Wrong(Code.WRONG_TYPE, f"{due} is due here, not {described(written)}", hint)


def _text(written: object, kind: Type) -> Value | Wrong:
    if isinstance(written, str):
        if not written.isascii() and _HALVES.search(written):
            return Wrong(Code.WRONG_TYPE, "half a character: this text cannot be written as UTF-8")
        return Version.of(written) if kind.name == "version" else written
    quotable = isinstance(written, int | float)
    hint = "put it in quotes, exactly as it is meant" if quotable else None
    return _not_a(kind, written, hint)


def _list(written: object, kind: Type) -> Value | Wrong:
    if not isinstance(written, list) or kind.element is None:
        return _not_a(
            kind, written, "write `[` `]` around it, even if it is only one" if written is not None else None
        )
    items = [read_value(item, kind.element) for item in written]
    wrong = next((item for item in items if isinstance(item, Wrong)), None)
    return wrong or tuple(item for item in items if not isinstance(item, Wrong))


def _number(written: object) -> Value | Wrong:
    if isinstance(written, str):
        found = _QUANTITY.fullmatch(written)
        if found is None or found[4] != "m" or found[3]:
            hint = "write it without quotes" if found and not found[4] else None
            return _not_a(Type("number"), written, hint)
        written = float(Decimal(found[1] + found[2]) / 1000)
    if isinstance(written, bool) or not isinstance(written, int | float):
        return _not_a(Type("number"), written)
    if written != written or abs(written) > LIMIT:  # noqa: PLR0124  NaN is what differs from itself
        return Wrong(Code.OUT_OF_RANGE, "a number of at most 2^53 is due here")
    return float(written)


def _quantity(written: object, kind: Type) -> Value | Wrong:
    if isinstance(written, int | float) and not isinstance(written, bool):
        return _unitless(kind, format(written, "g") if abs(written) < LIMIT else "1")
    if not isinstance(written, str):
        return _not_a(kind, written)
    found = _QUANTITY.fullmatch(written.strip())
    if found is None:
        return Wrong(
            Code.WRONG_TYPE,
            f"this is not an amount of {kind.name}",
            f"write a number and its unit, such as `20{_COMMON[kind.name][0]}`",
        )
    sign, digits, space, unit = found.groups(default="")
    if not unit:
        return _unitless(kind, digits)
    return _with_unit(sign, digits, space, unit, kind)


def _unitless(kind: Type, digits: str) -> Wrong:
    offers = " or ".join(f"`{digits}{unit}`" for unit in _COMMON[kind.name])
    return Wrong(Code.WRONG_UNIT, f"an amount of {kind.name} needs its unit", f"write {offers}")


def _with_unit(sign: str, digits: str, space: str, unit: str, kind: Type) -> Value | Wrong:
    try:
        scaled = in_base_unit(Decimal(sign + digits), unit)
    except OverflowError:
        largest = spell(LIMIT, kind)
        return Wrong(Code.OUT_OF_RANGE, f"{digits}{unit} is too large", f"the largest amount is {largest}")
    if scaled is None:
        return Wrong(Code.WRONG_UNIT, f"there is no unit `{unit}`", _other_units(digits, unit, kind))
    if scaled[0] != kind:
        of = "a number without unit" if unit == "m" else f"an amount of {scaled[0]}"
        message = f"an amount of {kind.name} is due here, and {digits}{unit} is {of}"
        hint = f"units of {kind.name} are " + ", ".join(f"`{one}`" for one in _units(kind))
        return Wrong(Code.WRONG_UNIT, message, hint)
    if space:
        message = "the unit follows its number without a space"
        return Wrong(Code.WRONG_UNIT, message, f"write `{digits}{unit}`")
    return scaled[1]


def _units(kind: Type) -> list[str]:
    return [unit for unit, (of, _) in UNITS.items() if of == kind]


def _other_units(digits: str, unit: str, kind: Type) -> str:
    """What was perhaps meant: units that begin in the same way, in any case, or are near."""
    units = _units(kind)
    begun = [other for other in units if other.casefold().startswith(unit.casefold())]
    offers = (
        begun
        or [other for other in units if unit.casefold().startswith(other.casefold())]
        or nearest(unit, units)
    )
    return (
        "write " + " or ".join(f"`{digits}{other}`" for other in offers)
        if offers
        else "units are " + ", ".join(f"`{one}`" for one in units)
    )


def parse_time(text: str) -> int | None:
    """Milliseconds since 1970-01-01 UTC of an RFC 3339 time such as `2026-03-02T05:45:00Z`, None if it is none."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return (datetime.fromisoformat(text).astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def show_time(at: int) -> str:
    """`at` as an RFC 3339 time in UTC, with milliseconds only where there are any."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds" if at % 1000 else "seconds").removesuffix("+00:00") + "Z"
