"""Placement files on pages are canonical, say what they mean without a fault, and can be placed where they claim it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from placelang import plan
from placelang.check import check
from placelang.diagnostics import Diagnostic, Source
from placelang.format import format_source
from placelang.inventory import load_inventory
from placelang.load import load
from placelang.parse import parse
from placelang.program import Program
from placelang.render import render
from tests.docs.generated import ERRORS, ROOT
from tests.docs.snippets import Snippet, fences, snippets

PAGES = [
    page
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md")
    for page in sorted(ROOT.glob(pattern))
    if page.parent != ERRORS  # of which tests of the checker see that they are refused as they say
]
SHOWN = [one for page in PAGES for one in snippets(page, str(page.relative_to(ROOT)))]
SESSIONS = {
    one.page for one in SHOWN if one.name and "```console\n$ " in (ROOT / one.page).read_text("utf-8")
}
"""Pages of which the files are read by the commands that follow them, as a test of their own sees."""

CHECKED = [one for one in SHOWN if one.page not in SESSIONS and (not one.name or one.files)]
PLANNED = [one for one in CHECKED if one.planned]
REPAIRED = [
    pytest.param(text, id=f"{page.stem}:{number}")
    for page in sorted(ERRORS.glob("*.md"))
    for number, (_, text) in enumerate(fences(page.read_text("utf-8").partition("## Repaired")[2]))
]


def program_of(
    snippet: Snippet, folder: Path
) -> tuple[Program | None, tuple[Diagnostic, ...], Mapping[str, Source]]:
    """What a snippet comes to in its setting."""
    for name, text in snippet.files or (("page.place", snippet.whole()),):
        (folder / name).write_text(text, encoding="utf-8")
    root = snippet.files[0][0] if snippet.files else "page.place"
    modules, faults = load([folder / root])
    program, more = check(modules)
    return program, (*faults, *more), modules.sources


@pytest.mark.parametrize("snippet", SHOWN, ids=str)
def test_a_snippet_is_in_canonical_form(snippet: Snippet) -> None:
    source = Source(str(snippet), snippet.alone())
    tree, faults = parse(source)
    assert tree.statements
    if not faults or not snippet.refused:
        assert (format_source(source)[0], faults) == (snippet.alone(), ())


@pytest.mark.parametrize("snippet", CHECKED, ids=str)
def test_nothing_is_said_of_a_snippet_but_what_it_names(snippet: Snippet, tmp_path: Path) -> None:
    _, faults, sources = program_of(snippet, tmp_path)
    assert {fault.code.value for fault in faults} == snippet.refused, render(faults, sources, color=False)


@pytest.mark.parametrize("snippet", PLANNED, ids=str)
def test_all_of_a_snippet_that_claims_so_can_be_placed(snippet: Snippet, tmp_path: Path) -> None:
    inventory, _ = load_inventory(Path(__file__).with_name("inventory.yaml"))
    program, _, _ = program_of(snippet, tmp_path)
    assert program is not None
    assert inventory is not None
    made = plan(program, inventory)
    assert [(entry.groups, entry.reasons) for entry in made.header.left_out] == []
    assert made.header.outcome == "complete"


def test_some_snippets_claim_to_be_planned() -> None:
    assert len({one.place for one in PLANNED}) == 4


@pytest.mark.parametrize("text", REPAIRED)
def test_what_the_page_of_an_error_repairs_is_in_canonical_form(text: str) -> None:
    assert format_source(Source("repaired.place", text)) == (text, ())
