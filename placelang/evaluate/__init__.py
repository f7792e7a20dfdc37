"""Expressions over a world: one pass over whole columns, and what would decide where they are unknown.

`evaluate` gives a column, `truth` the column of a condition, both for all things of a noun or for some rows of its
table. `undecided_facts` names the facts whose knowledge could decide an expression for one thing.
"""

from __future__ import annotations

from placelang.columns import Column, Rows, Truth
from placelang.evaluate.compute import compute, compute_truth
from placelang.evaluate.derived import derive
from placelang.evaluate.scope import Scope
from placelang.evaluate.undecided import Asked, Missing, undecided_facts, undecided_facts_of
from placelang.expressions import Expr
from placelang.world import World

__all__ = ["Asked", "Missing", "evaluate", "truth", "undecided_facts", "undecided_facts_of"]


def evaluate(expr: Expr, world: World, noun: str, rows: Rows | None = None) -> Column:
    """The value of `expr` for the things of `noun`: those in `rows` of its table, or all in order."""
    derive(expr, world)
    return compute(expr, Scope(world, noun, rows))


def truth(expr: Expr, world: World, noun: str, rows: Rows | None = None) -> Truth:
    """As `evaluate`, of a condition."""
    derive(expr, world)
    return compute_truth(expr, Scope(world, noun, rows))
