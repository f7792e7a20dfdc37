"""The platform's side: what binds every app."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name
from placelang.syntax.needs import Priority
from placelang.syntax.placement import Constraint, Prefer
from placelang.syntax.windows import Window


@dataclass(frozen=True, slots=True)
class AtMostReplicas:
    span: Span
    count: Expression


@dataclass(frozen=True, slots=True)
class AtMostTransfer:
    """`at most 5GB per day`."""

    span: Span
    amount: Expression
    per: Name


@dataclass(frozen=True, slots=True)
class Accept:
    """`accept services where P`."""

    span: Span
    predicate: Expression


@dataclass(frozen=True, slots=True)
class ChangeOnly:
    """`change only WINDOW [except DATE to DATE]`; dates as `2026-12-20`."""

    span: Span
    window: Window
    first_closed: str | None
    last_closed: str | None


@dataclass(frozen=True, slots=True)
class Forbid:
    """`forbid capability NAME`, `forbid host network`, `forbid privileged`, `forbid writable root`."""

    span: Span
    what: str
    capability: Name | None


@dataclass(frozen=True, slots=True)
class Scope:
    """`NOUN where P { … }` in a policy: what it binds, and to what."""

    span: Span
    noun: Name
    predicate: Expression
    clauses: tuple[PolicyClause, ...]


PolicyClause = Constraint | Prefer | Priority | AtMostReplicas | AtMostTransfer | Accept | ChangeOnly | Forbid


@dataclass(frozen=True, slots=True)
class Policy:
    span: Span
    name: Name
    clauses: tuple[Scope | PolicyClause, ...]
