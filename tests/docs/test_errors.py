"""Every diagnostic has a page, and every page shows what gives it: by examples, or where those would be bytes, here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang.files import LIMIT
from placelang.load import load
from tests.docs.generated import ERRORS

WITHOUT_EXAMPLE: dict[Code, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    Code.NOT_UTF8: (
        lambda path: path.write_bytes("# caf\u00e9\n".encode("latin-1")),
        lambda path: path.write_text("# caf\u00e9\n", encoding="utf-8"),
    ),
    Code.TOO_LARGE: (
        lambda path: path.write_text("#" * (LIMIT + 1), encoding="utf-8"),
        lambda path: path.write_text("#" * LIMIT, encoding="utf-8"),
    ),
    Code.UNREADABLE: (
        lambda path: path.mkdir(),
        lambda path: path.write_text("", encoding="utf-8"),
    ),
}
"""What makes a file that is refused, and what makes it right."""


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(page.stem for page in ERRORS.glob("*.md") if page.stem != "README") == sorted(Code)


@pytest.mark.parametrize("code", sorted(set(Code) - set(WITHOUT_EXAMPLE)))
def test_a_page_shows_what_is_refused_and_what_is_right(code: Code) -> None:
    page = (ERRORS / f"{code}.md").read_text(encoding="utf-8")
    kinds = re.findall(r"^## (Refused|Warned about|Repaired)$", page, re.MULTILINE)
    assert kinds in (["Refused", "Repaired"], ["Warned about", "Repaired"])
    assert set(re.findall(r"^```(\w+)", page, re.MULTILINE)) <= {"place", "yaml", "toml"}


@pytest.mark.parametrize("code", WITHOUT_EXAMPLE)
def test_a_file_that_no_page_can_show_is_refused(code: Code, tmp_path: Path) -> None:
    spoil, _ = WITHOUT_EXAMPLE[code]
    spoil(tmp_path / "a.place")
    assert [fault.code for fault in load([tmp_path / "a.place"])[1]] == [code]


@pytest.mark.parametrize("code", WITHOUT_EXAMPLE)
def test_the_same_file_made_right_is_not(code: Code, tmp_path: Path) -> None:
    _, repair = WITHOUT_EXAMPLE[code]
    repair(tmp_path / "a.place")
    assert load([tmp_path / "a.place"])[1] == ()
