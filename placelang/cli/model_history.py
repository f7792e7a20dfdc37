"""`placelang model history`: which version of a model served when, on this host or on all that report to a store."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store, time_of
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, complain, emit, width
from placelang_runtime.cli.at_host import ConfigFile, StateFolder
from placelang_runtime.cli.model_history import Model
from placelang_runtime.cli.model_history import history as of_this_host

EXAMPLES = """
placelang model history shoplifting
placelang model history shoplifting --inventory sqlite:///fleet.db
placelang model history shop.score --json
"""


def history(
    model: Model,
    url: Url = None,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Show which version of a model served on this host when, oldest first, and what made it change.

    That is a plan, a failure after which its group went back, a rule of a monitor, or a person. With --inventory it is
    what the agents of all hosts reported to that store.
    """
    if url is None:
        return of_this_host(model, state, config, as_json)
    from placelang.cli.prose import printed, table
    from placelang_runtime.apply.serving import EVENT

    with open_store(url) as store:
        happened = store.happened_to(model, EVENT)
    if not happened:
        complain(f"no host reported that a model {model} served")
        return Exit.INPUT
    if as_json:
        document = {"format": "placelang/events/1", "events": [asdict(one) for one in happened]}
        emit(json.dumps(document, indent=2) + "\n")
        return Exit.DONE
    rows = [(time_of(one.at), one.host, one.text) for one in happened]
    emit(printed([table(rows)], width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE
