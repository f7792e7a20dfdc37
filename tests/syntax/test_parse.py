from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang import syntax as s
from placelang.diagnostics import Source, Span
from placelang.format import same_meaning
from placelang.parse import parse
from tests.syntax.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGE = Path(__file__).with_name("language.place").read_text(encoding="utf-8")


def tree_of(text: str) -> s.Tree:
    tree, diagnostics = parse(Source("a.place", text))
    assert not diagnostics
    return tree


def value_of(text: str) -> s.Expression:
    (let,) = tree_of(f"let x = {text}").statements
    assert isinstance(let, s.Let)
    return let.value


def nodes(value: object) -> Iterator[object]:
    if isinstance(value, tuple) and not isinstance(value, Span):
        for item in value:
            yield from nodes(item)
    elif is_dataclass(value):
        yield value
        for f in fields(value):
            yield from nodes(getattr(value, f.name))


def shown(e: s.Expression) -> str:
    """The expression with all its parentheses."""
    match e:
        case s.Binary():
            return f"({shown(e.left)} {e.operator} {shown(e.right)})"
        case s.Logic():
            return "(" + f" {e.operator} ".join(map(shown, e.operands)) + ")"
        case s.Not():
            return f"(not {shown(e.operand)})"
        case s.Negative():
            return f"(-{shown(e.operand)})"
        case s.Paren():
            return f"[{shown(e.inner)}]"
        case s.Name():
            return e.text
        case s.Member():
            return f"{shown(e.of)}.{e.name.text}"
        case s.Call():
            return f"{e.function.text}()"
    raise AssertionError(e)


def test_the_whole_language_parses() -> None:
    kinds = {type(node).__name__ for node in nodes(tree_of(LANGUAGE))}
    assert {
        "Rollout",
        "Monitor",
        "Scope",
        "Model",
        "Job",
        "Survive",
        "NeedGpu",
        "NeedDevice",
        "Expect",
    } <= kinds
    assert len(tree_of(LANGUAGE).statements) == 12


def test_every_kind_of_node_can_be_written() -> None:
    made = {type(node) for seed in range(400) for node in nodes(parse(Source("a", sentence(seed)))[0])}
    every = {value for value in vars(s).values() if isinstance(value, type) and is_dataclass(value)}
    assert every == made


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.integers(0, 2**32))
def test_spans_nest_and_names_stand_where_their_spans_say(seed: int) -> None:
    text = sentence(seed)
    tree, _ = parse(Source("a.place", text))
    for node in nodes(tree):
        for child in nodes(tuple(getattr(node, f.name) for f in fields(node))):  # type: ignore[arg-type]
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end  # type: ignore[attr-defined]
        if isinstance(node, s.Name):
            assert text[node.span.start : node.span.end] == node.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and not c == d", "(a or (b and (not (c == d))))"),
        ("a and b and c or d or e", "((a and b and c) or d or e)"),
        ("a + b * c ?? d - e", "((a + (b * (c ?? d))) - e)"),
        ("-a * b", "((-a) * b)"),
        ("a - -b", "(a - (-b))"),
        ("not not a in b", "(not (not (a in b)))"),
        ("(a or b) and c", "([(a or b)] and c)"),
        ("host.model(m).p95 ~ x", "(host.model().p95 ~ x)"),
        ("a-b - c-d.e", "(a-b - c-d.e)"),
    ],
)
def test_operators_bind_as_documented(text: str, expected: str) -> None:
    assert shown(value_of(text)) == expected


def test_a_filter_may_be_followed_by_what_is_summed() -> None:
    call = value_of("sum(gpus where up and memory > 1, memory)")
    assert isinstance(call, s.Call)
    first, second = call.arguments
    assert isinstance(first, s.Filtered)
    assert isinstance(second, s.Name)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("2GiB", 2, "GiB"), ("500m", 500, "m"), ("0.5%", Decimal("0.5"), "%"), ("3", 3, ""), ("2foo", 2, "foo")],
)
def test_a_unit_is_what_follows_the_number(text: str, value: Decimal, unit: str) -> None:
    quantity = value_of(text)
    assert isinstance(quantity, s.Quantity)
    assert (quantity.value, quantity.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('""', ()),
        ("''", ()),
        (r'"a\n\"\\\t\u{e9}"', ('a\n"\\\té',)),
        (r"'a\n${x}'", (r"a\n${x}",)),
        ('"$${x}$ {$"', ("${x}$ {$",)),
        ('"${a.b-c}"', ("a.b-c",)),
        ('"x${a}${b}y"', ("x", "a", "b", "y")),
    ],
)
def test_strings_have_escapes_and_interpolations(text: str, parts: tuple[str, ...]) -> None:
    string = value_of(text)
    assert isinstance(string, s.String)
    assert tuple(p.text if isinstance(p, s.Name) else p for p in string.parts) == parts


@pytest.mark.parametrize(
    "text",
    [
        "label host.spread: string",
        "label host.image: string in ['a'] = 'a' from 'x'",
        "app app { service service { image image } }",
        "app a { service image { image 'b'; hosts where image == replicas and priority > 1; needs cpu cpu } }",
        "app a { service b { image 'b'; at most per per per; same same as same; spread over over skew skew } }",
        "app a { service b { replicas replicas per per; needs port 1, image 2, at 3; link link link <= latency } }",
        "let let = let + where-else",
        "test 'x' { given given 'x' is is; expect expect expect in site 'x' }",
    ],
)
def test_keywords_are_names_where_no_keyword_fits(text: str) -> None:
    tree_of(text)


@pytest.mark.parametrize(
    ("spread", "joined"),
    [
        ("let x = a\n\n# c\n\n  or b # d\n\n and c", "let x = a or b and c"),
        ("let x = a +\n b ??\n c ~\n d", "let x = a + b ?? c ~ d"),
        ("let x = [\n1,\n2,\n]\n", "let x = [1, 2]"),
        ("let x = (\n a\n)", "let x = (a)"),
        ("app a { hosts where\n up }", "app a { hosts where up }"),
        ("app a {;; priority 1 ; ;\n;}", "app a {\n  priority 1\n}"),
        ("app a\t{\r\n  priority 1\r\n}\r\n", "app a { priority 1 }"),
        ("\ufefflet x = 1", "let x = 1"),
        ("", "# nothing"),
    ],
)
def test_newlines_end_clauses_only_where_a_clause_can_end(spread: str, joined: str) -> None:
    assert same_meaning(tree_of(spread), tree_of(joined))


def test_comments_are_kept_with_whether_they_stand_alone() -> None:
    tree = tree_of("# a\nlet x = 1 # b\n  # c\n")
    assert [(c.text, c.alone) for c in tree.comments] == [("# a", True), ("# b", False), ("# c", True)]


def test_long_runs_and_lists_are_flat() -> None:
    run = value_of(" or ".join(f"a == {i}" for i in range(5000)))
    assert isinstance(run, s.Logic)
    assert len(run.operands) == 5000
    items = value_of(f"[{', '.join('1' for _ in range(5000))}]")
    assert isinstance(items, s.ListOf)
    assert len(items.items) == 5000
