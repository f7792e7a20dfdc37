"""Pages that are a session: files that the reader writes, commands that the reader runs, and what these print.

| fence | meaning |
|---|---|
| ```` ```place shop.place ````, or any language with a name | the file is written so |
| ```` ```diff shop.place ```` | the lines with `-` are replaced by those with `+`; all others stand in the file |
| ```` ```console ```` | after each `$ ` a command, after it what it prints, exactly |

Commands are `placelang`, `pytest`, `cd` and `echo $?`. The seconds that pytest tells are not compared.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from placelang.cli import main
from tests.cli.console import clean_environment

_FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"in \d+\.\d+s")
_PLUGIN = ("-p", "no:placelang", "-p", "placelang.pytest_plugin", "-p", "no:cacheprovider")


@dataclass
class Session:
    """A terminal in a folder, and the code that the last command ended with."""

    folder: Path
    patch: pytest.MonkeyPatch
    code: int = field(default=0, init=False)

    def follow(self, page: str) -> str:
        """The page as it would be if every command had printed what it prints here."""
        return _FENCE.sub(self._fence, page)

    def _fence(self, found: re.Match[str]) -> str:
        language, name, body = found.groups()
        if language == "console":
            return f"```console\n{''.join(self._commands(body))}```"
        if name is not None and language == "diff":
            path = self.folder / name
            path.write_text(_patched(path.read_text(encoding="utf-8"), body), encoding="utf-8")
        elif name is not None:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        return found[0]

    def _commands(self, body: str) -> Iterator[str]:
        for line in re.findall(r"^\$ (.*)$", body, re.MULTILINE):
            yield f"$ {line}\n"
            program, *arguments = shlex.split(line)
            if program == "cd":
                self.folder = (self.folder / arguments[0]).resolve()
                self.patch.chdir(self.folder)
            elif (program, arguments) == ("echo", ["$?"]):
                yield f"{self.code}\n"
            else:
                yield self._pytest(arguments) if program == "pytest" else self._placelang(arguments)

    def _placelang(self, arguments: list[str]) -> str:
        """Standard output and standard error, as a terminal has them, in the order in which they are written."""
        screen = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["placelang", *arguments])
            patch.setattr(sys, "stdout", screen)
            patch.setattr(sys, "stderr", screen)
            with pytest.raises(SystemExit) as ended:
                main()
        self.code = int(ended.value.code or 0)
        return screen.getvalue()

    def _pytest(self, arguments: list[str]) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *_PLUGIN, *arguments],
            cwd=self.folder,
            env=clean_environment() | {"COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        self.code = ended.returncode
        return _SECONDS.sub("in 1.23s", ended.stdout)


def _patched(text: str, change: str) -> str:
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if not line.startswith("+"))
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if not line.startswith("-"))
    assert text.count(old) == 1, f"this stands {text.count(old)} times in the file:\n{old}"
    return text.replace(old, new)


def start(folder: Path, patch: pytest.MonkeyPatch) -> Session:
    """A session in a folder, with no settings from outside."""
    for name in list(os.environ):
        if name.startswith("PLACELANG_"):
            patch.delenv(name)
    patch.setenv("COLUMNS", "100")
    patch.chdir(folder)
    return Session(folder, patch)
