"""Whoever follows these pages sees what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.sessions import start

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["importing", "migrating", "tour", "testing", "wanted", "whatif"])
def test_every_command_of_the_page_prints_what_it_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    page = DOCS / f"{name}.md"
    shown = page.read_text(encoding="utf-8")
    printed = start(tmp_path, monkeypatch).follow(shown)
    if request.config.getoption("--update-golden"):
        page.write_text(printed, encoding="utf-8")
    else:
        assert printed == shown
