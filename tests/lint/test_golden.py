from __future__ import annotations

from pathlib import Path

import pytest

from placelang.check import check
from placelang.check.scope import Tables
from placelang.inventory import inventory_labels, load_inventory
from placelang.lint import lint
from placelang.load import load
from placelang.render import render
from placelang.world import build_world
from tests.golden import Case, cases, verify


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_the_rendered_warnings_are_as_recorded(
    case: Case, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def linted(files: dict[str, str]) -> str:
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")
        modules, loading = load([next(iter(files))])
        known = load_inventory(Path("inventory.yaml"))[0] if "inventory.yaml" in files else None
        labels = None if known is None else inventory_labels(known)
        names: list[Tables] = []
        program, checking = check(modules, inventory_labels=labels, record=names.append)
        world = build_world(known, program)[0] if known and program else None
        found = lint(modules, [*loading, *checking], program, names[0], world)
        return render(found, modules.sources, color=False) or "no diagnostics\n"

    verify(case, linted, request)
