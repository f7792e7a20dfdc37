"""`placelang inventory list`: the hosts of a store, and when each was last heard of."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, age, open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, width

EXAMPLES = """
placelang inventory list --inventory sqlite:///fleet.db
placelang inventory list --site gbg --json
"""

Site = Annotated[str | None, typer.Option("--site", metavar="NAME", help="One site only.")]


def hosts(url: Url = None, site: Site = None, as_json: AsJson = False) -> Exit:
    """List the hosts of a store: where each stands, and when it was last heard of."""
    from placelang.inventory import show_time
    from placelang.store import clock

    with open_store(url) as store:
        found = {
            name: (parent, seen)
            for name, (parent, seen) in store.seen("host").items()
            if site in (None, parent)
        }
    if as_json:
        rows = [
            {"host": name, "site": parent, "seen": None if seen is None else show_time(seen)}
            for name, (parent, seen) in found.items()
        ]
        emit(json.dumps({"format": "placelang/hosts/1", "hosts": rows}, indent=2) + "\n")
        return Exit.DONE
    from placelang.cli.prose import printed, table

    now = clock()
    rows_shown = [(name, parent or "", age(seen, now)) for name, (parent, seen) in found.items()]
    if rows_shown:
        emit(printed([table(rows_shown)], width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE
