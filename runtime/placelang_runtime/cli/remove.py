"""`placelang remove`: all that runs of an app ends."""

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
placelang remove shop
placelang remove shop --volumes
"""


App = Annotated[str, typer.Argument(metavar="APP", help="The app.")]


def remove(
    app: App,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove its volumes, too, with all in them.")
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """End all that runs of an app, services first that start after others. It lasts until a plan is applied."""
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    return change(options, Request(command="remove", of=app, volumes=volumes), as_json=as_json)
