"""`placelang monitor`, at a host: what its agent measures of services and models, as it is right now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.at_host import AsJson, ConfigFile, Options, StateFolder, read_config, told
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.live import Trends, show_live
from placelang_runtime.cli.terminal import colourful, width

if TYPE_CHECKING:
    from pathlib import Path

    from placelang_runtime.watch.seen import Seen

EXAMPLES = """
placelang monitor
placelang monitor --once --json
"""

MOST_BYTES = 16 << 20
Once = Annotated[bool, typer.Option("--once", help="Show it once, and end.")]
Every = Annotated[
    float, typer.Option("--every", min=0.5, max=3600, metavar="SECONDS", help="How often to look again.")
]


def monitor(
    state: StateFolder = None,
    config: ConfigFile = None,
    once: Once = False,
    every: Every = 2.0,
    as_json: AsJson = False,
) -> Exit:
    """Show how models and services of this host do, and how its rules stand, until Ctrl-C.

    The agent of this host is asked; no network is needed.
    """
    with told():
        folder = read_config(Options(state=state, config=config)).state
        trends = Trends()

        def show(seen: Seen) -> str:
            from placelang_runtime.cli.monitor_text import seen_text

            if as_json:
                return seen.model_dump_json() + "\n"
            return seen_text(seen, trends, width=width(), colour=colourful(sys.stdout))

        return show_live(lambda: _ask(folder), show, every, once=once, in_place=not as_json)


def _ask(folder: Path) -> Seen:
    """What the agent says. Raises HandedError."""
    from http.client import HTTPException

    from pydantic import ValidationError

    from placelang_runtime.agent.ask import HandedError, agent_at
    from placelang_runtime.watch.seen import Seen

    connection = agent_at(folder)
    if connection is None:
        raise HandedError(f"no agent owns {folder}: `placelang agent run` starts one", Exit.WORLD)
    try:
        connection.request("GET", "/monitor")
        return Seen.model_validate_json(connection.getresponse().read(MOST_BYTES))
    except (OSError, HTTPException, ValidationError) as error:
        raise HandedError(
            f"the agent of this host does not answer as it should: {error}", Exit.WORLD
        ) from error
    finally:
        connection.close()
