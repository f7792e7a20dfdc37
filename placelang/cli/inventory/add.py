"""`placelang inventory add`: what a person says, into the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_inventory_file
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.terminal import count, say

if TYPE_CHECKING:
    from placelang.inventory import Inventory
    from placelang.store import Added, Trust

EXAMPLES = """
placelang inventory add inventory.yaml --inventory sqlite:///fleet.db
placelang inventory add guesses.yaml --assumed -i sqlite:///fleet.db
"""

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Inventories, in YAML or JSON.", show_default=False)
]
Assumed = Annotated[
    bool, typer.Option("--assumed", help="These are assumptions: anything that was seen is believed instead.")
]


def add(files: Files, url: Url = None, assumed: Assumed = False) -> Exit:
    """Put what inventories say into a store, which is made if it is not there.

    What a person says is believed before what a probe saw, that before what was imported, and that before what is
    assumed; of two statements of one kind, the newer. All of the files are taken, or none.
    """
    from placelang.store import Trust, clock

    findings = Findings()
    said = Trust.ASSUMED if assumed else Trust.OPERATOR
    read = [_read(path, said, findings) for path in files]
    findings.end_on_errors()
    findings.show()
    with open_store(url, create=True) as store:
        for path, (inventory, trust) in zip(files, read, strict=True):
            if inventory is None:
                raise TypeError("what has no errors has a value")
            tell(str(path), store.add(inventory, trust=trust, now=clock(), source=trust.name.lower()))
    return Exit.DONE


def _read(path: Path, said: Trust, findings: Findings) -> tuple[Inventory | None, Trust]:
    """What a file says, and how far it is believed: it may be what a probe wrote."""
    from placelang.inventory.probed import is_probed, read_probed
    from placelang.store import Trust

    if not is_probed(path):
        return read_inventory_file(path, findings), said
    inventory, faults = read_probed(path)
    findings.add(faults)
    return inventory, Trust.PROBE


def tell(what: str, added: Added) -> None:
    """What came of adding, for people."""
    asides = [f"{added.older} older than what is known"] if added.older else []
    asides += [f"{added.future} from the future, taken as seen now"] if added.future else []
    extra = f" ({', '.join(asides)})" if asides else ""
    say(f"{what}: {count(added.things, 'thing')}, {count(added.changed, 'fact')} changed{extra}")
