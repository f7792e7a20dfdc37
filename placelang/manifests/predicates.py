"""Predicates of the language, put together from their text without ever mixing up what binds tighter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from placelang.manifests.written import listed, quoted


@dataclass(frozen=True, slots=True)
class Predicate:
    text: str
    join: Literal["", "and", "or", "not"] = ""
    """What holds it together at its outside: nothing but itself, `and`, `or`, or `not` in front."""


TRUE: Final = Predicate("true")
FALSE: Final = Predicate("false")


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """Each of them holds."""
    kept = list(dict.fromkeys(part for part in parts if part != TRUE))
    if FALSE in kept:
        return FALSE
    if len(kept) < 2:  # noqa: PLR2004 - nothing to join
        return kept[0] if kept else TRUE
    return Predicate(" and ".join(_inside(part, "or") for part in kept), "and")


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """One of them holds."""
    kept = list(dict.fromkeys(part for part in parts if part != FALSE))
    if TRUE in kept:
        return TRUE
    if len(kept) < 2:  # noqa: PLR2004 - nothing to join
        return kept[0] if kept else FALSE
    return Predicate(" or ".join(_inside(part, "and") for part in kept), "or")


def not_(part: Predicate) -> Predicate:
    """It does not hold."""
    if part in {TRUE, FALSE}:
        return FALSE if part == TRUE else TRUE
    text = f"({part.text})" if part.join or " " in part.text else part.text
    return Predicate(f"not {text}", "not")


def _inside(part: Predicate, other: str) -> str:
    return f"({part.text})" if part.join == other else part.text


def one_of(fact: str, values: Iterable[str]) -> Predicate:
    """A text fact has one of these values."""
    several = sorted(set(values))
    if not several:
        return FALSE
    if len(several) == 1:
        return Predicate(f"{fact} == {quoted(several[0])}")
    return Predicate(f"{fact} in {listed(several)}")


def none_of(fact: str, values: Iterable[str]) -> Predicate:
    """A text fact that is always known has none of these values."""
    several = sorted(set(values))
    if len(several) == 1:
        return Predicate(f"{fact} != {quoted(several[0])}")
    return not_(one_of(fact, several))


def known(fact: str) -> Predicate:
    """The fact is known."""
    return Predicate(f"known({fact})")


def scaled(weight: int) -> int:
    """A weight from 1 to 100 as one from 1 to 10."""
    return min(max(-(-weight // 10), 1), 10)


def preferred(clause: str, weight: int) -> str:
    """A clause that is a preference of this weight."""
    return f"prefer {clause} weight {weight}" if weight > 1 else f"prefer {clause}"


def unless_known(fact: str, part: Predicate) -> Predicate:
    """It does not hold, as nothing does of a fact that is not known."""
    return not_(all_of([known(fact), part]))
