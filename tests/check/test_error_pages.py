"""The pages of `docs/errors/`: what each says is refused is refused with its code, and what it repairs is clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placelang.check import check
from placelang.check.scope import Tables
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.inventory import inventory_labels, load_inventory
from placelang.lint import lint
from placelang.load import load
from placelang.types import STRING
from placelang.world import build_world

ROOT = Path(__file__).parents[2]
PLANNED = {"unfit-model"}
"""What is told of a plan, as a test of models sees."""

PAGES = [
    page
    for page in sorted((ROOT / "docs/errors").glob("*.md"))
    if "```place" in page.read_text("utf-8") and page.stem not in PLANNED
]
_FENCE = re.compile(r"^```(?:place|yaml)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (Refused|Warned about|Repaired)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"\bCode\.([A-Z_0-9]+)")

INVENTORY = {"host": {"role": STRING}}
"""The labels that the inventory has, of an example without one."""


def sections(page: Path) -> dict[str, str]:
    return dict(_SECTION.findall(page.read_text(encoding="utf-8")))


def told(example: str, folder: Path) -> tuple[Diagnostic, ...]:
    """What is said of an example: the first of its files is the root."""
    files = {name or "case.place": text for name, text in _FENCE.findall(example)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    modules, faults = load([folder / next(iter(files))])
    found = list(faults)
    inventory, faults = load_inventory(folder / "inventory.yaml") if "inventory.yaml" in files else (None, ())
    found += faults
    names: list[Tables] = []
    labels = INVENTORY if inventory is None else inventory_labels(inventory)
    program, faults = check(modules, inventory_labels=labels, record=names.append)
    found += faults
    world = build_world(inventory, program)[0] if inventory and program else None
    return lint(modules, found, program, names[0], world)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_failing_example_fails_with_the_page_s_code(page: Path, tmp_path: Path) -> None:
    found = sections(page)
    (kind,) = found.keys() - {"Repaired"}
    diagnostics = told(found[kind], tmp_path)
    assert {d.code.value for d in diagnostics} == {page.stem}
    assert {d.severity.value for d in diagnostics} == {"error" if kind == "Refused" else "warning"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_repaired_example_is_clean(page: Path, tmp_path: Path) -> None:
    assert not told(sections(page)["Repaired"], tmp_path)


def test_every_code_that_checking_gives_has_a_page_and_a_golden_case() -> None:
    sources = [ROOT / "placelang/load.py", *(ROOT / "placelang/check").glob("*.py")]
    given = {Code[name].value for path in sources for name in _CODE.findall(path.read_text("utf-8"))}
    pages = {page.stem for page in PAGES}
    cases = "".join(path.read_text("utf-8") for path in Path(__file__).with_name("cases").glob("*.md"))
    assert given - pages == {"too-large"}  # that of files, which no short example can show
    assert {code for code in given if f"[{code}]" not in cases} == {"too-large"}
