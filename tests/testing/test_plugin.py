"""The pytest plugin, in sessions of pytest's own."""

from __future__ import annotations

import os

import pytest

from tests.cli.console import ROOTS
from tests.testing.fleets import APP, DECLARATIONS, INVENTORY

pytest_plugins = ["pytester"]

FLEET = DECLARATIONS + APP
PASSES = 'test "one till a store" {\n  inventory "inventory.yaml"\n  expect 1 shop.till in site "gbg"\n}\n'
FAILS = PASSES.replace("one till", "two tills").replace("expect 1", "expect 2")


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    for name in list(os.environ):
        if name.startswith("PLACELANG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", ROOTS)
    monkeypatch.setenv("COLUMNS", "120")
    pytester.path.joinpath("inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    return pytester


def run(folder: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A session with the plugin, whether or not it is installed here."""
    plugin = ("-p", "no:placelang", "-p", "placelang.pytest_plugin", "-p", "no:cacheprovider")
    return folder.runpytest_subprocess(*plugin, "-W", "error", *arguments)


def write(folder: pytest.Pytester, name: str, text: str) -> None:
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_test_blocks_are_items_that_pass_and_fail(folder: pytest.Pytester) -> None:
    write(folder, "fleet.place", FLEET + PASSES + FAILS)
    result = run(folder, "-v", "-k", "till")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "fleet.place::one till a store PASSED*",
            "fleet.place::two tills a store FAILED*",
            '*expect 2 shop.till in site "gbg"  [[]fleet.place:*:3[]]*',
            "*expected  2 replicas of shop.till in site gbg",
            "*actual    1, on gbg-*",
            "*because   this is how many are wanted  [[]fleet.place:*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_one_item_can_be_asked_for(folder: pytest.Pytester) -> None:
    write(folder, "north/fleet.place", FLEET + PASSES.replace('"inventory.yaml"', '"sites.yaml"') + FAILS)
    write(folder, "north/sites.yaml", INVENTORY)
    write(folder, "north/inventory.yaml", INVENTORY)
    run(folder, "north/fleet.place::one till a store").assert_outcomes(passed=1)


def test_files_without_tests_are_no_business_of_ours(folder: pytest.Pytester) -> None:
    write(folder, "fleet.place", "app a { this is not even a program\n")
    write(
        folder,
        "test_other.py",
        "import sys\n\ndef test_it():\n    assert 'placelang.parse' not in sys.modules\n",
    )
    run(folder).assert_outcomes(passed=1)


def test_starting_up_imports_nothing_of_weight(folder: pytest.Pytester) -> None:
    heavy = "{'numpy', 'pydantic', 'ortools', 'networkx', 'lark', 'typer', 'rich', 're2', 'yaml'}"
    write(
        folder,
        "test_other.py",
        f"import sys\n\ndef test_it():\n    assert not {heavy} & sys.modules.keys()\n",
    )
    run(folder).assert_outcomes(passed=1)


def test_a_file_or_a_setting_that_is_wrong_is_an_error_of_collection(folder: pytest.Pytester) -> None:
    write(folder, "fleet.place", FLEET + PASSES.replace("shop.till", "shop.tll"))
    write(folder, "north/fleet.place", FLEET + PASSES)
    write(folder, "north/placelang.toml", "size = 1\n")
    result = run(folder)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*there is no service or app `shop.tll`*", "*did you mean `shop.till`?*"])
    result.stdout.fnmatch_lines(["*unknown key `size`*"])


def test_settings_come_from_the_toml_that_is_nearest_to_the_file(folder: pytest.Pytester) -> None:
    sized = 'param size: bytes\napp shop { service till { image "i"; needs memory (size) } }\n'
    write(folder, "north/fleet.place", sized + PASSES)
    write(folder, "north/inventory.yaml", INVENTORY)
    write(folder, "north/placelang.toml", '[params]\nsize = "1GiB"\n')
    run(folder).assert_outcomes(passed=1)
