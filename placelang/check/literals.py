"""Literals: quantities with their units, and how a misspelt one is written."""

from __future__ import annotations

from placelang import syntax
from placelang.check.faults import Faults, listed, quoted
from placelang.codes import Code
from placelang.expressions import Constant
from placelang.nearest import nearest
from placelang.types import (
    BANDWIDTH,
    BOOL,
    BYTES,
    DURATION,
    LIMIT,
    NUMBER,
    STRING,
    UNITS,
    VERSION,
    Type,
    in_base_unit,
    spell,
)

_MEANT = {
    "k": ("kB", "KiB"),
    "K": ("kB", "KiB"),
    "M": ("MB", "MiB"),
    "G": ("GB", "GiB"),
    "T": ("TB", "TiB"),
    "bps": ("kbps",),
    "bit": ("kbps",),
    "kbit": ("kbps",),
    "Kbit": ("kbps",),
    "Mbit": ("Mbps",),
    "Gbit": ("Gbps",),
    "sec": ("s",),
    "secs": ("s",),
    "second": ("s",),
    "seconds": ("s",),
    "mins": ("min",),
    "minute": ("min",),
    "minutes": ("min",),
    "hr": ("h",),
    "hrs": ("h",),
    "hour": ("h",),
    "hours": ("h",),
    "day": ("d",),
    "days": ("d",),
    "week": ("d",),
    "us": ("ms",),
    "Hz": ("MHz", "GHz"),
    "percent": ("%",),
    "core": ("",),
    "cores": ("",),
}
"""Units that people write, with those that the language has for them."""

_OTHERWISE = frozenset(("bps", "bit", "week", "us", "kb", "Mb", "Gb", "Tb"))
"""Those that are of another size, or that may have meant bits: none is certain."""

_USUAL = {
    "bytes": "MiB",
    "bandwidth": "Mbps",
    "duration": "s",
    "power": "W",
    "frequency": "GHz",
    "percent": "%",
}
_LONGEST = 24


def quantity(node: syntax.Quantity, faults: Faults) -> Constant | None:
    """The constant that `node` spells; None, said why, if its unit does not exist or it is too large."""
    try:
        found = in_base_unit(node.value, node.unit)
    except OverflowError:
        kind = UNITS[node.unit][0]
        faults.error(
            Code.OUT_OF_RANGE,
            node.span,
            f"{quoted(_text(node))} is too large",
            notes=(f"the largest is {spell(LIMIT, kind)}",),
        )
        return None
    if found is None:
        if "/" not in node.unit:  # a rate is no single word: the parser has refused it
            message = f"there is no unit {quoted(node.unit)}"
            units = _other_units(node)
            written = [f"{_digits(node)}{unit}" for unit in units]
            hint = "write " + listed(f"`{one}`" for one in written) if written else _ALL_UNITS
            certain = len(written) == 1 and "…" not in written[0] and node.unit not in _OTHERWISE
            fix = written[0] if certain else ""
            faults.error(Code.WRONG_UNIT, node.span, message, hint=hint, fix=fix)
        return None
    return Constant(found[0], node.span, found[1])


def _text(node: syntax.Quantity) -> str:
    return f"{_digits(node)}{node.unit}"


def _digits(node: syntax.Quantity) -> str:
    digits = f"{node.value:f}"
    return digits if len(digits) <= _LONGEST else "…"


def _other_units(node: syntax.Quantity) -> tuple[str, ...]:
    """The units that were perhaps meant."""
    folded = node.unit.casefold()
    return (
        _MEANT.get(node.unit)
        or tuple(u for u in UNITS if u and u != "m" and u.casefold() == folded)
        or tuple(u for u in UNITS if u.casefold() == folded + "b")
        or nearest(node.unit, [u for u in UNITS if len(u) > 1])
    )


_ALL_UNITS = "units are " + " ".join(unit for unit in UNITS if unit)


def rewrite(node: syntax.Expression, due: Type) -> str:
    """What certainly was meant by the literal `node` where one of type `due` is due; empty if that is not certain."""
    match node:
        case syntax.Quantity(unit="m") if due == DURATION and "…" not in _digits(node):
            return f"{_digits(node)}min"
        case syntax.Quantity() if due in (VERSION, STRING) and "…" not in _digits(node):
            return f'"{_text(node)}"'
        case syntax.Boolean() if due == STRING:
            return '"true"' if node.value else '"false"'
        case syntax.String(parts=("true" | "false" as text,)) if due == BOOL:
            return str(text)
        case _:
            return ""


def offer(node: syntax.Expression | syntax.Filtered, due: Type) -> str | None:
    """A hint on how to write the literal `node` as one of type `due`; None if there is nothing to offer."""
    match node:
        case syntax.Paren(inner=inner):
            return offer(inner, due)
        case syntax.Quantity():
            return _offer_quantity(node, due)
        case syntax.Boolean() if due == STRING:
            return f'write `"{"true" if node.value else "false"}"`'
        case syntax.String() if due == BOOL:
            return "write `true` or `false`"
        case syntax.String(parts=(str(text),)) if due.numeric and text[:1].isdigit():
            return f"write `{text}`, without quotes"
        case _:
            return None


def _offer_quantity(node: syntax.Quantity, due: Type) -> str | None:
    value = _digits(node)
    if due == DURATION and node.unit == "m":
        return f"write `{value}min`; `{_text(node)}` is the number {spell(float(node.value) / 1000, NUMBER)}"
    if due == NUMBER:
        return f"write `{value}m`" if node.unit == "ms" else f"write `{value}`, without a unit"
    if due in (VERSION, STRING):
        return f'write `"{_text(node)}"`'
    if due == BANDWIDTH and UNITS.get(node.unit, (None,))[0] == BYTES:
        bits = float(node.value * UNITS[node.unit][1] * 8)
        return f"rates count bits: `{_text(node)}` in a second is `{spell(bits, BANDWIDTH)}`"
    if due.name in _USUAL and node.unit in {"", "m"}:
        return f"give it a unit, such as `{value}{_USUAL[due.name]}`"
    return None
