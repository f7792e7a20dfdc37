"""`placelang agent rollout`: what a person says of the rollout of an app on this site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from collections.abc import Iterable

    from placelang_runtime.journal import Word

EXAMPLES = """
placelang agent rollout begin shop
placelang agent rollout pause shop
placelang agent rollout abort shop
"""

App = Annotated[str, typer.Argument(metavar="APP", help="An app that has a rollout.", show_default=False)]


def begin(
    app: App,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    done: Done = None,
    as_json: AsJson = False,
) -> Exit:
    """Let an app begin to change here, whatever its waves say, or go on after `pause` and `abort`.

    It still changes in turns, and within its windows; `apply --now` heeds neither. What those who plan paused or
    aborted stays so.
    """
    return _say("begin", app, Options(host, engines, driver, state, config), done or (), as_json=as_json)


def pause(
    app: App,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    done: Done = None,
    as_json: AsJson = False,
) -> Exit:
    """Let nothing more of an app begin to change here; what has changed stays."""
    return _say("pause", app, Options(host, engines, driver, state, config), done or (), as_json=as_json)


def abort(
    app: App,
    host: HostName = None,
    engines: Engines = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    done: Done = None,
    as_json: AsJson = False,
) -> Exit:
    """Have an app go back here to how it ran before this plan, and stay there."""
    return _say("abort", app, Options(host, engines, driver, state, config), done or (), as_json=as_json)


def _say(word: Word, app: str, options: Options, done: Iterable[str], *, as_json: bool) -> Exit:
    from placelang_runtime.apply.requests import Request

    return change(options, Request(command=word, of=app, done=tuple(done)), as_json=as_json)
