from __future__ import annotations

from pathlib import Path

import pytest

from placelang.check import check
from placelang.load import load
from placelang.render import render
from placelang.types import NUMBER, STRING
from tests.golden import Case, cases, verify

INVENTORY = {"host": {"shelf": STRING, "slots": NUMBER}, "site": {"closed": STRING}}
"""What the inventory of every case whose title says "inventory" has beside the declared labels."""


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_the_rendered_diagnostics_are_as_recorded(
    case: Case, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def checked(files: dict[str, str]) -> str:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        modules, faults = load([next(iter(files))])
        labels = INVENTORY if "inventory" in case.title else None
        program, found = check(modules, inventory_labels=labels)
        assert (program is None) == any(d.severity == "error" for d in (*faults, *found))
        return render([*faults, *found], modules.sources, color=False) or "no diagnostics\n"

    verify(case, checked, request)
