"""`placelang inventory ttl`: for how long facts of a store count as known."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, width

EXAMPLES = """
placelang inventory ttl --inventory sqlite:///fleet.db
placelang inventory ttl up=15min memory=30d gpu.driver=90d default=7d
placelang inventory ttl memory=
"""

Lives = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FACT=DURATION",
        help="A fact, a label, a list such as gpus, or default; nothing after `=` takes its time to live away.",
        show_default=False,
    ),
]


def ttl(lives: Lives = None, url: Url = None, as_json: AsJson = False) -> Exit:
    """Show, or set, for how long facts count as known where their source did not say; then they are unknown again.

    With `up=15min`, a host that nobody has heard of for so long is no longer known to be up: it gets no new replicas,
    and keeps those that it has.
    """
    from placelang.types import DURATION, spell

    changed = dict(map(_life, lives or ()))
    with open_store(url) as store:
        if changed:
            store.set_lives(changed)
        known = {name: spell(float(life), DURATION) for name, life in store.lives().items()}
    if as_json:
        emit(json.dumps({"format": "placelang/ttl/1", "ttl": known}, indent=2) + "\n")
    elif known:
        from placelang.cli.prose import printed, table

        emit(printed([table(list(known.items()))], width=width(), colour=colourful(sys.stdout)))
    return Exit.DONE


def _life(text: str) -> tuple[str, int | None]:
    from placelang.inventory.values import Wrong, read_amount
    from placelang.types import DURATION

    name, equals, written = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"`{text}` is not FACT=DURATION")
    if not written:
        return name, None
    value = read_amount(written, DURATION)
    if isinstance(value, Wrong) or not isinstance(value, int | float):
        hint = f": {value.hint}" if isinstance(value, Wrong) and value.hint else ""
        raise typer.BadParameter(f"`{written}` is no duration{hint}")
    return name, int(value)
