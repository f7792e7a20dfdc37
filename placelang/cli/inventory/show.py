"""`placelang inventory show`: all that is known of a host, who says so, and who says otherwise."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import HostName, Url, age, known_host, open_store, shown
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, width

if TYPE_CHECKING:
    from placelang.cli.prose import Block
    from placelang.store.decide import Statement
    from placelang.store.store import Known

EXAMPLES = """
placelang inventory show gbg-1 --inventory sqlite:///fleet.db
placelang inventory show gbg-1 --json
"""

Things = Mapping[tuple[str, str], "tuple[Known, ...]"]
"""What is known of each thing, by noun and name."""


def show(host: HostName, url: Url = None, as_json: AsJson = False) -> Exit:
    """Show what is known of a host and of what is in it: each fact, who says so, since when, and who says otherwise."""
    from placelang.store import clock

    now = clock()
    with open_store(url) as store:
        known_host(store, host)
        inside = [(noun, name) for noun in ("gpu", "device") for name in store.inside(noun, host)]
        things = {thing: store.knowledge(*thing, now) for thing in [("host", host), *inside]}
    if as_json:
        rows = [
            {"noun": noun, "name": name, "facts": [_fact(one) for one in known]}
            for (noun, name), known in things.items()
        ]
        emit(json.dumps({"format": "placelang/host/1", "things": rows}, indent=2, ensure_ascii=False) + "\n")
    else:
        from placelang.cli.prose import printed

        emit(printed(_blocks(things, now), width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE


def _blocks(things: Things, now: int) -> Iterator[Block]:
    from placelang.cli.prose import line, table

    for (noun, name), known in things.items():
        if noun != "host":
            yield line(f"{noun} {name.rpartition('/')[2]}", style="bold")
        rows = [row for one in known for row in _rows(noun, one, now)]
        if rows:
            yield table(rows, whole=0)


def _rows(noun: str, one: Known, now: int) -> Iterator[tuple[str, ...]]:
    """The fact as it is believed, then each statement that differs."""
    stale = ", out of date: unknown" if one.stale else ""
    believed = one.believed
    yield (
        one.fact,
        shown(noun, one.fact, believed.value),
        believed.source,
        age(believed.observed, now) + stale,
    )
    for other in one.others:
        if other.value != believed.value:
            yield "  otherwise", shown(noun, one.fact, other.value), other.source, age(other.observed, now)


def _fact(one: Known) -> dict[str, Any]:
    said = [_statement(other) for other in one.others]
    return {"fact": one.fact, **_statement(one.believed), "stale": one.stale, "others": said}


def _statement(said: Statement) -> dict[str, Any]:
    from placelang.inventory import show_time

    at = None if said.observed is None else show_time(said.observed)
    return {"value": said.value, "observed": at, "source": said.source, "trust": said.trust.name.lower()}
