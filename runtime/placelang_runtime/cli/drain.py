"""`placelang drain` and `placelang resume`: a host of the site is emptied, and filled again."""

from __future__ import annotations

from typing import Annotated

import typer

from placelang_runtime.cli.at_host import (
    AsJson,
    ConfigFile,
    Done,
    DriverName,
    Engines,
    HostName,
    Options,
    StateFolder,
)
from placelang_runtime.cli.change import change
from placelang_runtime.cli.exits import Exit

EXAMPLES = """
placelang drain gbg-1
placelang drain gbg-1 --done gbg-2
placelang resume gbg-1
"""


OfSite = Annotated[str, typer.Argument(metavar="HOST", help="A host of the site.")]


def drain(
    drained: OfSite,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    done: Done = None,
    as_json: AsJson = False,
) -> Exit:
    """Empty a host of the site: others take over as the plan says for its loss, then what runs there stops.

    Where several hosts are carried out apart from each other, give the command on those that take over first. It lasts
    until `resume`.
    """
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    request = Request(command="drain", of=drained, done=tuple(done or ()))
    return change(options, request, as_json=as_json)


def resume(
    drained: OfSite,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    done: Done = None,
    as_json: AsJson = False,
) -> Exit:
    """Have a host that was drained run again what the plan says."""
    from placelang_runtime.apply.requests import Request

    options = Options(host, engines, driver, state, config)
    request = Request(command="resume", of=drained, done=tuple(done or ()))
    return change(options, request, as_json=as_json)
