"""The commands, one line each, and what the help says around them."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang.cli import (
    check,
    explain,
    facts,
    fmt,
    images,
    import_rules,
    lsp,
    model,
    model_fetch,
    model_history,
    model_package,
    monitor,
    new,
    plan,
    schema,
    show_config,
    size,
    test,
    verify,
    whatif,
)
from placelang.cli.exits import Exit
from placelang.cli.inventory import (
    add,
    diff,
    events,
    export,
    forget,
    history,
    hosts,
    import_hosts,
    probe,
    rules,
    serve,
    show,
    ttl,
    wanted,
)
from placelang.cli.rollout import run as rollout_run
from placelang.cli.rollout import start as rollout_start
from placelang.cli.rollout import status as rollout_status
from placelang.cli.rollout import words as rollout_words
from placelang_runtime.cli import model_retire
from placelang_runtime.cli.command import Log, Quiet, Verbose, add_commands, listen
from placelang_runtime.cli.commands import (
    AGENT,
    AGENT_HELP,
    COMMANDS,
    KEYS,
    KEYS_HELP,
    ROLLOUTS,
    ROLLOUTS_HELP,
)

SETTINGS = {"help_option_names": ["-h", "--help"]}
ENDING = """
\b
Settings come from flags, then from PLACELANG_INVENTORY, PLACELANG_POLICY,
PLACELANG_PARAMS and PLACELANG_BUDGET, then from the nearest placelang.toml
upwards from here; `placelang config show` shows them.

\b
Exit codes
  0    done in full
  1    the input is wrong
  2    the command line is wrong
  3    done in part: what is left out is listed with its reasons
  4    the budget ended first: what is left out is not proved
  5    a check failed
  6    the world failed (disk, network, engine, placelang itself)
  130  interrupted
"""

app = typer.Typer(
    context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
settings = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
images_app = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
models = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
agent = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
keys = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
inventory = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(inventory, name="inventory", help="Make inventories, and keep one in a store.")
app.add_typer(images_app, name="images", help="Images by digest.")
app.add_typer(models, name="model", help="Models: as files, as images, and on this host.")
app.add_typer(agent, name="agent", help=AGENT_HELP)
app.add_typer(keys, name="key", help=KEYS_HELP)
rollouts = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
rollouts_here = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rollouts, name="rollout", help="How apps reach many sites, from where those are planned.")
agent.add_typer(rollouts_here, name="rollout", help=ROLLOUTS_HELP)
app.add_typer(settings, name="config", help="What settings are in force.")


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"placelang {version('placelang')}")
        raise typer.Exit(Exit.DONE)


@app.callback(epilog=ENDING)
def root(
    version: Annotated[  # noqa: ARG001 - its callback heeds it
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    log_format: Log = None,
) -> None:
    """Plan where applications run on fleets of unlike, half-known, often offline edge hosts."""
    listen(verbose, quiet=quiet, log_format=log_format)


add_commands(
    app,
    (
        ("new", new, new.new),
        ("check", check, check.check),
        ("fmt", fmt, fmt.fmt),
        ("plan", plan, plan.plan),
        ("test", test, test.run_tests),
        ("explain", explain, explain.explain),
        ("whatif", whatif, whatif.whatif),
        ("size", size, size.size),
        ("verify", verify, verify.verify),
        ("import", import_rules, import_rules.import_rules),
        ("facts", facts, facts.facts),
        ("monitor", monitor, monitor.monitor),
        ("schema", schema, schema.schema),
        ("lsp", lsp, lsp.lsp),
        *COMMANDS,
    ),
)
add_commands(
    inventory,
    (
        ("probe", probe, probe.probe),
        ("rules", rules, rules.rules),
        ("import", import_hosts, import_hosts.import_hosts),
        ("add", add, add.add),
        ("list", hosts, hosts.hosts),
        ("show", show, show.show),
        ("diff", diff, diff.diff),
        ("history", history, history.history),
        ("ttl", ttl, ttl.ttl),
        ("wanted", wanted, wanted.wanted),
        ("export", export, export.export),
        ("forget", forget, forget.forget),
        ("enroll", serve, serve.enroll),
        ("serve", serve, serve.serve),
        ("events", events, events.events),
    ),
)
add_commands(images_app, (("lock", images, images.lock),))
add_commands(
    models,
    (
        ("fetch", model_fetch, model_fetch.fetch),
        ("inspect", model, model.inspect),
        ("profile", model, model.profile),
        ("serve", model, model.serve),
        ("package", model_package, model_package.package),
        ("baseline", model, model.baseline),
        ("history", model_history, model_history.history),
        ("retire", model_retire, model_retire.retire),
    ),
)
add_commands(agent, AGENT)
add_commands(keys, KEYS)
add_commands(rollouts_here, ROLLOUTS)
add_commands(
    rollouts,
    (
        ("start", rollout_start, rollout_start.start),
        ("run", rollout_run, rollout_run.run),
        ("status", rollout_status, rollout_status.status),
        ("approve", rollout_words, rollout_words.approve),
        ("pause", rollout_words, rollout_words.pause),
        ("resume", rollout_words, rollout_words.resume),
        ("abort", rollout_words, rollout_words.abort),
    ),
)
add_commands(settings, (("show", show_config, show_config.show),))
