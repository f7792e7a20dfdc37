"""`placelang rollback`: back to what ran before."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang_runtime.cli.at_host import (
    AsJson,
    ConfigFile,
    DriverName,
    Engines,
    HostName,
    Options,
    StateFolder,
)
from placelang_runtime.cli.change import change
from placelang_runtime.cli.exits import Exit

EXAMPLES = """
placelang rollback
placelang rollback shop
placelang rollback shop@gbg
"""


def rollback(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="APP|GROUP",
            help="What goes back; all that the plan changed, if left out.",
            show_default=False,
        ),
    ] = None,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Have an app, a group, or all that the plan changed run as it ran well before.

    Its images are still at hand. It lasts until a plan is applied; given again, it goes back one further.
    """
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    return change(options, Request(command="rollback", of=name), as_json=as_json)
