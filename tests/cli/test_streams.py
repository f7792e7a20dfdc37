"""Where output goes and what it looks like: data apart from words, colour on terminals only, nothing raw."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, Console, clean_environment, process

ESCAPES = 'app "\x1b[31mred\x1b[0m" {\n'


def on_a_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """What a command shows on a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "placelang", *arguments],
        cwd=cwd,
        env=clean_environment() | {"TERM": "xterm"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as started:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        started.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how Linux says that the other side has closed
        return b""


def test_diagnostics_are_coloured_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("app a {\n")
    assert "\x1b[1;31m" in on_a_terminal("check", "a.place", cwd=tmp_path)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_nothing_is_coloured_where_that_is_unwanted(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("app a {\n")
    assert "\x1b" not in on_a_terminal("check", "a.place", cwd=tmp_path, **environment)


def test_nothing_is_coloured_without_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("app a {\n")
    assert "\x1b" not in process("check", "a.place", cwd=tmp_path).err


def test_escapes_of_a_file_never_reach_the_terminal(console: Console) -> None:
    console.write("a.place", ESCAPES)
    result = console.run("check", "a.place", code=Exit.INPUT)
    assert "\x1b" not in result.err
    assert "\\x1b[31mred" in result.err


def test_data_is_on_one_stream_and_words_on_the_other(console: Console) -> None:
    console.write("a.place", "app a {\n")
    result = console.run("check", "a.place", "--json", code=Exit.INPUT)
    [found] = json.loads(result.out)["diagnostics"]
    assert (found["code"], found["path"], found["line"], found["column"]) == ("unclosed", "a.place", 1, 7)


def test_the_last_line_counts_errors_and_warnings(console: Console) -> None:
    console.write("a.place", "app a {\n  service s { replicas 0 }\n}\napp a { }\n")
    result = console.run("check", "a.place", code=Exit.INPUT)
    assert (result.err.count("error["), result.err.count("warning[")) == (2, 1)
    assert result.err.splitlines()[-1] == "2 errors, 1 warning"


def test_quiet_says_nothing_but_errors(console: Console) -> None:
    file, inventory = console.example("tiny")
    result = console.run("check", file, "--inventory", inventory, "--quiet", code=Exit.DONE)
    assert (result.out, result.err) == ("", "")


@pytest.mark.parametrize("arguments", [("-v", "check"), ("check", "-v")], ids=" ".join)
def test_verbose_may_stand_before_or_after_the_command(arguments: tuple[str, ...], console: Console) -> None:
    file, _ = console.example("tiny")
    assert "info: read 1 files" in console.run(*arguments, file, code=Exit.DONE).err


def test_logs_for_machines_are_one_object_a_line(console: Console) -> None:
    console.write("a.place", "app a {\n")
    result = console.run("check", "a.place", "--verbose", "--log-format", "json", code=Exit.INPUT)
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "error"]
    assert lines[1]["code"] == "unclosed"
    assert result.out == ""


def test_a_reader_that_goes_away_changes_nothing_but_the_output(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "placelang", "fmt", "--stdout", str(EXAMPLES / "tiny" / "tiny.place")],
            cwd=tmp_path,
            env=clean_environment(),
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (Exit.DONE, b"")


def test_data_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("# grün\n")
    ended = process("fmt", "--stdout", "a.place", cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.out) == (Exit.DONE, "# grün\n")


def test_words_for_people_survive_an_ascii_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.place").write_text("app grün {\n")
    ended = process("check", "a.place", cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert ended.code == Exit.INPUT
    assert "app gr\\xfcn {" in ended.err


def test_our_own_fault_is_one_line_that_asks_for_a_report(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the \x1b[31msky fell")

    monkeypatch.setattr("placelang.cli.check.read_modules", fail)
    result = console.run("check", "a.place", code=Exit.WORLD)
    assert "internal error: RuntimeError: the \\x1b[31msky fell" in result.err
    assert "Traceback" not in result.err
    assert "Traceback" in console.run("check", "a.place", "--verbose", code=Exit.WORLD).err
