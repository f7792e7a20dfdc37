"""The clauses that say where something may run, and `prefer` before any of them."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name


@dataclass(frozen=True, slots=True)
class Where:
    """`sites where P`, `hosts where P` (and, in policies, `services where P`)."""

    span: Span
    noun: Name
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Spread:
    span: Span
    over: Name
    skew: Expression | None


@dataclass(frozen=True, slots=True)
class AtMostPer:
    """`at most N per K`."""

    span: Span
    count: Expression
    per: Name


@dataclass(frozen=True, slots=True)
class AtLeastDifferent:
    """`at least N different K`."""

    span: Span
    count: Expression
    key: Name


@dataclass(frozen=True, slots=True)
class Same:
    """`same K as S`."""

    span: Span
    key: Name
    service: Name


@dataclass(frozen=True, slots=True)
class Different:
    """`different K than S`."""

    span: Span
    key: Name
    service: Name


@dataclass(frozen=True, slots=True)
class Bound:
    """`latency <= 5ms` or `bandwidth >= 20Mbps` of a link."""

    span: Span
    fact: Name
    operator: str
    limit: Expression


@dataclass(frozen=True, slots=True)
class Link:
    """`link [every] S latency <= L, bandwidth >= B`."""

    span: Span
    every: bool
    service: Name
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Survive:
    span: Span
    count: Expression
    of: Name


@dataclass(frozen=True, slots=True)
class Reserve:
    """`reserve RESOURCE AMOUNT` (policies)."""

    span: Span
    resource: Name
    amount: Expression


Constraint = Where | Spread | AtMostPer | AtLeastDifferent | Same | Different | Link | Survive | Reserve


@dataclass(frozen=True, slots=True)
class Prefer:
    span: Span
    constraint: Constraint
    weight: Expression | None
