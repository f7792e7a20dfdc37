"""Conditions over what is not always known."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from placelang_runtime.conditions import Condition, Metric
from placelang_runtime.watch.evaluate import Value, evaluate, verdict

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
NAMES = ("errors", "restarts", "health")
Tree = dict[str, Any]


def metric(name: str) -> Tree:
    return {"op": "metric", "name": name, "of": None}


numbers = st.one_of(
    st.sampled_from([-1.0, 0.0, 1.0, 2.0, 3.0]).map(lambda value: {"op": "number", "value": value}),
    st.sampled_from(NAMES).map(metric),
)


def truths(of: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.booleans().map(lambda value: {"op": "truth", "value": value}),
        st.builds(
            lambda op, a, b: {"op": op, "left": a, "right": b},
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            of,
            of,
        ),
        st.builds(
            lambda a, values: {"op": "in", "operand": a, "values": values},
            of,
            st.lists(st.sampled_from([0.0, 1.0, 2.0]), max_size=3).map(tuple),
        ),
    )


amounts = st.recursive(
    numbers,
    lambda inner: st.one_of(
        inner.map(lambda a: {"op": "negate", "operand": a}),
        st.builds(
            lambda op, a, b: {"op": op, "left": a, "right": b},
            st.sampled_from(["+", "-", "*", "/"]),
            inner,
            inner,
        ),
    ),
    max_leaves=6,
)
plain = st.recursive(
    truths(amounts),
    lambda inner: st.one_of(
        inner.map(lambda a: {"op": "not", "operand": a}),
        st.builds(
            lambda op, operands: {"op": op, "operands": operands},
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
    ),
    max_leaves=6,
)
with_known = st.one_of(
    plain,
    amounts.map(lambda a: {"op": "known", "operand": a}),
    st.builds(lambda a, b: {"op": "??", "left": a, "right": b}, plain, plain),
)
measured = st.fixed_dictionaries({name: st.sampled_from([None, -1.0, 0.0, 1.0, 2.0]) for name in NAMES})


def value_of(tree: Tree, values: dict[str, float | None]) -> Value:
    return evaluate(CONDITION.validate_python(tree), lambda one: values[one.name])


def naive(tree: Tree, values: dict[str, float | None]) -> Value:
    """The same, read off the tables of the language."""
    match tree:
        case {"op": "metric", "name": name}:
            return values[name]
        case {"op": "number" | "truth", "value": value}:
            return value  # type: ignore[no-any-return]
        case {"op": "known", "operand": operand}:
            return naive(operand, values) is not None
        case {"op": "and" | "or" as op, "operands": operands}:
            order = {"and": [False, None, True], "or": [True, None, False]}[op]
            return min((naive(one, values) for one in operands), key=order.index)  # type: ignore[arg-type]
        case {"op": "??", "left": left, "right": right}:
            found = naive(left, values)
            return naive(right, values) if found is None else found
    parts = [naive(tree[key], values) for key in ("operand", "left", "right") if key in tree]
    if None in parts or (tree["op"] == "/" and parts[1] == 0):
        return None
    written = {"not": "not a", "negate": "-a", "in": "a in v"}.get(tree["op"], f"a {tree['op']} b")
    names = dict(zip("ab", parts, strict=False)) | {"v": tree.get("values")}
    return eval(written, {}, names)  # type: ignore[no-any-return]  # noqa: S307 - made here, of nothing foreign


@settings(max_examples=150, derandomize=True, deadline=None)
@given(with_known, measured)
def test_a_condition_is_what_the_tables_of_the_language_say(
    tree: Tree, values: dict[str, float | None]
) -> None:
    assert value_of(tree, values) == naive(tree, values)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(plain, measured)
def test_what_is_known_to_hold_holds_whatever_the_unknown_turns_out_to_be(
    tree: Tree, values: dict[str, float | None]
) -> None:
    decided = value_of(tree, values)
    unknown = [name for name in NAMES if values[name] is None]
    for guess in product([-1.0, 0.5, 3.0], repeat=len(unknown)):
        found = value_of(tree, values | dict(zip(unknown, guess, strict=True)))
        assert decided is None or found is None or found == decided


@pytest.mark.parametrize(
    "tree",
    [
        {"op": ">", "left": {"op": "truth", "value": True}, "right": {"op": "number", "value": 0.0}},
        {"op": "==", "left": {"op": "truth", "value": True}, "right": {"op": "number", "value": 1.0}},
        {"op": "not", "operand": {"op": "number", "value": 1.0}},
        {"op": "negate", "operand": {"op": "truth", "value": True}},
        {"op": "in", "operand": {"op": "truth", "value": True}, "values": (1.0,)},
        {"op": "number", "value": 1.0},
    ],
)
def test_what_no_compiler_writes_holds_for_nobody(tree: Tree) -> None:
    assert verdict(CONDITION.validate_python(tree), lambda _metric: 1.0) is None


def _always(value: float, _metric: Metric) -> float:
    return value


def test_a_metric_that_is_no_number_is_unknown() -> None:
    for of in (float("nan"), float("inf")):
        assert evaluate(Metric(name="errors", of=None), partial(_always, of)) is None
