"""Types, units and values of the language.

A value is kept in its type's base unit: bytes in B, bandwidth in bit/s, duration in ms, power in mW, frequency in Hz,
percent in percent, all as `float` and at most `LIMIT` in size, so that whole numbers are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

LIMIT = 2.0**53
_DIGITS = 18  # more need not fit 64 bits


@dataclass(frozen=True, slots=True)
class Type:
    """A type by its keyword; `[T]` has T as its `element`."""

    name: str
    element: Type | None = None

    def __str__(self) -> str:
        return f"[{self.element}]" if self.element else self.name

    @property
    def numeric(self) -> bool:
        return self.name in BASE_UNITS


STRING = Type("string")
BOOL = Type("bool")
NUMBER = Type("number")
BYTES = Type("bytes")
BANDWIDTH = Type("bandwidth")
DURATION = Type("duration")
POWER = Type("power")
FREQUENCY = Type("frequency")
PERCENT = Type("percent")
VERSION = Type("version")
STRINGS = Type("list", STRING)

BASE_UNITS = {
    "number": "",
    "bytes": "B",
    "bandwidth": "bit/s",
    "duration": "ms",
    "power": "mW",
    "frequency": "Hz",
    "percent": "%",
}
NAMED = {
    t.name: t for t in (STRING, BOOL, NUMBER, BYTES, BANDWIDTH, DURATION, POWER, FREQUENCY, PERCENT, VERSION)
}

UNITS: dict[str, tuple[Type, Decimal]] = {
    "": (NUMBER, Decimal(1)),
    "m": (NUMBER, Decimal("0.001")),
    "B": (BYTES, Decimal(1)),
    "kB": (BYTES, Decimal(10**3)),
    "MB": (BYTES, Decimal(10**6)),
    "GB": (BYTES, Decimal(10**9)),
    "TB": (BYTES, Decimal(10**12)),
    "KiB": (BYTES, Decimal(2**10)),
    "MiB": (BYTES, Decimal(2**20)),
    "GiB": (BYTES, Decimal(2**30)),
    "TiB": (BYTES, Decimal(2**40)),
    "kbps": (BANDWIDTH, Decimal(10**3)),
    "Mbps": (BANDWIDTH, Decimal(10**6)),
    "Gbps": (BANDWIDTH, Decimal(10**9)),
    "ms": (DURATION, Decimal(1)),
    "s": (DURATION, Decimal(1000)),
    "min": (DURATION, Decimal(60_000)),
    "h": (DURATION, Decimal(3_600_000)),
    "d": (DURATION, Decimal(86_400_000)),
    "mW": (POWER, Decimal(1)),
    "W": (POWER, Decimal(1000)),
    "kW": (POWER, Decimal(10**6)),
    "MHz": (FREQUENCY, Decimal(10**6)),
    "GHz": (FREQUENCY, Decimal(10**9)),
    "%": (PERCENT, Decimal(1)),
}
"""What one of each unit is: its type, and how many of the type's base unit."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A dotted version: numbers compare as numbers, a missing part as 0, other parts as text before any number."""

    key: tuple[tuple[int, int, str], ...]
    text: str

    @staticmethod
    def of(text: str) -> Version:
        """The version that `text` spells; any text is some version, so nothing is raised."""
        parts = [
            (1, int(p), "") if p.isascii() and p.isdigit() and len(p) <= _DIGITS else (0, 0, p)
            for p in text.replace("-", ".").replace("+", ".").split(".")
        ]
        while parts and parts[-1] == (1, 0, ""):
            parts.pop()
        return Version(tuple(parts), text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


Value = bool | float | str | Version | tuple["Value", ...]
"""What an expression evaluates to when it is known."""


def units_of(kind: Type) -> tuple[str, ...]:
    """The units in which quantities of a type are written, the smallest first; none for what has no unit."""
    return tuple(unit for unit, (of, _) in UNITS.items() if of == kind and kind != NUMBER)


def in_base_unit(value: Decimal, unit: str) -> tuple[Type, float] | None:
    """The type of `unit` and `value` in its base unit, or None if there is no such unit.

    Raises OverflowError above `LIMIT`.
    """
    found = UNITS.get(unit)
    if found is None:
        return None
    kind, factor = found
    scaled = value * factor
    if abs(scaled) > Decimal(LIMIT):
        raise OverflowError
    return kind, float(scaled)


_SHOWN = {
    "bytes": ("TiB", "GiB", "MiB", "KiB", "B"),
    "bandwidth": ("Gbps", "Mbps", "kbps"),
    "duration": ("d", "h", "min", "s", "ms"),
    "power": ("kW", "W", "mW"),
    "frequency": ("GHz", "MHz"),
    "percent": ("%",),
    "number": ("",),
}


def show(value: Value, kind: Type) -> str:
    """`value` as an author would write it, in the largest unit that keeps it short: `2GiB`, `1.5`, `"store"`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return _show_number(float(value), kind)
    if isinstance(value, tuple):
        return "[" + ", ".join(show(v, kind.element or STRING) for v in value) + "]"
    text = value.text if isinstance(value, Version) else value
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${") + '"'


def spell(value: Value, kind: Type) -> str:
    """`value` to the last digit and without quotes, as an interpolation inserts it: `1536MiB`, `0.125`, `store`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return _spell_number(Decimal(repr(float(value))), kind)
    if isinstance(value, tuple):
        return ", ".join(spell(v, kind.element or STRING) for v in value)
    return value.text if isinstance(value, Version) else value


def _spell_number(value: Decimal, kind: Type) -> str:
    units = _SHOWN[kind.name]
    unit = next((u for u in units if value and value % UNITS[u][1] == 0), units[-1])
    text = format(value / UNITS[unit][1], "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{unit}"


def _show_number(value: float, kind: Type) -> str:
    units = _SHOWN[kind.name]
    unit = next((u for u in units if abs(value) >= float(UNITS[u][1])), units[-1])
    scaled = value / float(UNITS[unit][1])
    text = f"{scaled:.2f}".rstrip("0").rstrip(".")
    return f"{text}{unit}"
