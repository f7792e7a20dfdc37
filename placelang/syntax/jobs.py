"""The clauses that say how long a job lasts and when it is due."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name
from placelang.syntax.windows import Time, Window


@dataclass(frozen=True, slots=True)
class Lasts:
    span: Span
    duration: Expression


@dataclass(frozen=True, slots=True)
class Every:
    """`every 6h`, `every day`, `every monday, friday`: a duration, or names of days."""

    span: Span
    duration: Expression | None
    days: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A job's own `[DAYS] between T and T`."""

    span: Span
    window: Window


@dataclass(frozen=True, slots=True)
class By:
    """`by 06:00`."""

    span: Span
    time: Time


@dataclass(frozen=True, slots=True)
class Retries:
    span: Span
    count: Expression
