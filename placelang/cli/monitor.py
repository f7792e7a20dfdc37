"""`placelang monitor`: how models do, at a host, or over a fleet as a store heard of it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, complain
from placelang_runtime.cli.at_host import ConfigFile, StateFolder
from placelang_runtime.cli.live import Trends, show_live
from placelang_runtime.cli.monitor import Every, Once
from placelang_runtime.cli.monitor import monitor as at_host

if TYPE_CHECKING:
    from placelang.monitoring import FleetModel

EXAMPLES = """
placelang monitor
placelang monitor --once --json
placelang monitor --inventory sqlite:///fleet.db
"""


def monitor(
    url: Url = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    once: Once = False,
    every: Every = 2.0,
    as_json: AsJson = False,
) -> Exit:
    """Show how models and services do, and how rules stand, until Ctrl-C.

    The agent of this host is asked; no network is needed. With --inventory, what all agents reported is shown, by model
    and host, and what they met together.
    """
    if url is None:
        return at_host(state=state, config=config, once=once, every=every, as_json=as_json)
    try:
        from placelang.monitoring import fleet_models
    except ImportError as error:
        complain(f"{error.name} is not installed: `pip install 'placelang[serve]'`")
        return Exit.INPUT
    from placelang.cli.monitor_text import fleet_data, fleet_text
    from placelang.store import clock

    trends = Trends()

    def look() -> tuple[tuple[FleetModel, ...], int]:
        with open_store(url) as store:
            sites = {host: site or "" for host, (site, _) in store.seen("host").items()}
            return fleet_models(store.models(), sites), clock()

    def show(found: tuple[tuple[FleetModel, ...], int]) -> str:
        models, now = found
        if as_json:
            return json.dumps(fleet_data(models)) + "\n"
        return fleet_text(models, trends, now, colour=colourful(sys.stdout))

    return show_live(look, show, every, once=once, in_place=not as_json)
