"""The rules that people read are those that the parser reads."""

from __future__ import annotations

import re

import pytest

from placelang_grammar import load
from placelang_grammar.ebnf import rules
from placelang_grammar.table import GRAMMAR

RULES = rules(GRAMMAR.read_text(encoding="utf-8"))
WORD = re.compile(r'"([^"]+)"')


def test_every_name_in_a_rule_is_a_rule_or_a_token() -> None:
    named = {name for rule in RULES.values() for name in re.findall(r"\w+", WORD.sub("", rule))}
    assert named == set(RULES) | set(load().patterns)


def test_every_word_and_sign_of_the_language_stands_in_a_rule() -> None:
    shown = {word for rule in RULES.values() for word in WORD.findall(rule)}
    table = load()
    assert shown == set(table.words) | set(table.signs)


def test_every_rule_of_the_parser_is_shown() -> None:
    origins = {rule.origin for rule in load().rules if not rule.origin.startswith(("_", "$"))}
    assert set(RULES) == origins


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("?a: b | c\n", "a = b | c"),
        ('a: "x" NAME -> z\n   | "y" -> w\n', 'a = "x" NAME\n    | "y"'),
        ('a: [EVERY] b (SIGN b)*\nEVERY: "every"\nSIGN: "+"\n', 'a = ["every"] b ("+" b)*'),
        ('a: "app" _block{b}\n', 'a = "app" "{" b* "}"'),
        ("a: (b _NL | _ERROR _NL)*\n", "a = b*"),
        ("// a: not a rule\n_block{c}: c\n", ""),
    ],
)
def test_what_becomes_of_a_rule(rule: str, shown: str) -> None:
    assert "\n".join(rules(rule).values()) == shown
