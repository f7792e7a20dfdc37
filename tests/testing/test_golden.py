"""What `placelang test` prints, beside the files that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import Console
from tests.golden import Case, cases, verify
from tests.testing.fleets import INVENTORY


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases")), ids=str)
def test_what_is_printed_is_as_recorded(case: Case, request: pytest.FixtureRequest, console: Console) -> None:
    def run(files: dict[str, str]) -> str:
        console.write("inventory.yaml", INVENTORY)
        for name, text in files.items():
            console.write(name, text)
        result = console.run("test", next(iter(files)))
        return f"{result.err}{result.out}exit {result.code}"

    verify(case, run, request)
