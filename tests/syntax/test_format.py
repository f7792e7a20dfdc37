from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from placelang.diagnostics import Source
from placelang.format import format_source, same_meaning
from placelang.parse import parse
from tests.golden import Case, cases, verify
from tests.syntax.sentences import sentence

EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/*/*.place"))


def laws_hold(text: str) -> None:
    source = Source("a.place", text)
    tree, diagnostics = parse(source)
    assert not diagnostics
    formatted, _ = format_source(source)
    assert formatted is not None
    again, faults = parse(Source("b.place", formatted))
    assert not faults, formatted
    assert same_meaning(tree, again)
    assert Counter(c.text for c in tree.comments) == Counter(c.text for c in again.comments)
    assert format_source(Source("b.place", formatted))[0] == formatted


@settings(
    derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.filter_too_much]
)
@given(st.integers(0, 2**32))
def test_formatting_keeps_meaning_and_comments_and_does_nothing_twice(seed: int) -> None:
    text = sentence(seed)
    assume(not parse(Source("a.place", text))[1])
    laws_hold(text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_examples_obey_the_laws(path: Path) -> None:
    laws_hold(path.read_text(encoding="utf-8"))


def formatted(files: dict[str, str]) -> str:
    (text,) = files.values()
    canonical, diagnostics = format_source(Source("case.place", text))
    assert canonical is not None, diagnostics
    return canonical


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("forms")), ids=str)
def test_the_layout_is_as_recorded(case: Case, request: pytest.FixtureRequest) -> None:
    verify(case, formatted, request)


def test_a_file_with_errors_is_not_formatted() -> None:
    canonical, diagnostics = format_source(Source("a.place", "let x ="))
    assert canonical is None
    assert diagnostics
