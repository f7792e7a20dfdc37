"""What the pages show is true: commands exist, links lead somewhere, placement files parse."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from placelang.check import check
from placelang.diagnostics import Source
from placelang.load import load
from placelang.parse import parse
from placelang.render import render

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
    if "errors" not in path.parts  # those show what is wrong, and have a test of their own
)
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
COMMANDS = {"new", "test", "check", "fmt", "plan", "explain", "verify", "schema", "config"}


def fences(page: Path, *languages: str) -> list[str]:
    return [
        body for language, body in FENCE.findall(page.read_text(encoding="utf-8")) if language in languages
    ]


def command_lines(page: Path) -> list[list[str]]:
    """The lines of a page's shell examples, as words, continued lines joined."""
    lines = "".join(fences(page, "", "sh", "console")).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if re.match(r"(\$ )?(placelang|make) ", line)]


@cache
def help_of(command: str) -> str:
    arguments = [command, "show"] if command == "config" else [command]
    program = [sys.executable, "-m", "placelang", *arguments, "--help"]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for program, *words in command_lines(page):
        arguments = words[1:] if program == "$" else words
        name = words[0] if program == "$" else program
        if name == "make":
            assert arguments[0] in targets
        elif arguments[0] in COMMANDS:
            known = re.findall(r"--?[a-z-]+", help_of(arguments[0]))
            assert {word for word in arguments if re.match(r"--?[a-z]", word)} <= set(known), arguments
        else:
            assert arguments[0] in {"--version", "--help", "--install-completion", "COMMAND"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_placement_files_on_a_page_parse(page: Path) -> None:
    for number, text in enumerate(fences(page, "place")):
        source = Source(f"{page.name}:{number}", text)
        _, faults = parse(source)
        assert not faults, render(faults, {source.path: source}, color=False)


def test_the_readmes_placement_file_is_right(tmp_path: Path) -> None:
    [text] = fences(ROOT / "README.md", "place")
    (tmp_path / "readme.place").write_text(text, encoding="utf-8")
    modules, faults = load([tmp_path / "readme.place"])
    program, more = check(modules)
    assert program is not None
    assert (faults, more) == ((), ())


def test_the_readme_shows_what_the_demo_prints() -> None:
    [shown] = fences(ROOT / "README.md", "text")
    printed = (ROOT / "tests" / "cli" / "golden" / "retail.txt").read_text(encoding="utf-8")
    assert [part for part in shown.split("…\n") if part not in printed] == []
