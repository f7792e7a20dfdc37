"""`placelang agent run`: one process that has this host run what its plan says."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from placelang_runtime.cli.at_host import (
    AsJson,
    ConfigFile,
    DriverName,
    HostName,
    Options,
    StateFolder,
    open_drivers,
    read_config,
    state_of,
    told,
)
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import emit
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.journal import Happening

EXAMPLES = """
placelang agent run
placelang agent run --config /etc/placelang/host.toml --json
"""


def run(
    host: HostName = None,
    driver: DriverName = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Own this host: have it run what its part of the plan says, whatever happens to it, until this is ended.

    It goes on with the part that was accepted last, without a network. `apply` and other commands that change what runs
    hand over to it. What happens is told, a line each.
    """
    from placelang_runtime.agent.inbox import Inbox
    from placelang_runtime.agent.run import run_agent

    inbox = Inbox()
    signal.signal(signal.SIGTERM, lambda *_: inbox.end())
    with told():
        known = read_config(Options(host, None, driver, state, config))
        with state_of(known) as opened:
            drivers = open_drivers(Options(), replace(known, state=opened.folder))
            run_agent(known, opened, drivers, inbox, _tell_json if as_json else _tell)
    return Exit.DONE


def _tell(happening: Happening) -> None:
    at = datetime.fromtimestamp(happening.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"  {printable(happening.text)}" if happening.text else ""
    emit(f"{at}  {happening.kind:10}  {printable(happening.of)}{text}\n")


def _tell_json(happening: Happening) -> None:
    emit(json.dumps(asdict(happening)) + "\n")
