"""The server's tables of words and names have all that the language has."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from placelang import syntax
from placelang.check.objectives import OBJECTIVES
from placelang.facts import FACTS, NOUNS
from placelang.lsp import words
from placelang.lsp.uses import ROLES
from placelang.parse import grammar_table

DAYS = {
    *("daily", "weekdays", "weekends"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
}
DECIDED_BY_MORE_THAN_THE_FIELD = {(syntax.Service, "name"), (syntax.Let, "name")}


def test_every_word_that_begins_a_clause_is_explained() -> None:
    table = grammar_table()
    starters = {terminal for terminals in table.blocks.values() for terminal in terminals}
    beginning = {word for word, terminal in table.words.items() if terminal in starters}
    assert beginning - set(words.WORDS) == DAYS | {"unsafe"}


def test_every_word_that_is_explained_is_one_of_the_language() -> None:
    assert set(words.WORDS) <= set(grammar_table().words)


def test_nouns_and_objectives_are_those_of_the_language() -> None:
    assert set(NOUNS) == set(FACTS)
    assert set(words.OBJECTIVES) == {*OBJECTIVES, "latency"}


def test_every_name_in_a_syntax_tree_has_a_role() -> None:
    named = {
        (kind, field.name)
        for kind in vars(syntax).values()
        if isinstance(kind, type) and is_dataclass(kind)
        for field in fields(kind)
        if str(field.type) in ("Name", "Name | None", "tuple[Name, ...]")
    }
    assert len(named) > 40
    assert {
        (kind, name) for kind, name in named if name not in ROLES.get(kind, {})
    } == DECIDED_BY_MORE_THAN_THE_FIELD


def test_every_role_is_of_a_field_that_is_there() -> None:
    for kind, roles in ROLES.items():
        assert set(roles) <= {field.name for field in fields(kind)}
