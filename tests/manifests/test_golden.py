"""What is said of other tools' rules, and the file that comes of them, as a review reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang.diagnostics import Source
from placelang.manifests import import_rules
from placelang.render import render
from tests.golden import Case, cases, verify
from tests.manifests.ours import checked


def imported(files: dict[str, str]) -> str:
    """The files are named by the tool and their own name: `kubernetes/deploy.yaml`."""
    kind = next(iter(files)).partition("/")[0]
    sources = [Source(name.partition("/")[2], text) for name, text in files.items()]
    found = import_rules(kind, sources)
    checked(found)
    shown = render(found.diagnostics, {source.path: source for source in sources}, color=False)
    counts = f"{found.blocks} blocks, {found.partial} in part; {found.bad} left out"
    return "\n".join([*([shown.rstrip(), ""] if shown.strip() else []), counts, "", found.text])


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_imported_as_recorded(case: Case, request: pytest.FixtureRequest) -> None:
    verify(case, imported, request)
