"""What happens to an app once it is planned: in which waves a new version reaches the sites, and what they watch."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.expressions import Expr
from placelang.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Wave:
    """Of the app's sites for which `predicate` is true and that are in no earlier wave: `count` of them, `percent` of
    all that it is true for, rounded up, or all where both are None. Durations in ms."""

    name: str
    count: int | None
    percent: float | None
    predicate: Expr | None
    healthy_ms: int | None
    approved: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Trial:
    """A phase in which a new version of a model is tried on a `share` of requests, for `lasts_ms` at least; `share`,
    `errors` at most and `agreement` at least are percentages, `latency_ms` is of 95 of 100 requests."""

    share: float
    lasts_ms: int
    errors: float
    latency_ms: float | None
    agreement: float | None


@dataclass(frozen=True, slots=True)
class Rollout:
    """`sites_at_once` and `hosts_at_once` (of each site) are None without limit; `rolls_back`: what fails is undone."""

    waves: tuple[Wave, ...]
    sites_at_once: int | None
    hosts_at_once: int | None
    proceed_ms: int | None
    rolls_back: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do once `when`, over metrics, has been true for `lasting_ms`: `action` is alert, roll-back or run (of
    `job`)."""

    action: str
    job: str | None
    when: Expr
    lasting_ms: int
    span: Span


@dataclass(frozen=True, slots=True)
class Monitor:
    """`target` is the full name of a model or, where `kind` is so, of a service."""

    kind: str
    target: str
    rules: tuple[Rule, ...]
    span: Span
