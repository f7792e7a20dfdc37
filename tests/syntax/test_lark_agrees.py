"""The automaton in `placelang.parse.driver` reads a file just as Lark's own LALR parser does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lark import Lark, Token, Tree
from lark.lexer import Lexer

from placelang.diagnostics import Source
from placelang.parse import driver, grammar_table
from placelang.parse.braces import balance
from placelang.parse.faults import Faults
from placelang.parse.layout import lay_out
from placelang.parse.nodes import BUILDERS
from placelang.parse.recovery import recovery
from placelang.parse.tokens import read_tokens
from placelang_grammar.table import GRAMMAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from placelang.parse.tokens import Tokens

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("examples/*/*.place"), Path(__file__).with_name("language.place")])


class Fed(Lexer):
    """Tokens come from the test."""

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, _lexer_state: object, _parser_state: object) -> Iterator[Token]:
        return iter(())


def tokens_of(text: str) -> tuple[Tokens, Faults]:
    faults = Faults(Source("a.place", text))
    table = grammar_table()
    read, _ = read_tokens(faults.source, table, faults)
    return lay_out(balance(read, faults), table, faults), faults


def by_lark(text: str) -> list[str]:
    """The rules that Lark reduces by, innermost first."""
    lark = Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer=Fed, maybe_placeholders=True)
    words = set(grammar_table().words.values()) - driver.RESERVED
    parser: Any = lark.parse_interactive("")
    tokens, _ = tokens_of(text)
    for kind in tokens.kinds:
        parser.feed_token(Token(kind if kind not in words or kind in parser.accepts() else "NAME", ""))
    tree: Tree[Any] = parser.feed_eof()
    return [str(found.data) for found in walk(tree)]


def walk(tree: Tree[Any]) -> Iterator[Tree[Any]]:
    for child in tree.children:
        if isinstance(child, Tree):
            yield from walk(child)
    yield tree


def by_driver(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reduced = []

    def noted(name: str) -> Callable[..., Any]:
        build = BUILDERS[name]

        def note(*values: Any) -> Any:
            reduced.append(name)
            return build(*values)

        return note

    monkeypatch.setattr(driver, "BUILDERS", {name: noted(name) for name in BUILDERS})
    driver.reducers_of.cache_clear()  # the reducers of earlier tests hold the real builders
    tokens, faults = tokens_of(text)
    driver.drive(tokens, grammar_table(), faults, recovery(grammar_table(), faults))
    driver.reducers_of.cache_clear()
    assert not faults.result()
    return reduced


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_lark_and_the_driver_reduce_by_the_same_rules(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    assert by_driver(text, monkeypatch) == by_lark(text)
