"""`placelang inventory probe`: what this host is."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import colourful, emit, say, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from placelang_runtime.host_facts import DeviceKinds, HostFacts

EXAMPLES = """
placelang inventory probe
placelang inventory rules shop.place > rules.json
placelang inventory probe --site gbg --rules rules.json --json > gbg-1.json
placelang inventory probe --site gbg --rules rules.json --follow --inventory sqlite:///fleet.db
"""

EVERY = 60.0
"""After how many seconds facts are looked at again though no device has come or gone."""

Site = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Where this host stands.")]
Host = Annotated[
    str | None, typer.Option("--host", metavar="NAME", help="What it is called; its host name if left out.")
]
Rules = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FILE", help="Devices to look for, as `inventory rules` writes them."),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Go on: report again when a device comes or goes, and every minute.")
]
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
    kinds = _kinds(rules)
    for found in _looks(site, host, kinds, follow=follow):
        if url is not None:
            _keep(found, url)
        if as_json:
            emit(found.model_dump_json(indent=None if follow else 2) + "\n")
        elif url is None or not follow:
            _show(found)
    return Exit.DONE


def _looks(
    site: str | None, host: str | None, kinds: DeviceKinds | None, *, follow: bool
) -> Iterable[HostFacts]:
    from placelang_runtime.probe import probe as look

    name = host or socket.gethostname()

    def once() -> HostFacts:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        return look(host=name, site=site, observed=now, kinds=kinds)

    if not follow:
        return [once()]
    from placelang_runtime.host_facts import DeviceKinds
    from placelang_runtime.probe.follow import follow as again

    return again(once, kinds or DeviceKinds(kinds={}), every=EVERY)


def _kinds(path: Path | None) -> DeviceKinds | None:
    """The kinds in a file, or the end of the command."""
    from pydantic import ValidationError

    from placelang_runtime.host_facts import DeviceKinds
    from placelang_runtime.probe.devices import rules_of
    from placelang_runtime.udev_rules import RuleError

    if path is None:
        return None
    try:
        kinds = DeviceKinds.model_validate_json(path.read_bytes())
        rules_of(kinds)
    except (ValidationError, RuleError) as error:
        what = (
            "a rule in it cannot be: " + str(error) if isinstance(error, RuleError) else "its form is another"
        )
        message = f"{path} is not what `placelang inventory rules` writes: {what}"
        raise typer.BadParameter(message, param_hint="'--rules'") from error
    return kinds


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
