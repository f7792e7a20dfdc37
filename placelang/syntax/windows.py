"""Times of day, the windows between them, and the clause that keeps a service to one."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Name


@dataclass(frozen=True, slots=True)
class Time:
    """`22:00`: minutes since midnight, 0 to 1440."""

    span: Span
    minutes: int


@dataclass(frozen=True, slots=True)
class Window:
    """`weekdays between 08:00 and 22:00`; no days means daily."""

    span: Span
    days: tuple[Name, ...]
    opens: Time
    closes: Time


@dataclass(frozen=True, slots=True)
class Active:
    span: Span
    window: Window
