"""The command line. Enters: arguments and files. Leaves: data on standard output, everything else on standard error,
and one of `placelang.cli.exits.Exit`.

Commands are thin: one module each, and what they import is imported when they run, so that `--help` and `check`
never load a solver. No input makes a traceback: a fault of ours ends in one line that asks for a report.
"""

from __future__ import annotations

import gc
import logging
import sys
from io import TextIOWrapper

from placelang.cli import logs
from placelang.cli.exits import Exit
from placelang.garbage import SELDOM

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    gc.set_threshold(*SELDOM)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            encoding="utf-8", errors="backslashreplace"
        )  # data is the same in every locale
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    logs.set_up()
    logs.set_level(0, quiet=False)
    try:
        from placelang.cli.app import app

        app(prog_name="placelang")
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last guard before the user
        sys.exit(_internal_error(error))


def _internal_error(error: Exception) -> Exit:
    from placelang.cli.terminal import complain

    complain(f"internal error: {type(error).__name__}: {error}")
    if logs.LOGGER.isEnabledFor(logging.INFO):
        import traceback

        complain(traceback.format_exc().rstrip())
    else:
        complain("this is a fault of placelang: please report it with what `--verbose` adds")
    return Exit.WORLD
