"""The command line. Enters: arguments and files. Leaves: data on standard output, everything else on standard error,
and one of `placelang_runtime.cli.exits.Exit`.

Commands are thin: one module each, and what they import is imported when they run, so that `--help` and `check`
never load a solver. No input makes a traceback: a fault of ours ends in one line that asks for a report.
"""

from __future__ import annotations

import gc

from placelang.garbage import SELDOM
from placelang_runtime.cli import run

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""

    def start() -> None:
        from placelang.cli.app import app

        app(prog_name="placelang")

    gc.set_threshold(*SELDOM)
    run(start)
