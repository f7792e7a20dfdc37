"""What every command has in common: how much it says, in which form, and how it ends."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from enum import StrEnum
from types import ModuleType
from typing import Annotated, Any

import typer

from placelang_runtime.cli import logs
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import complain, describe


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


Verbose = Annotated[
    int, typer.Option("-v", "--verbose", count=True, help="Say more; twice: everything.", show_default=False)
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Results and errors only: no notes, no warnings.", show_default=False),
]
Log = Annotated[
    LogFormat | None, typer.Option("--log-format", help="The form of what goes to standard error.")
]
COMMON = {"verbose": (Verbose, 0), "quiet": (Quiet, False), "log_format": (Log, None)}


def listen(verbose: int, *, quiet: bool, log_format: LogFormat | None) -> None:
    """Heed the common options, wherever on the command line they stand; what is not given changes nothing."""
    if log_format is not None:
        logs.set_up(log_format.value)
    if verbose or quiet:
        logs.set_level(verbose, quiet=quiet)


def add_commands(to: typer.Typer, commands: Iterable[tuple[str, ModuleType, Callable[..., Exit]]]) -> None:
    """Add commands by their names; the module of each has its `EXAMPLES`."""
    for name, module, function in commands:
        to.command(name, epilog=f"Examples:\n\n\b\n{module.EXAMPLES.strip()}")(command(function))


def command(function: Callable[..., Exit]) -> Callable[..., None]:
    """The function as a command: with the common options, ending in the exit code that it returns.

    A fault of the disk, or another `OSError`, is the world's; an interrupt is told from both.
    """

    def run(*, verbose: int, quiet: bool, log_format: LogFormat | None, **arguments: Any) -> None:
        listen(verbose, quiet=quiet, log_format=log_format)
        try:
            code = function(**arguments)
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        except OSError as error:
            complain(describe(error))
            code = Exit.WORLD
        raise typer.Exit(code)

    own = inspect.signature(function, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in COMMON.items()
    ]
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])  # type: ignore[attr-defined]
    run.__doc__ = function.__doc__
    return run
