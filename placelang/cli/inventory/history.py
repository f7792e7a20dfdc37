"""`placelang inventory history`: what was known of a host before."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import HostName, Url, age, called, known_host, open_store, shown
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, say, width

EXAMPLES = """
placelang inventory history gbg-1 --inventory sqlite:///fleet.db
placelang inventory history gbg-1 memory
"""

FactName = Annotated[str | None, typer.Argument(metavar="FACT", help="One fact only.", show_default=False)]


def history(host: HostName, fact: FactName = None, url: Url = None, as_json: AsJson = False) -> Exit:
    """Show the values that others have replaced, the latest first."""
    from placelang.inventory import show_time
    from placelang.store import clock

    with open_store(url) as store:
        known_host(store, host)
        inside = [(noun, name) for noun in ("gpu", "device") for name in store.inside(noun, host)]
        past = [
            (thing, one)
            for thing in [("host", host), *inside]
            for one in store.history(*thing)
            if fact in (None, called(one.fact))
        ]
    if as_json:

        def time(at: int | None) -> str | None:
            return None if at is None else show_time(at)

        rows = [
            {
                "noun": noun,
                "name": name,
                "fact": one.fact,
                "value": one.value,
                "source": one.source,
                "observed": time(one.observed),
                "replaced": time(one.replaced),
            }
            for (noun, name), one in past
        ]
        emit(
            json.dumps({"format": "placelang/history/1", "values": rows}, indent=2, ensure_ascii=False) + "\n"
        )
    elif past:
        from placelang.cli.prose import printed, table

        now = clock()
        lines = [
            (
                called(one.fact) if noun == "host" else f"{name.rpartition('/')[2]} {one.fact}",
                shown(noun, one.fact, one.value),
                one.source,
                f"seen {age(one.observed, now)}, replaced {age(one.replaced, now)}",
            )
            for (noun, name), one in past
        ]
        emit(printed([table(lines, whole=0)], width=width(), colour=colourful(sys.stdout)))
    else:
        say("nothing that was known of it has changed")
    return Exit.DONE
