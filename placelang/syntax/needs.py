"""The clauses that say how many replicas there are, what each needs, and who comes first."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name


@dataclass(frozen=True, slots=True)
class Replicas:
    """`replicas 2`, `replicas 1..3 per site`; `high` is None without `..`."""

    span: Span
    low: Expression
    high: Expression | None
    per: Name | None


@dataclass(frozen=True, slots=True)
class NeedAmount:
    """`cpu 500m`, `memory 2GiB`, `upload 2GB`, `modbus-slots 4`."""

    span: Span
    resource: Name
    amount: Expression


@dataclass(frozen=True, slots=True)
class NeedGpu:
    """`gpu N [where P]` or, with `share`, `gpu share Q [where P]`; `amount` is N or Q."""

    span: Span
    share: bool
    amount: Expression
    predicate: Expression | None


@dataclass(frozen=True, slots=True)
class NeedDevice:
    """`[shared] device D [N] [where P]`."""

    span: Span
    shared: bool
    device: Name
    count: Expression | None
    predicate: Expression | None


Need = NeedAmount | NeedGpu | NeedDevice


@dataclass(frozen=True, slots=True)
class Needs:
    span: Span
    items: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Priority:
    """`priority N`, or `priority at most N` in a policy."""

    span: Span
    value: Expression
    at_most: bool
