"""One pass over an expression, each node once, each as a whole column."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from placelang.columns import Column, Numbers, Texts, Truth, take, unknown_column
from placelang.evaluate import kleene, numbers, sets, texts
from placelang.evaluate.scope import Scope
from placelang.expressions import (
    And,
    Arithmetic,
    Comparison,
    Constant,
    Default,
    Expr,
    Fact,
    Known,
    Match,
    Membership,
    Negate,
    Not,
    Or,
    Quantified,
    Template,
)
from placelang.facts import FACTS, MEASURED, profile_name


def compute(expr: Expr, scope: Scope) -> Column:  # noqa: C901, PLR0912 - one arm for each kind of node
    """The value of `expr` for everything in scope. Derived facts are to be in `scope.world.computed`."""
    match expr:
        case Constant():
            return _constant(expr, len(scope))
        case Fact():
            return _fact(expr, scope)
        case Negate():
            return numbers.negative(compute_numbers(expr.operand, scope))
        case Arithmetic():
            left, right = compute_numbers(expr.left, scope), compute_numbers(expr.right, scope)
            return numbers.arithmetic(expr.operator, left, right)
        case Comparison():
            return kleene.comparison(expr.operator, compute(expr.left, scope), compute(expr.right, scope))
        case Membership():
            return texts.membership(compute(expr.item, scope), _texts(expr.collection, scope))
        case Match():
            return texts.matches(_texts(expr.operand, scope), expr.pattern)
        case Not():
            return kleene.negation(compute_truth(expr.operand, scope))
        case And():
            return kleene.conjunction([compute_truth(operand, scope) for operand in expr.operands])
        case Or():
            return kleene.disjunction([compute_truth(operand, scope) for operand in expr.operands])
        case Default():
            return _otherwise(compute(expr.value, scope), compute(expr.otherwise, scope))
        case Known():
            known = compute(expr.operand, scope).known
            return Truth(known, np.zeros(len(known), dtype=np.bool_))
        case Quantified():
            return _quantified(expr, scope)
        case Template():
            return texts.interpolation([(compute(operand, scope), operand.type) for operand in expr.operands])
    assert_never(expr)


def compute_truth(expr: Expr, scope: Scope) -> Truth:
    """As `compute`, of an expression of type bool."""
    column = compute(expr, scope)
    if not isinstance(column, Truth):
        raise TypeError(expr)
    return column


def compute_numbers(expr: Expr, scope: Scope) -> Numbers:
    """As `compute`, of an expression of a numeric type."""
    column = compute(expr, scope)
    if not isinstance(column, Numbers):
        raise TypeError(expr)
    return column


def _texts(expr: Expr, scope: Scope) -> Texts:
    column = compute(expr, scope)
    if not isinstance(column, Texts):
        raise TypeError(expr)
    return column


def _constant(expr: Constant, size: int) -> Column:
    if isinstance(expr.value, bool):
        return Truth(np.full(size, expr.value), np.zeros(size, dtype=np.bool_))
    if isinstance(expr.value, float | int):
        values = np.full(size, float(expr.value))
        return Numbers(values, values)
    return Texts(np.zeros(size, dtype=np.int32), (expr.value,))


def _fact(expr: Fact, scope: Scope) -> Column:
    world = scope.world
    table = world.table(expr.noun)
    column: Column
    if expr.of is not None:
        measured = world.latency.get(expr.of, {}) if expr.name == "latency" else {}
        what = profile_name(expr.of, expr.name.removeprefix(MEASURED))
        column = table.facts.get(what) or unknown_column(expr.type, len(table))
        if not isinstance(column, Numbers):
            raise TypeError(expr)
        rows = list(measured)
        column.low[rows] = column.high[rows] = list(measured.values())
    elif expr.name in table.facts:
        column = table.facts[expr.name]
    else:
        column = world.computed[expr.noun, expr.name]
    rows_of = scope.rows_of(expr.noun)
    return column if rows_of is None else take(column, rows_of)


def _otherwise(value: Column, otherwise: Column) -> Column:
    """`value` where it is known and `otherwise` where it is not; a range is not known."""
    known = value.known
    match value, otherwise:
        case Numbers(), Numbers():
            return Numbers(
                np.where(known, value.low, otherwise.low), np.where(known, value.high, otherwise.high)
            )
        case Truth(), Truth():
            return Truth(np.where(known, value.true, otherwise.true), ~known & otherwise.unknown)
        case Texts(), Texts():
            shifted = np.where(otherwise.known, otherwise.codes + len(value.vocabulary), -1)
            codes = np.where(known, value.codes, shifted).astype(np.int32)
            return Texts(codes, (*value.vocabulary, *otherwise.vocabulary))
    raise TypeError(value, otherwise)


def _quantified(expr: Quantified, scope: Scope) -> Column:
    inside, owners, complete = scope.members(expr.noun)
    holds = compute_truth(expr.predicate, inside)
    match expr.function:
        case "any":
            return sets.any_of(holds, owners, complete)
        case "all":
            return sets.all_of(holds, owners, complete)
        case "count":
            return sets.count_of(holds, owners, complete)
    if expr.summed is None:
        raise TypeError(expr)
    summed = compute_numbers(expr.summed, inside)
    return sets.sum_of(holds, summed, owners, complete, negative=not _is_amount(expr.summed))


def _is_amount(expr: Expr) -> bool:
    """Whether it is a built-in fact: there cannot be less than none of it."""
    return isinstance(expr, Fact) and expr.name in FACTS[expr.noun]
