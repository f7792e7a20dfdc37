"""The commands, one line each, and what the help says around them."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang.cli import (
    check,
    explain,
    facts,
    fmt,
    lsp,
    new,
    plan,
    schema,
    show_config,
    size,
    test,
    verify,
    whatif,
)
from placelang.cli.command import Log, Quiet, Verbose, command, listen
from placelang.cli.exits import Exit
from placelang.cli.inventory import (
    add,
    diff,
    export,
    forget,
    history,
    hosts,
    import_hosts,
    probe,
    rules,
    show,
    ttl,
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
inventory = typer.Typer(context_settings=SETTINGS, no_args_is_help=True, rich_markup_mode=None)
app.add_typer(inventory, name="inventory", help="Make inventories, and keep one in a store.")
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


for to, name, module, function in (
    (app, "new", new, new.new),
    (app, "check", check, check.check),
    (app, "fmt", fmt, fmt.fmt),
    (app, "plan", plan, plan.plan),
    (app, "test", test, test.run_tests),
    (app, "explain", explain, explain.explain),
    (app, "whatif", whatif, whatif.whatif),
    (app, "size", size, size.size),
    (app, "verify", verify, verify.verify),
    (app, "facts", facts, facts.facts),
    (app, "schema", schema, schema.schema),
    (app, "lsp", lsp, lsp.lsp),
    (inventory, "probe", probe, probe.probe),
    (inventory, "rules", rules, rules.rules),
    (inventory, "import", import_hosts, import_hosts.import_hosts),
    (inventory, "add", add, add.add),
    (inventory, "list", hosts, hosts.hosts),
    (inventory, "show", show, show.show),
    (inventory, "diff", diff, diff.diff),
    (inventory, "history", history, history.history),
    (inventory, "ttl", ttl, ttl.ttl),
    (inventory, "export", export, export.export),
    (inventory, "forget", forget, forget.forget),
    (settings, "show", show_config, show_config.show),
):
    to.command(name, epilog=f"Examples:\n\n\b\n{module.EXAMPLES.strip()}")(command(function))
