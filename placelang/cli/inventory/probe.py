"""`placelang inventory probe`: what this host is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, say, width
from placelang_runtime.cli.probe import Follow, Host, Rules, Site, looks, read_kinds

if TYPE_CHECKING:
    from placelang_runtime.host_facts import HostFacts

EXAMPLES = """
placelang inventory probe
placelang inventory rules shop.place > rules.json
placelang inventory probe --site gbg --rules rules.json --json > gbg-1.json
placelang inventory probe --site gbg --rules rules.json --follow --inventory sqlite:///fleet.db
"""

Into = Annotated[
    str | None,
    typer.Option(
        "--inventory", "-i", metavar="URL", help="A store to tell: sqlite:///fleet.db.", show_default=False
    ),
]


def probe(
    site: Site = None,
    host: Host = None,
    rules: Rules = None,
    url: Into = None,
    follow: Follow = False,
    as_json: AsJson = False,
) -> Exit:
    """Find out what this host is: system, processor, memory, disk, GPUs, container engine, execution providers, and the
    devices that placement files declare.

    Needs no privileges. What cannot be found out in two seconds, or is forbidden, is unknown, with the reason.
    """
    for found in looks(site, host, read_kinds(rules), follow=follow):
        if url is not None:
            _keep(found, url)
        if as_json:
            emit(found.model_dump_json(indent=None if follow else 2) + "\n")
        elif url is None or not follow:
            _show(found)
    return Exit.DONE


def _keep(found: HostFacts, url: str) -> None:
    from placelang.cli.inventory.add import tell
    from placelang.inventory.probed import inventory_of
    from placelang.store import Trust, clock

    inventory, faults = inventory_of(found, "probe")
    if inventory is None:
        raise TypeError(faults)
    with open_store(url, create=True) as store:
        tell(found.host, store.add(inventory, trust=Trust.PROBE, now=clock()))


def _show(found: HostFacts) -> None:
    """The facts as an author would write them, then what stayed unknown and why."""
    from placelang.cli.inventory.stores import shown
    from placelang.cli.prose import line, printed, table

    def value(of: object) -> object:
        return list(of) if isinstance(of, tuple) else of

    rows = [(name, shown("host", name, value(known))) for name, known in found.facts.items()]
    rows += [
        (f"labels.{name}", shown("host", f"labels.{name}", value(known)))
        for name, known in found.labels.items()
    ]
    blocks = [line(found.host, style="bold", after=found.site or "at no site"), table(rows, whole=1)]
    for noun, things in (("gpu", found.gpus), ("device", found.devices)):
        for index, thing in enumerate(things or ()):
            facts = thing.model_dump(exclude_none=True)
            blocks.append(line(f"{noun} {facts.pop('name', index)}", style="bold"))
            if facts:
                blocks.append(
                    table([(name, shown(noun, name, known)) for name, known in facts.items()], whole=1)
                )
    if found.gpus == ():
        blocks.append(line("no GPU"))
    emit(printed(blocks, width=width(), colour=colourful(sys.stdout)))
    for unknown in found.unknown:
        say(f"unknown: {unknown.fact}: {unknown.reason}")
