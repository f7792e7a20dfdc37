from __future__ import annotations

from pathlib import Path

import pytest

from placelang.check import check
from placelang.diagnostics import Diagnostic, Source
from placelang.inventory import inventory_labels, read_inventory
from placelang.load import load
from placelang.render import render
from placelang.world import build_world
from tests.golden import Case, cases, verify


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_the_rendered_diagnostics_are_as_recorded(
    case: Case, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def said(files: dict[str, str]) -> str:
        sources = {name: Source(name, text) for name, text in files.items() if not name.endswith(".place")}
        faults: list[Diagnostic] = []
        for source in sources.values():
            inventory, found = read_inventory(source)
            faults += found
            assert (inventory is None) == any(d.severity == "error" for d in found)
            if inventory is not None and "fleet.place" in files:
                (tmp_path / "fleet.place").write_text(files["fleet.place"], encoding="utf-8")
                program, undeclared = check(load(["fleet.place"])[0], {}, inventory_labels(inventory))
                assert not undeclared
                faults += build_world(inventory, program)[1]
        return render(faults, sources, color=False) or "no diagnostics\n"

    verify(case, said, request)
