"""Parsing again after an edit gives exactly what parsing from the start gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.diagnostics import Source
from placelang.parse import parse
from placelang.parse.again import Known, parse_again

ROOT = Path(__file__).parents[2]
TEXTS = [path.read_text() for path in sorted(ROOT.glob("examples/*/*.place"))]
TEXTS.append((ROOT / "tests/syntax/language.place").read_text())

SNIPPETS = (
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        '"',
        "'",
        "#",
        ";",
        ",",
        ".",
        " ",
        "x",
        "0",
        "=",
        "==",
        "!~",
        "&&",
        "\n",
        "\r\n",
        "\t",
    ),
    *(
        "\n}\n",
        "app b {\n",
        "app c { priority 1 }\n",
        "label host.x: bool\n",
        "service s {",
        "\n\n\n",
        "22:00",
        "99:99",
    ),
    *(
        "where",
        "and\n",
        "needs cpu 1,\n",
        "\u00e9",
        "\U0001f600",
        "\ufeff",
        "\0",
        "//",
        "${x}",
        "${",
        "1.2.3",
        "2GB/s",
    ),
)

EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(("", *SNIPPETS))), min_size=1, max_size=6
)


def edited(text: str, place: float, length: int, snippet: str) -> str:
    at = int(place * len(text))
    return text[:at] + snippet + text[at + length :]


@settings(derandomize=True, max_examples=120, deadline=None)
@given(text=st.sampled_from(TEXTS), edits=EDITS)
def test_any_edits_lead_to_the_same_tree_and_diagnostics(
    text: str, edits: list[tuple[float, int, str]]
) -> None:
    known = parse_again(Source("a.place", text), Known())[2]
    for edit in edits:
        text = edited(text, *edit)
        source = Source("a.place", text)
        tree, diagnostics, known = parse_again(source, known)
        assert (tree, diagnostics) == parse(source)


def test_more_faults_than_are_shown_are_those_of_a_first_reading() -> None:
    text = TEXTS[0] + "app a {\n" + "  nonsense !\n" * 300 + "}\n"
    source = Source("a.place", text)
    assert parse_again(source, Known())[:2] == parse(source)


def test_untouched_statements_are_not_read_again() -> None:
    text = "param a: number = 1\nparam b: number = 2\n"
    first, _, known = parse_again(Source("a.place", text), Known())
    second, _, _ = parse_again(Source("a.place", text + "param c: number = 3\n"), known)
    assert all(old is new for old, new in zip(first.statements, second.statements, strict=False))


@pytest.mark.parametrize("path", ["a.place", "b.place"])
def test_what_is_known_of_one_file_says_nothing_of_another(path: str) -> None:
    known = parse_again(Source("a.place", TEXTS[0]), Known())[2]
    source = Source(path, TEXTS[0])
    assert parse_again(source, known)[:2] == parse(source)
