"""Tests of a placement."""

from __future__ import annotations

from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.syntax.expressions import Expression, Name, String


@dataclass(frozen=True, slots=True)
class TestInventory:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class TestRunning:
    span: Span
    path: String


@dataclass(frozen=True, slots=True)
class Given:
    """`given host "x" is down`, `given host "x" memory = 2GiB`, `given host "x" memory is unknown`.

    `state` is a word such as down, closed, unknown; `value` is what a fact is set to.
    """

    span: Span
    noun: Name
    subject: String
    fact: Name | None
    state: Name | None
    value: Expression | None


@dataclass(frozen=True, slots=True)
class GivenLike:
    """`given host "new" like "gbg-1"`: one more, the same in all but its name."""

    span: Span
    noun: Name
    subject: String
    model: String


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect [N] A.S in site "x"`, `… on hosts where P`, `expect left out A in site "x"`, `expect undecided …`.

    `outcome` is placed, left-out or undecided; the latter two may end in `because "…"`, words of a reason.
    """

    span: Span
    outcome: str
    count: Expression | None
    subject: Name
    site: String | None
    hosts: Expression | None
    because: String | None


@dataclass(frozen=True, slots=True)
class ExpectMoves:
    """`expect moves <= N`."""

    span: Span
    operator: str
    limit: Expression


@dataclass(frozen=True, slots=True)
class Test:
    span: Span
    title: String
    steps: tuple[TestInventory | TestRunning | Given | GivenLike | Expect | ExpectMoves, ...]
