"""`placelang model retire`: a version of a model leaves this host for good."""

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
from placelang_runtime.cli.model_history import Model

EXAMPLES = """
placelang model retire shoplifting 2
"""

Version = Annotated[str, typer.Argument(metavar="VERSION", help="The version that goes.")]


def retire(
    model: Model,
    version: Version,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Remove a version of a model from this host, so that no roll back leads to it any more.

    Refused while anything here serves it, or would after a loss or a failure; then nothing changes.
    """
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    return change(options, Request(command="retire", of=model, version=version), as_json=as_json)
