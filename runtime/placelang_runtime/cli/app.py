"""The commands of `placelang-agent`, one line each."""

from __future__ import annotations

import typer

from placelang_runtime.cli import monitor, probe
from placelang_runtime.cli.command import Log, Quiet, Verbose, add_commands, listen
from placelang_runtime.cli.commands import (
    AGENT,
    COMMANDS,
    KEYS,
    KEYS_HELP,
    MODELS,
    MODELS_HELP,
    ROLLOUTS,
    ROLLOUTS_HELP,
)

SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
keys = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys, name="key", help=KEYS_HELP)
rollouts = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
models = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(models, name="model", help=MODELS_HELP)
app.add_typer(rollouts, name="rollout", help=ROLLOUTS_HELP)


@app.callback()
def root(verbose: Verbose = 0, quiet: Quiet = False, log_format: Log = None) -> None:
    """Carry out the plan of a site on this host."""
    listen(verbose, quiet=quiet, log_format=log_format)


add_commands(app, (*COMMANDS, ("monitor", monitor, monitor.monitor), ("probe", probe, probe.probe), *AGENT))
add_commands(keys, KEYS)
add_commands(models, MODELS)
add_commands(rollouts, ROLLOUTS)
