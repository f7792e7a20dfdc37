"""Derived facts: computed over their whole table the first time that something needs them."""

from __future__ import annotations

from collections.abc import Iterator

from placelang.evaluate.compute import compute
from placelang.evaluate.scope import Scope
from placelang.expressions import Expr, Fact, operands
from placelang.world import World


def derive(expr: Expr, world: World) -> None:
    """Computes what `expr` refers to, each after what it refers to itself; without recursion, since definitions may
    build on each other in long chains."""
    waiting = list(_missing(expr, world))
    begun: set[tuple[str, str]] = set()
    while waiting:
        key = waiting[-1]
        needs = [] if key in world.computed else list(_missing(world.derived[key], world))
        if key in begun and needs:
            raise ValueError(f"{key[0]}.{key[1]} is derived from itself")
        begun.add(key)
        if not needs:
            waiting.pop()
            if key not in world.computed:
                world.computed[key] = compute(world.derived[key], Scope(world, key[0]))
        waiting += needs


def _missing(expr: Expr, world: World) -> Iterator[tuple[str, str]]:
    if isinstance(expr, Fact):
        key = (expr.noun, expr.name)
        if key in world.derived and key not in world.computed:
            yield key
    for operand in operands(expr):
        yield from _missing(operand, world)
