"""Running the command as a person would: in this process where only the outcome counts, in its own where the process
does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from placelang.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ROOTS = os.pathsep.join(str(ROOT / folder) for folder in (".", "grammar", "scheduler", "runtime"))


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Console:
    """A terminal in a folder of its own, with no settings from outside."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def run(self, *arguments: str, code: int | None = None) -> Result:
        """Run the command here; `code` is what it has to end with."""
        self.capture.readouterr()
        self.patch.setattr(sys, "argv", ["placelang", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capture.readouterr()
        result = Result(int(ended.value.code or 0), out, err)
        assert code in (None, result.code), f"{result.code}: {err}"
        return result

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    def example(self, name: str) -> tuple[str, str]:
        """A copy of an example, here: its root file and its inventory."""
        shutil.copytree(EXAMPLES / name, self.folder, dirs_exist_ok=True)
        return f"{name}.place", "inventory.yaml"


def process(
    *arguments: str,
    cwd: Path,
    environment: dict[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "placelang"),
    standard_input: bytes = b"",
) -> Result:
    """Run the command in a process of its own."""
    ended = subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=cwd,
        env=clean_environment() | (environment or {}),
        input=standard_input,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Result(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def clean_environment() -> dict[str, str]:
    """The environment without settings of ours, in which the package is found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PLACELANG_", "_PLACELANG"))}
    return kept | {"PYTHONPATH": ROOTS, "NO_COLOR": "", "COLUMNS": "100"}
