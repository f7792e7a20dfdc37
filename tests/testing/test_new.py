"""`placelang new`: what it writes is right, and nothing of anybody's is overwritten."""

from __future__ import annotations

import pytest

from placelang.cli.exits import Exit
from placelang.cli.new import FILES
from tests.cli.console import Console


def test_a_new_project_is_canonical_and_checks_plans_and_tests_at_once(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = console.run("new", "stores", code=Exit.DONE).out
    assert sorted(path.name for path in (console.folder / "stores").iterdir()) == sorted(FILES)
    commands = [line.split()[1:] for line in said.splitlines() if line.startswith("  placelang ")]
    monkeypatch.chdir(console.folder / "stores")
    console.run("fmt", "--check", "fleet.place", "shop.place", code=Exit.DONE)
    assert console.run("check", "shop.place", "--inventory", "inventory.yaml", code=Exit.DONE).err == (
        "2 files: no errors\n"
    )
    assert [arguments[0] for arguments in commands] == ["plan", "test"]
    for arguments in commands:
        assert console.run(*arguments, code=Exit.DONE).err == ""


def test_its_settings_are_right(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.run("new", "stores")
    monkeypatch.chdir(console.folder / "stores")
    assert console.run("config", "show", code=Exit.DONE).err == ""


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_written_where_one_of_its_files_is_there(name: str, console: Console) -> None:
    console.write(name, "mine\n")
    result = console.run("new", ".", code=Exit.USAGE)
    assert name in result.err
    assert [(path.name, path.read_text()) for path in console.folder.iterdir()] == [(name, "mine\n")]


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(console: Console) -> None:
    (console.folder / "shop.place").symlink_to("elsewhere.place")
    console.run("new", ".", code=Exit.USAGE)
    assert [path.name for path in console.folder.iterdir()] == ["shop.place"]


def test_other_files_are_left_alone(console: Console) -> None:
    console.write("README.md", "mine\n")
    said = console.run("new", ".", code=Exit.DONE).out
    assert "  cd " not in said
    assert (console.folder / "README.md").read_text() == "mine\n"


def test_where_no_folder_can_be_the_world_failed(console: Console) -> None:
    console.write("file", "")
    console.run("new", "file", code=Exit.WORLD)
    console.run("new", "file/below", code=Exit.WORLD)
