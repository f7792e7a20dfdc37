"""What a fact of which nothing is known could turn out to be, to settle what is asked of it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from placelang.columns import Numbers, Texts, Truth
from placelang.evaluate import Asked, Missing
from placelang.evaluate.kleene import comparison
from placelang.evaluate.texts import matches, membership
from placelang.facts import FACTS, PROFILE
from placelang.inventory.written import writer
from placelang.program import Program
from placelang.types import BOOL, DURATION, Type, Value, Version, show
from placelang.world import World

PLENTY = 2.0**43
"""More of anything than is ever needed, and little enough to be counted in thousandths."""
MOST = 6
"""Values that are tried of one fact."""


class Choice(NamedTuple):
    """A value as an inventory has it, in JSON, with what is said of it, as `Finding` has them."""

    text: str
    conditions: tuple[str, ...]
    low: float | None = None


def type_of(program: Program, noun: str, fact: str) -> Type:
    """The type of a fact as `Missing` calls it."""
    if fact.startswith('latency("'):
        return DURATION
    if fact.startswith('model("'):
        return PROFILE[fact.rpartition(".")[2]].type
    for label in program.labels:
        if (label.noun, label.name) == (noun, fact):
            return label.type
    for resource in program.resources:
        if noun == "host" and resource.name == fact:
            return resource.type
    return FACTS[noun][fact].type


def choices(missing: Missing, kind: Type, program: Program, world: World) -> tuple[Choice, ...]:
    """Values that satisfy all comparisons in which the fact stands; where it stands elsewhere too, also some others."""
    asked = [one for one in missing.asked if one is not None]
    found: list[Choice] = []
    if asked and kind.numeric:
        found += _amount(asked, kind)
    elif asked:
        conditions = tuple(dict.fromkeys(str(one) for one in asked))
        fitting = (v for v in _values(asked, missing, kind, program, world) if _fits(v, asked))
        found += [Choice(_json(value, kind), conditions) for value in list(fitting)[:1]]
    if None in missing.asked:
        others = _amounts(missing, world) if kind.numeric else _values(asked, missing, kind, program, world)
        found += [Choice(_json(v, kind), (f"is known, such as {show(v, kind)}",)) for v in others]
    return tuple(dict.fromkeys(found))[:MOST]


def spelled(low: float, kind: Type) -> Choice:
    """An amount that is `low` at least."""
    text = _json(float(low), kind)
    return Choice(text, (f">= {json.loads(text)}",), low)


def _json(value: Value, kind: Type) -> str:
    return json.dumps(writer(kind)(value))


def _amount(asked: Sequence[Asked], kind: Type) -> Iterator[Choice]:
    low, high, barred = _limits(asked)
    conditions = tuple(dict.fromkeys(str(one) for one in asked))
    roomy = math.isinf(high) and any(one.operator in (">=", ">") for one in asked)
    value = max(PLENTY, low) if roomy else low if math.isinf(high) else high
    while value in barred:
        value += 1.0
    if low <= value <= high:
        yield Choice(_json(value, kind), conditions, low if roomy and not barred else None)


def _limits(asked: Sequence[Asked]) -> tuple[float, float, set[float]]:
    """From where to where an amount may be, and what it may not."""
    low, high, barred = 0.0, math.inf, set()
    for one in asked:
        value = float(one.value) if isinstance(one.value, float | int) else math.nan
        match one.operator:
            case ">=":
                low = max(low, value)
            case ">":
                low = max(low, math.floor(value) + 1.0)
            case "<=":
                high = min(high, value)
            case "<":
                high = min(high, math.ceil(value) - 1.0 if value > 1 else value / 2)
            case "==":
                low, high = max(low, value), min(high, value)
            case "!=":
                barred.add(value)
    return low, high, barred


def _amounts(missing: Missing, world: World) -> Iterator[float]:
    """What others have, the commonest first; then more than anybody needs, and nothing."""
    column = world.table(missing.noun).facts.get(missing.fact)
    if isinstance(column, Numbers):
        values, counts = np.unique(column.low[column.known], return_counts=True)
        yield from (float(values[at]) for at in np.argsort(-counts, kind="stable")[: MOST - 2])
    yield from (PLENTY, 0.0)


def _values(
    asked: Iterable[Asked], missing: Missing, kind: Type, program: Program, world: World
) -> Iterator[Value]:
    """What comparisons name, what its declaration allows and what others have, the commonest first; then
    something else."""
    if kind.name == "list":
        yield tuple(one.value for one in asked if one.operator == "with")
    for one in asked:
        if kind.name != "list":
            yield from (one.value,) if not isinstance(one.value, tuple) else one.value
    for label in program.labels:
        if (label.noun, label.name) == (missing.noun, missing.fact) and label.choices:
            yield from label.choices if kind.name != "list" else [label.choices, ()]
            return
    if (missing.noun, missing.fact) == ("device", "kind"):
        yield from (spec.name for spec in program.devices)
    column = world.table(missing.noun).facts.get(missing.fact)
    if isinstance(column, Truth) or kind == BOOL:
        yield from (True, False)
    elif isinstance(column, Texts):
        codes = Counter(column.codes[column.codes >= 0].tolist())
        known = [column.vocabulary[code] for code, _ in sorted(codes.items(), key=lambda c: (-c[1], c[0]))]
        if kind.name == "list":
            every = [item for value in known if isinstance(value, tuple) for item in value]
            yield tuple(dict.fromkeys(every))
        yield from known
    yield from _something(missing, kind)


def _something(missing: Missing, kind: Type) -> Iterator[Value]:
    match kind.name:
        case "string":
            yield "UTC" if missing.fact == "timezone" else "other"
        case "version":
            yield from (Version.of("9999"), Version.of("0"))
        case "list":
            yield ()


def _fits(value: Value, asked: Iterable[Asked]) -> bool:
    """Whether a value that is no amount satisfies the comparisons."""
    return all(_fits_one(value, one) for one in asked)


def _fits_one(value: Value, asked: Asked) -> bool:
    if asked.operator == "is":
        return value == asked.value
    mine, other = (Texts(np.zeros(1, dtype=np.int32), (one,)) for one in (value, asked.value))
    bare = asked.operator.removeprefix("not ")
    match bare:
        case "in":
            found = membership(mine, other)
        case "with" | "without":
            found, bare = membership(other, mine), "with"
        case "~":
            found = matches(mine, str(asked.value))
        case _:
            found = comparison(bare, mine, other)
    holds = bool(found.true[0])
    return holds == (asked.operator == bare)
