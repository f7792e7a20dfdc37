"""What a lint claims of every thing there can be holds of each thing of random fleets."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from placelang import expressions as e
from placelang.evaluate import truth
from placelang.lint.conditions import implied
from placelang.lint.states import Meanings, narrowed
from placelang.program import Derived
from placelang.types import BOOL, BYTES, NUMBER, STRING, VERSION, Type
from placelang.world import World, build_world
from tests.evaluate.worlds import (
    FACTS,
    HERE,
    OPERATORS,
    VALUES,
    Expressions,
    constant,
    program,
    random_fleet,
)
from tests.inventory.documents import inventory

ASKED: dict[str, Type] = {
    "memory": BYTES,
    "cpu.cores": NUMBER,
    "kernel": VERSION,
    "arch": STRING,
    "label-shift": NUMBER,
    "device.a": NUMBER,
}


def atom(random: Random) -> e.Expr:
    """A condition on one of few facts, so that many are about the same."""
    name, kind = random.choice(list(ASKED.items()))
    fact: e.Expr = e.Fact(kind, HERE, "host", name)
    if random.random() < 0.1:
        return e.Known(BOOL, HERE, fact)
    if random.random() < 0.1:
        values = tuple(constant(value, kind) for value in random.choices(VALUES[kind], k=2))
        return e.Membership(BOOL, HERE, fact, e.Constant(Type("list", kind), HERE, values))
    other = e.Constant(kind, HERE, constant(random.choice(VALUES[kind]), kind))
    if random.random() < 0.2:
        fact = e.Default(
            kind, HERE, fact, e.Constant(kind, HERE, constant(random.choice(VALUES[kind]), kind))
        )
    if kind.numeric and random.random() < 0.2:
        shift = e.Constant(kind, HERE, float(random.choice([1, 2])))
        fact = e.Arithmetic(kind, HERE, random.choice("+-"), fact, shift)
    operators = OPERATORS[:2] if kind == STRING else OPERATORS
    sides = (fact, other) if random.random() < 0.8 else (other, fact)
    return e.Comparison(BOOL, HERE, random.choice(operators), *sides)


def condition(random: Random, depth: int, derived: list[Derived]) -> e.Expr:
    """Conditions joined, negated and named."""
    form = random.choice(["atom", "not", "and", "or", "fact"]) if depth else "atom"
    if form == "fact" and derived:
        return e.Fact(BOOL, HERE, "host", random.choice(derived).name)
    if form == "not":
        return e.Not(BOOL, HERE, condition(random, depth - 1, derived))
    if form in ("and", "or"):
        parts = tuple(condition(random, depth - 1, derived) for _ in range(random.randint(2, 4)))
        return (e.And if form == "and" else e.Or)(BOOL, HERE, parts)
    return atom(random)


def world_of(document: dict[str, Any], derived: list[Derived]) -> World:
    return build_world(inventory(document), program(tuple(derived)))[0]


def meanings_of(derived: list[Derived]) -> Meanings:
    return Meanings({(one.noun, one.name): one.value for one in derived}, {})


@pytest.mark.parametrize("seed", range(10))
def test_what_is_never_true_or_never_false_is_so_of_every_host(seed: int) -> None:
    random = Random(seed)
    decided = 0
    for _ in range(12):
        derived: list[Derived] = []
        for at in range(3):
            derived.append(Derived("host", f"derived-{at}", condition(random, 2, derived), HERE))
        meanings = meanings_of(derived)
        worlds = [world_of(random_fleet(random), derived) for _ in range(3)]
        for _ in range(60):
            expr = condition(random, 3, derived)
            columns = [truth(expr, world, "host") for world in worlds]
            if narrowed(expr, meanings) is None:
                decided += 1
                assert not any(column.true.any() for column in columns), expr
            if narrowed(expr, meanings, truth=False) is None:
                decided += 1
                assert not any(column.false.any() for column in columns), expr
    assert decided > 40


@pytest.mark.parametrize("seed", range(10))
def test_what_another_condition_implies_is_true_wherever_that_is(seed: int) -> None:
    random = Random(seed)
    found = 0
    for _ in range(12):
        worlds = [world_of(random_fleet(random), []) for _ in range(3)]
        for _ in range(80):
            strong, weak = condition(random, 1, []), atom(random)
            state = narrowed(strong, meanings_of([]))
            if state is not None and implied(weak, state, meanings_of([])):
                found += 1
                for world in worlds:
                    assert not (truth(strong, world, "host").true & ~truth(weak, world, "host").true).any()
    assert found > 10


@pytest.mark.parametrize("seed", range(5))
def test_no_claim_is_wrong_of_any_kind_of_expression(seed: int) -> None:
    random = Random(seed)
    for _ in range(40):
        expressions = Expressions(random, {noun: dict(named) for noun, named in FACTS.items()}, divided=True)
        noun = random.choice(list(FACTS))
        world = world_of(random_fleet(random), [])
        for _ in range(10):
            expr = expressions.make(BOOL, noun)
            column = truth(expr, world, noun)
            if narrowed(expr, meanings_of([])) is None:
                assert not column.true.any(), expr
            if narrowed(expr, meanings_of([]), truth=False) is None:
                assert not column.false.any(), expr
