"""Amounts as other tools write them, in base units; or what is wrong with one."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from placelang.codes import Code
from placelang.inventory.values import Wrong, described
from placelang.types import LIMIT

_NUMBER = re.compile(
    r"\s*([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?)\s*([A-Za-z]{0,3})\s*", re.ASCII
)
_BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
_DECIMAL = {
    letter: Decimal(1000) ** power for power, letter in enumerate(("k", "M", "G", "T", "P", "E"), start=1)
}
_PARTS = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3")}
_KUBERNETES = {"": Decimal(1), **_BINARY, **_DECIMAL, **_PARTS}
_MEMORY = (
    {f"{unit}B": factor for unit, factor in _BINARY.items()}
    | {f"{unit}B": factor for unit, factor in _DECIMAL.items()}
    | {"KB": Decimal(1000), "B": Decimal(1), **_BINARY}
)
MEBIBYTES_BELOW: Final = 10_000_000
"""A GPU's memory without a unit is in MiB below this, else in bytes: no GPU has 10 TB, and none has less than 10 MB."""


def quantity(written: object) -> float | Wrong:
    """A quantity as Kubernetes writes it: `64000m`, `30770604Ki`, `8`."""
    return _amount(written, _KUBERNETES, "write it as Kubernetes does: `500m`, `16Gi`")


def number(written: object) -> float | Wrong:
    """A number without a unit, or text that is one."""
    return _amount(written, {"": Decimal(1)}, "write a number")


def whole(written: object) -> int | Wrong:
    """A number of things."""
    found = number(written)
    if isinstance(found, Wrong):
        return found
    return (
        int(found) if found == int(found) else Wrong(Code.WRONG_TYPE, "a number of things is a whole number")
    )


def mebibytes(written: object) -> float | Wrong:
    """A number of MiB, in bytes."""
    found = number(written)
    return found if isinstance(found, Wrong) else _bounded(Decimal(found) * 2**20)


def gpu_memory(written: object) -> float | Wrong:
    """`"40536 MiB"`, `"15360"` (MiB) or `16106127360` (bytes), in bytes."""
    bare = _amount(written, {"": Decimal(1)}, None)
    if not isinstance(bare, Wrong):
        return _bounded(Decimal(bare) * 2**20) if bare < MEBIBYTES_BELOW else bare
    return _amount(written, _MEMORY, "write it with its unit: `16GiB`")


def _amount(written: object, units: dict[str, Decimal], hint: str | None) -> float | Wrong:
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        return Wrong(Code.WRONG_TYPE, f"an amount is due here, not {described(written)}", hint)
    found = _NUMBER.fullmatch(str(written)) if len(str(written)) < 100 else None  # noqa: PLR2004 - none is as long
    if found is None or found[2] not in units:
        return Wrong(Code.WRONG_TYPE, "this is not an amount", hint)
    try:
        return _bounded(Decimal(found[1]) * units[found[2]])
    except InvalidOperation:
        return Wrong(Code.WRONG_TYPE, "this is not an amount", hint)


def _bounded(amount: Decimal) -> float | Wrong:
    if not 0 <= amount <= LIMIT:
        return Wrong(Code.OUT_OF_RANGE, "an amount from 0 to 2^53 is due here")
    return float(amount)
