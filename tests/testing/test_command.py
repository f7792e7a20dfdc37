"""`placelang test` as a command: exit codes, options, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import Console, process
from tests.cli.test_interrupt import IN_THE_SOLVER, interrupted
from tests.testing.fleets import APP, DECLARATIONS, INVENTORY

TESTS = """
test "one till a store" {
  inventory "inventory.yaml"
  expect 1 shop.till in site "gbg"
}

test "two tills <a store> & more" {
  inventory "inventory.yaml"
  expect 2 shop.till in site "gbg"
}
"""
FLEET = DECLARATIONS + APP


@pytest.fixture
def folder(console: Console) -> Console:
    console.write("inventory.yaml", INVENTORY)
    console.write("fleet.place", FLEET + TESTS)
    return console


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("fleet.place", Exit.CHECK),
        ("fleet.place -k one", Exit.DONE),
        ("fleet.place -k ONE", Exit.DONE),
        ("fleet.place -k nothing", Exit.INPUT),
        ("fleet.place --json", Exit.CHECK),
        ("fleet.place --json -k one", Exit.DONE),
        ("empty.place", Exit.INPUT),
        ("broken.place", Exit.INPUT),
        ("wrong.place", Exit.INPUT),
        ("nowhere.place", Exit.INPUT),
        ("fleet.place --set nothing=1", Exit.INPUT),
        ("fleet.place --budget -1", Exit.USAGE),
        ("fleet.place --junit nowhere/results.xml -k one", Exit.WORLD),
        ("", Exit.USAGE),
    ],
)
def test_it_ends_with_the_code_that_the_one_table_gives(folder: Console, arguments: str, code: Exit) -> None:
    folder.write("empty.place", FLEET)
    folder.write("broken.place", 'test "x" {')
    folder.write("wrong.place", FLEET + 'test "x" { inventory "inventory.yaml"; expect shop.tll }')
    assert folder.run("test", *arguments.split()).code == code


def test_the_tests_that_are_asked_for_are_run_in_order(folder: Console) -> None:
    assert folder.run("test", "fleet.place", "-k", "one").out == (
        "fleet.place\n  ok      one till a store\n\n1 passed\n"
    )


def test_parameters_and_policies_are_those_of_planning(folder: Console) -> None:
    folder.write(
        "sized.place",
        'param size: bytes = 3GiB\napp a { service s { image "i"; needs memory (size) } }\n'
        'test "fits" { inventory "inventory.yaml"; expect a.s }\n',
    )
    folder.run("test", "sized.place", code=Exit.DONE)
    folder.run("test", "sized.place", "--set", "size=64GiB", code=Exit.CHECK)
    folder.write("placelang.toml", '[params]\nsize = "64GiB"\n')
    folder.run("test", "sized.place", code=Exit.CHECK)


def test_the_json_is_data_and_the_same_whatever_the_order_of_sets(folder: Console) -> None:
    runs = [
        process("test", "fleet.place", "--json", cwd=folder.folder, environment={"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    document = json.loads(runs[0].out)
    assert (document["format"], document["passed"], document["failed"]) == ("placelang/test/1", 1, 1)
    [passed, failed] = document["tests"]
    assert passed == {
        "title": "one till a store",
        "file": "fleet.place",
        "line": passed["line"],
        "passed": True,
        "failures": [],
    }
    [failure] = failed["failures"]
    assert failure["clause"] == 'expect 2 shop.till in site "gbg"'
    assert failure["expected"] == "2 replicas of shop.till in site gbg"
    assert failure["actual"].startswith("1, on gbg-")
    line = (folder.folder / "fleet.place").read_text(encoding="utf-8").splitlines()[failure["line"] - 1]
    assert line[failure["column"] - 1 :] == failure["clause"]


def test_the_junit_file_says_what_build_servers_show(folder: Console) -> None:
    folder.run("test", "fleet.place", "--junit", "results.xml", code=Exit.CHECK)
    root = ET.parse(folder.folder / "results.xml").getroot()  # noqa: S314 - our own
    [suite] = root
    assert (root.tag, suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        "testsuites",
        "fleet.place",
        "2",
        "1",
    )
    passed, failed = suite
    assert (passed.get("name"), len(passed)) == ("one till a store", 0)
    assert (failed.get("classname"), failed.get("name")) == ("fleet", "two tills <a store> & more")
    [failure] = failed
    assert "expected 2 replicas of shop.till in site gbg" in str(failure.get("message"))
    assert 'expect 2 shop.till in site "gbg"' in str(failure.text)


def test_control_characters_reach_neither_the_terminal_nor_the_xml(folder: Console) -> None:
    folder.write("odd.place", f'{FLEET}test "a\u202eb" {{ inventory "inventory.yaml"; expect shop.till }}')
    result = folder.run("test", "odd.place", "--junit", "results.xml")
    text = (folder.folder / "results.xml").read_text(encoding="utf-8")
    assert "\u202e" not in result.out + text
    assert "\\u202e" in result.out
    ET.fromstring(text)  # noqa: S314 - our own


def test_an_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    (tmp_path / "fleet.place").write_text(FLEET + TESTS, encoding="utf-8")
    assert interrupted(IN_THE_SOLVER, "test", "fleet.place", "--json", cwd=tmp_path) == (
        Exit.INTERRUPTED,
        b"",
    )
