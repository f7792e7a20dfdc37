"""`placelang inventory export`: a store as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import moment_of
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.options import At
from placelang.cli.terminal import emit, say, write_file

EXAMPLES = """
placelang inventory export --inventory sqlite:///fleet.db > inventory.json
placelang inventory export --output inventory.json --at 2026-03-02T05:45:00Z
"""

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here, not to standard output.")
]


def export(url: Url = None, output: Output = None, at: At = None) -> Exit:
    """Write what is believed of the fleet as an inventory file, each fact with its time and its source."""
    from placelang.inventory.written import as_document
    from placelang.store import clock

    moment = moment_of(at)
    with open_store(url) as store:
        inventory = store.inventory(clock() if moment is None else moment)
    text = json.dumps(as_document(inventory), indent=1, ensure_ascii=False) + "\n"
    if output is None:
        emit(text)
    else:
        write_file(output, text)
        say(f"wrote {output}")
    return Exit.DONE
