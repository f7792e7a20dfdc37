"""What policies come to beside the constraints that they lay on services: limits of hosts, and what sites carry along.

A policy binds wherever its filter is not false. `Within` is such a filter of places; without one, it binds everywhere.
"""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.expressions import Expr
from placelang.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Within:
    """The hosts at which something binds: those of which, or of whose site (`noun`), `predicate` is not false."""

    noun: str
    predicate: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Reserve:
    """Each host keeps `amount` of `resource` free, in base units, or `percent` of what it has. `fact` is as in a need,
    `weight` None is hard."""

    resource: str
    fact: str | None
    amount: float | None
    percent: float | None
    weight: int | None
    within: Within | None
    span: Span


@dataclass(frozen=True, slots=True)
class MostReplicas:
    """Each host holds at most `count` replicas, whosever they are."""

    count: int
    within: Within | None
    span: Span


@dataclass(frozen=True, slots=True)
class Window:
    """Recurring hours by the clock of a site: they open on `days` (`MO` to `SU`, in that order) at `opens`, in minutes
    since midnight, and last `minutes`."""

    days: tuple[str, ...]
    opens: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ChangeOnly:
    """Rollouts and moves wait for `window`, and from the day `closed[0]` to `closed[1]`, both included, for the end of
    these days. `services` are those that it binds, by full name, None for all."""

    window: Window
    closed: tuple[str, str] | None
    services: tuple[str, ...] | None
    within: Within | None
    span: Span


@dataclass(frozen=True, slots=True)
class MostTransfer:
    """A site's uplink carries at most `amount` bytes a day for rollouts and moves."""

    amount: float
    within: Within | None
    span: Span


@dataclass(frozen=True, slots=True)
class Policy:
    """What it lays on services stands with each of them."""

    name: str
    reserves: tuple[Reserve, ...]
    limits: tuple[MostReplicas, ...]
    windows: tuple[ChangeOnly, ...]
    transfers: tuple[MostTransfer, ...]
    span: Span
