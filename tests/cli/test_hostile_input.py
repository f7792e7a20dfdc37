"""Files that are almost right, and files that are anything but: the command says so, and never fails itself."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placelang.cli.exits import Exit
from tests.cli.console import EXAMPLES, Console

WORDS = [
    "replicas",
    "needs",
    "gpu",
    "where",
    "and",
    "not",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "==",
    ">=",
    "4GiB",
    "500m",
    "-1",
    "99999999999999999999",
    '"x"',
    "'y'",
    "??",
    "prefer",
    "spread",
    "site.country",
    "null",
    "~",
    "!!str",
    "&a",
    "*a",
    "?",
    "1e999",
    ".nan",
    "{value:3}",
    "\x1b[31m",
    "\u202e",
    "#",
    "$",
]
ENDS = (Exit.DONE, Exit.INPUT, Exit.CHECK)


def spoilt(text: str, random: Random) -> str:
    """The text with a few words lost, doubled, moved or put where they do not belong."""
    lines = text.split("\n")
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(lines))
        words = lines[at].split(" ")
        position = random.randrange(len(words))
        match random.randrange(4):
            case 0:
                words[position] = random.choice(WORDS)
            case 1:
                words.insert(position, random.choice(WORDS))
            case 2:
                del words[position]
            case _:
                lines.insert(at, random.choice(lines))
                continue
        lines[at] = " ".join(words)
    return "\n".join(lines)


@given(random=st.randoms(use_true_random=False), example=st.sampled_from(["factory", "tiny"]))
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_spoilt_examples_never_make_the_command_fail(random: Random, example: str, console: Console) -> None:
    folder = EXAMPLES / example
    source, inventory = (folder / f"{example}.place").read_text(), (folder / "inventory.yaml").read_text()
    file = console.write("a.place", spoilt(source, random))
    known = console.write("inventory.yaml", spoilt(inventory, random))
    for arguments in (("check", file, "--inventory", known), ("fmt", "--check", file)):
        result = console.run(*arguments)
        assert result.code in ENDS, result.err
        assert "\x1b" not in result.err
        assert "\u202e" not in result.err


@given(content=st.binary(max_size=400))
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes_are_an_answerable_file(content: bytes, console: Console) -> None:
    for name in ("a.place", "inventory.yaml", "plan.json", "placelang.toml"):
        (console.folder / name).write_bytes(content)
    for arguments in (
        ("check", "a.place", "--inventory", "inventory.yaml"),
        ("fmt", "--stdout", "a.place"),
        ("verify", "plan.json", "a.place"),
        ("config", "show"),
    ):
        assert console.run(*arguments).code in (*ENDS, Exit.USAGE)


@pytest.mark.parametrize("name", ["a\x1b[31mb.place", "\udcff.place", "x" * 300 + ".place", "\n.place"])
def test_hostile_file_names_are_shown_harmlessly(name: str, console: Console) -> None:
    result = console.run("check", name, code=Exit.INPUT)
    assert "\x1b" not in result.err
    assert result.err.startswith("error[unreadable]")


def test_a_folder_a_pipe_and_a_device_are_no_files(console: Console) -> None:
    os.mkfifo(console.folder / "pipe.place")
    for name in (".", "pipe.place", str(Path("/dev/zero"))):
        console.run("check", name, code=Exit.INPUT)
        console.run("fmt", name, code=Exit.INPUT)
