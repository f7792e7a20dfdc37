from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placelang import syntax as s
from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.parse import parse
from placelang.render import render

ROOT = Path(__file__).parents[2]
TEXTS = [
    path.read_text(encoding="utf-8")
    for path in [Path(__file__).with_name("language.place"), *sorted(ROOT.glob("examples/*/*.place"))]
]
PIECES = [
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        "\n",
        "=",
        "==",
        "&&",
        "!~",
        "-",
        "??",
        "..",
        ":",
        '"',
        "'",
        "#",
        "\\",
    ),
    *(
        " and ",
        " in ",
        " where ",
        " app ",
        " service x ",
        " prefer ",
        "${",
        "2GiB",
        "22:00",
        "“",
        "é",
        "\t",
        "\r",
        "\x1b",
    ),
]
CHARACTERS = sorted({character for piece in PIECES for character in piece})

MISTAKES = """\
import fleet
label host.x string
param p: string =
app a {
  sites where country = "SE"
  hosts where up && true
  service b {
    image "b:1" port 80
    replcas 2
    needs memory 2 GiB
    hosts where 1 < 2 < 3
  }
}
optimise placed
"""


def rendered(text: str) -> str:
    source = Source("a.place", text)
    return render(parse(source)[1], {"a.place": source}, color=False)


def test_ten_mistakes_give_ten_messages() -> None:
    _, diagnostics = parse(Source("a.place", MISTAKES))
    lines = [Source("a.place", MISTAKES).position(d.span.start).line for d in diagnostics if d.span]
    assert lines == [1, 2, 3, 5, 6, 8, 9, 10, 11, 14]


def test_the_healthy_clauses_around_a_broken_one_are_kept() -> None:
    text = "let a = 1\nlet b =\napp c {\n priority 1\n survive\n service d {\n image 'd'\n port\n }\n}\nlet e = 2\n"
    tree, _ = parse(Source("a.place", text))
    a, c, e = tree.statements
    assert isinstance(a, s.Let)
    assert isinstance(e, s.Let)
    assert isinstance(c, s.App)
    assert [type(clause) for clause in c.clauses] == [s.Priority, s.Service]
    assert [type(clause) for clause in c.clauses[1].clauses] == [s.Image]  # type: ignore[union-attr]


def test_a_misspelt_clause_counts_as_what_was_meant() -> None:
    tree, diagnostics = parse(Source("a.place", "ap a { servce b { imge 'b' } }"))
    (app,) = tree.statements
    assert isinstance(app, s.App)
    assert len(diagnostics) == 3
    assert isinstance(app.clauses[0], s.Service)
    assert isinstance(app.clauses[0].clauses[0], s.Image)


@pytest.mark.parametrize(
    "text",
    [
        f"let x = {'(' * 10_000}1{')' * 10_000}",
        f"let x = {'(' * 10_000}",
        f"let x = {'[' * 10_000}1{']' * 10_000}",
        f"let x = {'not ' * 10_000}a",
        f"let x = {'- ' * 10_000}1",
        f"let x = {'1 + ' * 10_000}1",
        f"let x = {'a ?? ' * 10_000}1",
        f"let x = {'f(' * 10_000}{')' * 10_000}",
        f"let x = {'(a and b or c == ' * 40}1{')' * 40}",
        f"app a {{ hosts where {'(' * 10_000}up{')' * 10_000} }}",
        f"policy a {{ hosts where {'not ' * 10_000} up {{ at most 2 replicas }} }}",
        "{" * 10_000,
        "app a {" * 10_000 + "}" * 10_000,
    ],
    ids=range(13),
)
def test_deep_nesting_is_one_message(text: str) -> None:
    tree, diagnostics = parse(Source("a.place", f"let first = 1\n{text}\n"))
    assert [d.code for d in diagnostics] == [Code.TOO_DEEP]
    assert isinstance(tree.statements[0], s.Let)
    repr(tree)  # a reader that recurses survives


def test_the_number_of_messages_is_bounded() -> None:
    _, diagnostics = parse(Source("a.place", "let = 1\n" * 1000))
    assert len(diagnostics) == 101
    assert diagnostics[-1].message == "more than 100 syntax errors; the others are not shown"


def test_a_file_of_too_many_tokens_is_refused() -> None:
    _, (diagnostic,) = parse(Source("a.place", "; " * 1_000_001))
    assert diagnostic.code is Code.TOO_LARGE


def test_no_character_of_a_file_reaches_the_terminal_raw() -> None:
    out = rendered("let \x1b[31m = 1\nlet x = '\x1b[2J' 2\nlet \u202e = 3\nfoo\x07bar\n")
    assert out
    assert all(character == "\n" or character.isprintable() for character in out)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    st.text(
        st.one_of(st.sampled_from(sorted({c for piece in PIECES for c in piece})), st.characters()),
        max_size=80,
    )
)
@example("\r")
@example("app a { , }")
@example("} {")
@example("app a {} 0")
@example("app a {\n   } }\n}\n")
def test_any_text_is_read_without_an_exception(text: str) -> None:
    rendered(text)


@settings(derandomize=True, deadline=None, max_examples=250)
@given(st.integers(0, 2**32))
def test_any_damaged_file_is_read_without_an_exception(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(TEXTS)
    start = chance.randrange(len(text))
    text = text[start : start + chance.randrange(2000)]
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(text))
        cut = chance.choice([0, 0, 1, 3, 20])
        text = text[:at] + chance.choice([*PIECES, ""]) + text[at + cut :]
    rendered(text)
