"""`placelang inventory events`: what happened on hosts, and how they are, as their agents reported."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, age, open_store, time_of
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, width

EXAMPLES = """
placelang inventory events --inventory sqlite:///fleet.db
placelang inventory events gbg-1 --json
"""

OneHost = Annotated[
    str | None, typer.Argument(metavar="HOST", help="One host; all, if left out.", show_default=False)
]
Most = Annotated[int, typer.Option("--most", metavar="N", help="So many, the last ones.", min=1, max=100_000)]


def events(host: OneHost = None, url: Url = None, most: Most = 50, as_json: AsJson = False) -> Exit:
    """Show what happened on hosts, the latest first, and whether each runs what it shall."""
    from placelang.cli.prose import printed, table
    from placelang.store import clock

    with open_store(url) as store:
        agents, happened = store.enrolled(host), store.happened(host, most=most)
    if as_json:
        document = {
            "format": "placelang/events/1",
            "hosts": [asdict(one) for one in agents],
            "events": [asdict(one) for one in happened],
        }
        emit(json.dumps(document, indent=2) + "\n")
        return Exit.DONE
    now = clock()
    said = {None: "", True: "as it shall be", False: "not as it shall be"}
    rows = [
        (one.host, f"heard {age(one.heard, now)}" if one.heard else "never heard", said[one.settled])
        for one in agents
    ]
    lines = [(time_of(one.at), one.host, one.kind, one.of, one.text) for one in happened]
    blocks = [table(rows)] if rows else []
    blocks += [table(lines)] if lines else []
    emit(printed(blocks, width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE
