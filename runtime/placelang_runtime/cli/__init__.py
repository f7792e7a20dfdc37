"""The command line of a host, and what every command line of ours has in common.

Enters: arguments and files. Leaves: data on standard output, everything else on standard error, and one of
`placelang_runtime.cli.exits.Exit`. No input makes a traceback: a fault of ours ends in one line that asks for a report.
Commands are one module each, and what they import is imported when they run. `placelang` has them all, beside its own;
`placelang-agent` is what the small wheel has.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from io import TextIOWrapper

from placelang_runtime.cli import logs
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import complain

__all__ = ["main", "run"]


def main() -> None:
    """Run the command of a host that the arguments name, and exit with its code."""

    def start() -> None:
        from placelang_runtime.cli.app import app

        app(prog_name="placelang-agent")

    run(start)


def run(start: Callable[[], object]) -> None:
    """Run a command line, and exit with its code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            encoding="utf-8", errors="backslashreplace"
        )  # data is the same in every locale
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    logs.set_up()
    logs.set_level(0, quiet=False)
    try:
        start()
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last guard before the user
        sys.exit(_internal_error(error))


def _internal_error(error: Exception) -> Exit:
    complain(f"internal error: {type(error).__name__}: {error}")
    if logs.LOGGER.isEnabledFor(logging.INFO):
        import traceback

        complain(traceback.format_exc().rstrip())
    else:
        complain("this is a fault of placelang: please report it with what `--verbose` adds")
    return Exit.WORLD
