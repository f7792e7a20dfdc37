"""The reference manual has all that the language has, as the language has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang_grammar import load
from tests.docs.generated import ERRORS, ROOT, RULES, TABLES, renewed, shown_rules
from tests.docs.snippets import snippets

MANUAL = ROOT / "docs/language.md"
TEXT = MANUAL.read_text(encoding="utf-8")
GENERATED = [MANUAL, ROOT / "docs/facts.md", ERRORS / "README.md", ROOT / "docs/scheduler.md"]
SHOWN = re.sub(r"^```ebnf\n.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_what_a_page_takes_from_the_code_is_as_the_code_has_it(
    page: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text(encoding="utf-8")
    if request.config.getoption("--update-golden"):
        page.write_text(renewed(text), encoding="utf-8")
    else:
        assert text == renewed(text), "run: pytest tests/docs --update-golden"


def test_the_manual_shows_every_rule_of_the_grammar_once() -> None:
    assert sorted(shown_rules(TEXT)) == sorted(RULES)


def test_every_word_of_the_language_stands_in_an_example_or_table() -> None:
    code = " ".join(
        [*re.findall(r"`([^`\n]+)`", SHOWN), *(one.text for one in snippets(MANUAL, MANUAL.name))]
    )
    assert sorted(set(load().words) - set(re.findall(r"[a-z]+(?:-[a-z]+)*", code))) == []


def test_words_that_are_taken_from_names_are_listed() -> None:
    words = {terminal: text for text, terminal in load().words.items()}
    taken = {
        words[kind]
        for row in load().actions
        if "NAME" in row
        for kind, action in row.items()
        if kind in words and action > 0
    }
    listed = " ".join(
        re.findall(r"`([^`]+)`", TEXT.partition("**Keywords.**")[2].partition("\n\n")[0])
    ).split()
    days = {word for word in taken if word.endswith("day")} - {"day"}
    reserved = {"and", "or", "not", "in", "where", "true", "false"}
    assert sorted(listed) == sorted((taken - days) | reserved)
    assert [day for day in days if f"`{day}`" not in TEXT] == []


def test_every_kind_of_token_is_explained() -> None:
    assert [kind for kind in load().patterns if f"| `{kind}` |" not in TEXT] == []


def test_every_table_of_facts_is_on_its_page() -> None:
    page = (ROOT / "docs/facts.md").read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- generated: (facts of \w+) -->", page)) == TABLES


def test_some_page_leads_to_every_code_of_placement_files() -> None:
    pages = [page for page in ROOT.glob("docs/**/*.md") if page.parent != ERRORS]
    links = "".join(page.read_text(encoding="utf-8") for page in pages)
    linked = set(re.findall(r"\]\((?:\.\./)*errors/([a-z0-9-]+)\.md\)", links))
    elsewhere = {
        Code.INVENTORY_SYNTAX,
        Code.INVENTORY_FORMAT,
        Code.UNKNOWN_KEY,
        Code.MISSING_KEY,
        Code.CONFIG,
        Code.NO_COUNTERPART,
    }
    assert set(Code) - linked - elsewhere == set()
