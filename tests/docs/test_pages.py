"""What the pages show is true: commands exist, links lead somewhere, the demo prints what the README shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from placelang.cli.app import app
from tests.cli.console import Console

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "grammar/**/*.md")
    for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")
READ_ONLY = ("check", "facts", "fmt --check", "schema", "config show", "--help", "--version")
"""How commands begin that are quick and change nothing: these are run, in a copy of the example that pages speak of."""


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: str, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text_of(page)) if language in languages]


def anchors(path: Path) -> set[str]:
    """What links can lead to on a page: its headings, as they are shown on the web."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def command_lines(page: str) -> list[list[str]]:
    """The lines of a page's shell examples, as words, continued lines joined; what is piped from a command is cut."""
    lines = "".join(fences(page, "", "sh", "console")).replace("\\\n", " ").splitlines()
    commands = [found[1] for line in lines if (found := re.match(r"(?:\$ )?((?:placelang|make) .*)", line))]
    return [shlex.split(re.split(r" [|>] ", command)[0], comments=True) for command in commands]


def understood(arguments: list[str]) -> bool:
    """Whether the command line is one, whatever files there are."""
    command: Any = get_command(app)
    while hasattr(command, "commands") and arguments and arguments[0] in command.commands:
        command, *arguments = command.commands[arguments[0]], *arguments[1:]
    try:
        command.make_context("placelang", list(arguments))
    except typer.Exit:  # of `--help` and `--version`
        return True
    except Exception as error:
        raise AssertionError(f"{arguments}: {error}") from error
    return not hasattr(command, "commands")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_commands_of_a_page_exist(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for program, *arguments in command_lines(page):
        if program == "make":
            assert arguments[0] in targets
        elif arguments[0] not in ("COMMAND", "--install-completion"):
            assert understood(arguments), arguments


def test_every_command_is_in_the_table_of_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)", text_of("docs/cli.md"), re.MULTILINE)
    assert set(get_command(app).commands) <= set(rows)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(arguments, id=f"{page}: {' '.join(arguments)}")
        for page in ("README.md", "docs/cli.md")
        for program, *arguments in command_lines(page)
        if program == "placelang" and " ".join(arguments).startswith(READ_ONLY)
    ],
)
def test_quick_commands_do_what_they_are_shown_for(arguments: list[str], console: Console) -> None:
    console.example("retail")
    console.run(*arguments, code=0)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    for path, anchor in LINK.findall(FENCE.sub("", text_of(page))):
        target = folder / path if path else ROOT / page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_the_readme_shows_what_the_demo_prints() -> None:
    [shown] = fences("README.md", "text")
    printed = (ROOT / "tests" / "cli" / "golden" / "retail.txt").read_text(encoding="utf-8")
    assert [part for part in shown.split("…\n") if part not in printed] == []
