"""Which of several statements of one fact is believed.

What is within its time to live comes before what is not; then the more trusted kind of source, then the newer
statement, then the source whose name comes last, so that there is always one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple


class Trust(IntEnum):
    """How far a kind of source is believed, against another."""

    ASSUMED = 0
    IMPORT = 1
    PROBE = 2
    OPERATOR = 3


class Statement(NamedTuple):
    """What one source says of a fact: `value` as JSON has it, in base units; `observed` in ms since 1970, None if it
    did not say; `life` in ms, None where it says nothing of its own."""

    value: object
    observed: int | None
    life: int | None
    source: str
    trust: Trust


def expires(observed: int | None, life: int | None) -> int | None:
    """The last moment at which the statement is not out of date, None if it never is."""
    return None if observed is None or life is None else observed + life


def decide(statements: Iterable[Statement], *, life: int | None, at: int) -> Statement:
    """The statement that is believed at `at`; `life` is for those that say nothing of their own."""

    def rank(said: Statement) -> tuple[bool, Trust, int, str]:
        end = expires(said.observed, life if said.life is None else said.life)
        return (
            end is None or at <= end,
            said.trust,
            -1 if said.observed is None else said.observed,
            said.source,
        )

    return max(statements, key=rank)
