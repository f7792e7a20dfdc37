"""`placelang fmt` as a person uses it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, Console, process

LOOSE = 'app  a { service s { image "x"\nreplicas 1 per site } }  # why\n'


def test_a_file_is_written_in_canonical_form_and_stays_so(console: Console) -> None:
    name = console.write("a.place", LOOSE)
    console.run("fmt", name, code=Exit.DONE)
    canonical = (console.folder / name).read_text()
    assert canonical != LOOSE
    assert "# why" in canonical
    assert console.run("fmt", "--check", name, code=Exit.DONE).err == ""


def test_a_canonical_file_is_not_touched(console: Console) -> None:
    file, _ = console.example("tiny")
    path = console.folder / file
    os.utime(path, ns=(0, 0))
    console.run("fmt", file, code=Exit.DONE)
    assert path.stat().st_mtime_ns == 0


def test_the_mode_of_a_file_is_kept(console: Console) -> None:
    name = console.write("a.place", LOOSE)
    path = console.folder / name
    path.chmod(0o640)
    console.run("fmt", name, code=Exit.DONE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_check_and_stdout_leave_the_file_alone(console: Console) -> None:
    name = console.write("a.place", LOOSE)
    assert "not in canonical form" in console.run("fmt", "--check", name, code=Exit.CHECK).err
    printed = console.run("fmt", "--stdout", name, code=Exit.DONE).out
    assert (console.folder / name).read_text() == LOOSE
    console.run("fmt", name, code=Exit.DONE)
    assert (console.folder / name).read_text() == printed


def test_a_broken_file_is_left_alone_and_the_others_are_formatted(console: Console) -> None:
    broken, good = console.write("broken.place", "app {"), console.write("good.place", LOOSE)
    assert "broken.place" in console.run("fmt", broken, good, code=Exit.INPUT).err
    assert (console.folder / broken).read_text() == "app {"
    assert (console.folder / good).read_text() != LOOSE


def test_no_temporary_file_is_left(console: Console) -> None:
    name = console.write("a.place", LOOSE)
    console.run("fmt", name, code=Exit.DONE)
    assert [path.name for path in console.folder.iterdir()] == [name]


def test_a_link_stays_a_link(console: Console) -> None:
    name = console.write("a.place", LOOSE)
    link = console.folder / "link.place"
    link.symlink_to(name)
    console.run("fmt", "link.place", code=Exit.DONE)
    assert link.is_symlink()
    assert (console.folder / name).read_text() != LOOSE


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    name = console.write("a.place", LOOSE)
    monkeypatch.setattr("os.fsync", full)
    assert "no space left on device" in console.run("fmt", name, code=Exit.WORLD).err
    assert (console.folder / name).read_text() == LOOSE
    assert [path.name for path in console.folder.iterdir()] == [name]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/*.place")), ids=lambda path: path.name)
def test_examples_are_canonical(path: Path) -> None:
    ended = process("fmt", "--check", str(path), cwd=path.parent)
    assert ended.code == Exit.DONE, ended.err


def test_standard_input_is_formatted_to_standard_output(tmp_path: Path) -> None:
    ended = process("fmt", "-", cwd=tmp_path, standard_input=LOOSE.encode())
    assert ended.code == Exit.DONE
    assert ended.out.startswith("app a {\n")


@pytest.mark.parametrize("content", [b"\xff", b"app {"], ids=["not UTF-8", "broken"])
def test_standard_input_that_is_wrong_is_told(content: bytes, tmp_path: Path) -> None:
    ended = process("fmt", "-", cwd=tmp_path, standard_input=content)
    assert (ended.code, ended.out) == (Exit.INPUT, "")
    assert "<stdin>" in ended.err
