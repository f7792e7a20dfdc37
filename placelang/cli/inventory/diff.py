"""`placelang inventory diff`: what differs between two inventories."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.address import is_store
from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, moment_of, read_inventory_file
from placelang.cli.inventory.stores import shown
from placelang.cli.options import AsJson, At
from placelang.cli.terminal import colourful, emit, say, width

if TYPE_CHECKING:
    from placelang.cli.prose import Block
    from placelang.inventory import Inventory
    from placelang.inventory.differences import Differences

EXAMPLES = """
placelang inventory diff monday.json tuesday.json
placelang inventory diff survey.yaml sqlite:///fleet.db
placelang inventory diff survey.yaml sqlite:///fleet.db --at 2026-03-02T05:45:00Z --json
"""

Before = Annotated[str, typer.Argument(metavar="BEFORE", help="A file or a store.", show_default=False)]
After = Annotated[str, typer.Argument(metavar="AFTER", help="A file or a store.", show_default=False)]


def diff(before: Before, after: After, at: At = None, as_json: AsJson = False) -> Exit:
    """Show what differs between two inventories: things that are gone or new, and facts that have another value.

    When and by whom facts were observed does not count. Exit code 5 if anything differs.
    """
    from placelang.inventory.differences import compare

    findings = Findings()
    moment = moment_of(at)
    inventories = [_read(address, moment, findings) for address in (before, after)]
    findings.end_on_errors()
    findings.show()
    first, second = inventories
    if first is None or second is None:
        raise TypeError("what has no errors has a value")
    found = compare(first, second)
    differs = bool(found.gone or found.new or found.changed)
    if as_json:
        emit(_data(found))
    elif differs:
        from placelang.cli.prose import printed

        emit(printed(_blocks(found), width=width(), colour=colourful(sys.stdout)))
    else:
        say("nothing differs")
    return Exit.CHECK if differs else Exit.DONE


def _read(address: str, at: int | None, findings: Findings) -> Inventory | None:
    if not is_store(address):
        return read_inventory_file(Path(address), findings)
    from placelang.store import read_store

    return read_store(address, at)[0]


def _blocks(found: Differences) -> Iterator[Block]:
    from placelang.cli.prose import table

    rows = [
        (sign, f"{noun} {name}")
        for sign, things in (("-", found.gone), ("+", found.new))
        for noun, name in things
    ]
    if rows:
        yield table(rows, whole=1)
    changed = [
        (
            f"{one.noun} {one.name}",
            one.fact,
            _value(one.noun, one.fact, one.before),
            "→",
            _value(one.noun, one.fact, one.after),
        )
        for one in found.changed
    ]
    if changed:
        yield table(changed, whole=2)


def _value(noun: str, fact: str, value: object) -> str:
    return "unknown" if value is None else shown(noun, fact, value)


def _data(found: Differences) -> str:
    from dataclasses import asdict

    document = {
        "format": "placelang/inventory-diff/1",
        "gone": [{"noun": noun, "name": name} for noun, name in found.gone],
        "new": [{"noun": noun, "name": name} for noun, name in found.new],
        "changed": [asdict(one) for one in found.changed],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
