"""The pages about inventories: what each says is refused is refused with its code, and what it shows is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.facts import FACTS
from placelang.inventory import load_inventory, read_inventory

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/inventory.md"
PAGES = [
    page for page in sorted((ROOT / "docs/errors").glob("*.md")) if "```yaml\n" in page.read_text("utf-8")
]
_FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"\bCode\.([A-Z_0-9]+)")


def documents(page: Path) -> list[str]:
    return _FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_s_first_example_is_refused_with_its_code_and_its_second_is_clean(page: Path) -> None:
    refused, repaired = documents(page)
    assert {fault.code.value for fault in read_inventory(Source("case.yaml", refused))[1]} == {page.stem}
    assert not read_inventory(Source("case.yaml", repaired))[1]


def test_every_code_that_an_inventory_gives_has_a_page_and_a_golden_case() -> None:
    sources = [*(ROOT / "placelang/inventory").glob("*.py"), *(ROOT / "placelang/world").glob("*.py")]
    given = {Code[name].value for path in sources for name in _CODE.findall(path.read_text("utf-8"))}
    assert not given - {page.stem for page in (ROOT / "docs/errors").glob("*.md")}
    cases = "".join(path.read_text("utf-8") for path in Path(__file__).with_name("cases").glob("*.md"))
    assert {code for code in given if f"[{code}]" not in cases} == {
        "too-deep"
    }  # which no short example can show


@pytest.mark.parametrize("text", documents(GUIDE))
def test_every_example_of_the_guide_is_an_inventory(text: str) -> None:
    found, faults = read_inventory(Source("guide.yaml", text))
    assert found is not None, faults
    assert not faults


def test_the_guide_names_every_fact() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert not [
        name for noun in ("site", "host", "gpu", "device") for name in FACTS[noun] if f"`{name}`" not in guide
    ]


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/inventory.*")), ids=lambda path: path.parent.name
)
def test_every_example_s_inventory_is_clean(path: Path) -> None:
    found, faults = load_inventory(path)
    assert found is not None
    assert not faults
