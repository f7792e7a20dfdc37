"""Texts of Compose files, in which variables of the environment stand: here they are parameters of the app."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from placelang.importers.names import RESERVED
from placelang.manifests.draft import App
from placelang.manifests.written import quoted

_VARIABLE: Final = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<rest>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))",
    re.ASCII,
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_SECONDS = {
    "us": Decimal("0.000001"),
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_MOST: Final = 8
"""The most digits that a part of a duration has."""


@dataclass(frozen=True, slots=True)
class Variables:
    """Fills in variables; each that is left to the environment becomes a parameter."""

    app: App

    def literal(self, written: object) -> str:
        """The text as a literal of the language."""
        text = _as_text(written)
        return (
            '"'
            + "".join(
                quoted(part)[1:-1] if name is None else f"${{{self._param(name, part)}}}"
                for name, part in _parts(text)
            )
            + '"'
        )

    def plain(self, written: object) -> str:
        """The text as it is where the environment says nothing."""
        return "".join(part for _, part in _parts(_as_text(written)))

    def variable(self, name: str) -> str:
        """A variable that is handed on."""
        return self._param(name, "") if _is_name(name) else quoted("")

    def _param(self, name: str, default: str) -> str:
        if name not in self.app.params or (default and self.app.params[name] == 'string = ""'):
            self.app.params[name] = f"string = {quoted(default)}"
        return name


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)) and name not in RESERVED


def _as_text(written: object) -> str:
    return "" if written is None else str(written).lower() if isinstance(written, bool) else str(written)


def _parts(text: str) -> Iterator[tuple[str | None, str]]:
    """Plain text with None, and variables with what holds without them."""
    start = 0
    for found in _VARIABLE.finditer(text):
        name, how = found["name"] or found["bare"], found["how"] or ""
        yield None, text[start : found.start()]
        start = found.end()
        if found["dollar"]:
            yield None, "$"
        elif how.endswith("+") or not _is_name(name):
            yield None, ""
        else:
            yield name, found["rest"] if how.endswith("-") else ""
    yield None, text[start:]


def seconds(written: object) -> Decimal | None:
    """`1m30s` in seconds; None for what is no duration."""
    text = str(written)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    if any(len(number) > _MOST for number, _ in parts):
        return None
    return sum((Decimal(number) * _SECONDS[unit] for number, unit in parts), Decimal(0))
