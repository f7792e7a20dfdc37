"""`placelang new`: a small project that plans at once."""

from __future__ import annotations

import os
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.terminal import emit, write_file

EXAMPLES = """
placelang new stores
placelang new .
"""

FILES = {
    "fleet.place": "what is true of the whole fleet",
    "shop.place": "what every store runs, and its tests",
    "inventory.yaml": "what is known of the machines",
    "placelang.toml": "what commands use in this folder",
}

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder; it is made if it is not there.", show_default=False)
]


def new(folder: Folder) -> Exit:
    """Write a small, commented project that checks, plans and tests at once.

    Nothing is overwritten: if any of its files is there already, none is written.
    """
    there = [name for name in FILES if os.path.lexists(folder / name)]
    if there:
        raise typer.BadParameter(f"{folder / there[0]} is there already", param_hint="'DIR'")
    starter = files("placelang") / "starter"
    folder.mkdir(parents=True, exist_ok=True)
    for name, meaning in FILES.items():
        write_file(folder / name, (starter / name).read_text(encoding="utf-8"))
        emit(f"{folder / name!s:{len(str(folder)) + 16}}  {meaning}\n")
    go = "" if folder.resolve() == Path.cwd() else f"\n  cd {shlex.quote(str(folder))}"
    emit(f"\nTry:{go}\n  placelang plan shop.place\n  placelang test shop.place\n")
    return Exit.DONE
