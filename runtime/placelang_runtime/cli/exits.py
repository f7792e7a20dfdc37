"""The one table of exit codes: every command ends with one of these, and with nothing else."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; `docs/cli.md` shows the same table."""

    DONE = 0
    """Done in full."""
    INPUT = 1
    """The input is wrong: diagnostics say where."""
    USAGE = 2
    """The command line is wrong."""
    PARTIAL = 3
    """Done in part; each refusal is proved or listed."""
    BUDGET = 4
    """The budget ended first: what is left out is not proved, the best plan found is written."""
    CHECK = 5
    """A check failed: `test`, `fmt --check`, `verify`."""
    WORLD = 6
    """The world failed: disk, network, engine, or placelang itself (an internal error)."""
    INTERRUPTED = 130
    """Interrupted; nothing is half-written."""
