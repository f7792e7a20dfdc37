"""`placelang model history`: which version of a model served here when, and why it changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.at_host import AsJson, ConfigFile, Options, StateFolder, read_config, told
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import complain, emit
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.journal import Serving

EXAMPLES = """
placelang model history shoplifting
placelang model history shop.score --json
"""

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="Its full name, as `shoplifting` or `app.score`.")
]


def history(
    model: Model,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Show which version of a model served on this host when, oldest first, and what made it change.

    That is a plan, a failure after which its group went back, a rule of a monitor, or a person.
    """
    from placelang_runtime.state import look_at_state

    with told():
        known = read_config(Options(state=state, config=config))
        with look_at_state(known.state) as opened:
            rows, there = opened.journal.servings(model), opened.journal.served_models()
    if not rows:
        names = f": there were {', '.join(there[:20])}" if there else ""
        complain(printable(f"no model {model} ever served here{names}"))
        return Exit.INPUT
    if as_json:
        document = {"format": "placelang/model-history/1", "model": model, "rows": [asdict(r) for r in rows]}
        emit(json.dumps(document, indent=2) + "\n")
        return Exit.DONE
    emit("".join(f"{printable(line)}\n" for line in _lines(rows)))
    return Exit.DONE


def _lines(rows: tuple[Serving, ...]) -> list[str]:
    from placelang_runtime.apply.serving import said

    wide = max(len(said(one)) for one in rows)
    where = max(len(one.replica) for one in rows)
    hosts = max(len(one.host) for one in rows)
    return [
        f"{_time(one.at)}  {one.host:{hosts}}  {one.replica:{where}}  {said(one):{wide}}  {one.cause}: {one.why}"
        for one in rows
    ]


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
