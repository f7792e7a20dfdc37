from __future__ import annotations

from pathlib import Path

import pytest

from placelang.diagnostics import Source
from placelang.parse import parse
from placelang.render import render
from tests.golden import Case, cases, verify


def parsed(files: dict[str, str]) -> str:
    sources = {name: Source(name, text) for name, text in files.items()}
    return "\n".join(
        shown for source in sources.values() if (shown := render(parse(source)[1], sources, color=False))
    )


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_the_rendered_errors_are_as_recorded(case: Case, request: pytest.FixtureRequest) -> None:
    verify(case, parsed, request)
