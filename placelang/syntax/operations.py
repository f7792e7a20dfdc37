"""Rollouts and monitors: the blocks that say what happens to an app that runs."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name


@dataclass(frozen=True, slots=True)
class Wave:
    """`wave NAME: SIZE sites [where P] [, healthy for D] [, approved]`; `size` is None for `all`."""

    span: Span
    name: Name
    size: Expression | None
    predicate: Expression | None
    healthy: Expression | None
    approved: bool


@dataclass(frozen=True, slots=True)
class AtOnce:
    """`at most 10 sites at once`, `at most 1 host per site at once`."""

    span: Span
    count: Expression
    noun: Name
    per: Name | None


@dataclass(frozen=True, slots=True)
class Proceed:
    """`proceed when healthy for D`."""

    span: Span
    healthy: Expression


@dataclass(frozen=True, slots=True)
class Otherwise:
    """`otherwise roll back`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Rollout:
    span: Span
    clauses: tuple[Wave | AtOnce | Proceed | Otherwise, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`alert when E for D`, `roll back when …`, `run JOB when …`: `action` is alert, roll-back or run."""

    span: Span
    action: str
    job: Name | None
    when: Expression
    lasting: Expression | None


@dataclass(frozen=True, slots=True)
class Monitor:
    span: Span
    target: Name
    rules: tuple[Rule, ...]
