from __future__ import annotations

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, Console

WITH_TESTS = sorted(
    path.parent.name for path in EXAMPLES.glob("*/*.place") if "\ntest " in path.read_text(encoding="utf-8")
)


def test_the_examples_have_tests() -> None:
    assert {"tiny", "factory", "retail"} <= set(WITH_TESTS)


@pytest.mark.parametrize("example", WITH_TESTS)
def test_the_tests_of_an_example_pass(example: str, console: Console) -> None:
    file, _ = console.example(example)
    result = console.run("test", file)
    assert (result.code, result.err) == (Exit.DONE, ""), result.out
