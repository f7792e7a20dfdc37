"""`placelang history`: what was done here, and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from placelang_runtime.cli.at_host import AsJson, ConfigFile, Options, StateFolder, read_config, told
from placelang_runtime.cli.exits import Exit
from placelang_runtime.cli.terminal import emit
from placelang_runtime.printable import printable

if TYPE_CHECKING:
    from placelang_runtime.journal import Deed, Run

EXAMPLES = """
placelang history
placelang history --run 12
"""

Number = Annotated[
    int | None, typer.Option("--run", metavar="N", help="Every single thing that this run did.", min=1)
]
Most = Annotated[
    int, typer.Option("--most", metavar="N", help="So many runs, the last ones.", min=1, max=1000)
]


def history(
    run: Number = None,
    most: Most = 20,
    state: StateFolder = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Show the runs of this host, the newest first, or what one of them did."""
    from placelang_runtime.state import look_at_state

    with told():
        known = read_config(Options(state=state, config=config))
        with look_at_state(known.state) as opened:
            runs = () if run is not None else opened.journal.runs(most)
            deeds = () if run is None else opened.journal.deeds(run)
    if as_json:
        rows = [asdict(one) for one in runs] if run is None else [asdict(deed) for deed in deeds]
        emit(json.dumps({"format": "placelang/history/1", "rows": rows}, indent=2) + "\n")
        return Exit.DONE
    lines = [*(_run_line(one) for one in runs), *(_deed_line(one) for one in deeds)]
    emit("".join(f"{printable(line)}\n" for line in lines))
    return Exit.DONE


def _run_line(run: Run) -> str:
    outcome = run.outcome or "cut off"
    message = f": {run.message}" if run.message else ""
    return f"{run.id:5}  {_time(run.began)}  {run.command:24}  {outcome}{message}"


def _deed_line(deed: Deed) -> str:
    outcome = "cut off" if deed.ended is None else deed.error or f"{deed.ended - deed.began} ms"
    return f"{_time(deed.began)}  {deed.host:12}  {deed.kind:12}  {deed.of}: {outcome}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
