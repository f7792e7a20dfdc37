"""`placelang inventory import`: what other tools know of hosts, as an inventory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings
from placelang.cli.inventory.add import tell
from placelang.cli.inventory.stores import open_store
from placelang.cli.options import AsJson
from placelang.cli.terminal import as_data, count, emit, listed, report, say, write_file
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.files import decode, read_source

if TYPE_CHECKING:
    from placelang.diagnostics import Source
    from placelang.importers import Imported

EXAMPLES = """
kubectl get nodes -o json | placelang inventory import kubernetes - --site gbg > gbg.json
placelang inventory import ansible facts/ --inventory sqlite:///fleet.db
placelang inventory import lshw host-*.json --site plant-2 --output plant-2.json --json
"""

SHOWN = 12
"""How many kinds of things that were not understood are shown."""
MOST_FAULTS = 50
STDIN = Path("-")


class Tool(StrEnum):
    """The tools whose output is read; `placelang.importers.KINDS` has a module for each."""

    ANSIBLE = "ansible"
    DOCKER = "docker"
    HORIZON = "horizon"
    KUBERNETES = "kubernetes"
    LSHW = "lshw"
    NETBOX = "netbox"
    NOMAD = "nomad"


Kind = Annotated[Tool, typer.Argument(metavar="KIND", help=", ".join(Tool), show_default=False)]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="What the tool wrote; a folder for all files in it, `-` for standard input.",
        show_default=False,
    ),
]
Into = Annotated[
    str | None,
    typer.Option(
        "--inventory",
        "-i",
        metavar="URL",
        help="A store to put it into: sqlite:///fleet.db.",
        show_default=False,
    ),
]
Site = Annotated[
    str, typer.Option("--site", metavar="NAME", help="Where hosts stand of which the tool does not say it.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the inventory here, not to standard output."),
]


def import_hosts(
    kind: Kind,
    files: Files,
    url: Into = None,
    site: Site = "unassigned",
    output: Output = None,
    as_json: AsJson = False,
) -> Exit:
    """Make an inventory of what another tool knows: what was understood, what was kept as a label, and what was not
    understood is told, by line.

    A bad record never spoils the good ones beside it: both are counted, and the exit code is 3. With --output,
    --json prints the report as data.
    """
    from placelang.importers import LIMIT
    from placelang.importers import import_hosts as read

    if as_json and output is None and url is None:
        raise typer.BadParameter(
            "standard output has the inventory: give --output too", param_hint="'--json'"
        )
    if not 0 < len(site) <= 253:  # noqa: PLR2004 - as inventories have it
        raise typer.BadParameter("a name has 1 to 253 characters", param_hint="'--site'")
    findings = Findings()
    sources = list(read_sources(files, findings, limit=LIMIT))
    unreadable = len(findings.diagnostics)
    imported = read(kind.value, sources, site=site)
    shown = imported.diagnostics[:MOST_FAULTS]
    findings.add(shown, {source.path: source for source in sources})
    if as_json:
        report(findings.diagnostics[:unreadable], findings.sources)
    else:
        findings.show()
        _tell(imported, unreadable)
    if imported.hosts == 0:
        if as_json:
            emit(_data(imported, unreadable, findings))
        return Exit.INPUT
    if url is not None:
        _keep(imported, url)
    if output is not None or url is None:
        _write(imported, output)
    if as_json:
        emit(_data(imported, unreadable, findings))
    return Exit.PARTIAL if imported.bad or imported.partial or unreadable else Exit.DONE


def _write(imported: Imported, output: Path | None) -> None:
    text = json.dumps(imported.document, indent=1, ensure_ascii=False) + "\n"
    if output is None:
        emit(text)
    else:
        write_file(output, text)
        say(f"wrote {output}")


def _keep(imported: Imported, url: str) -> None:
    """Put what was imported into the store."""
    from placelang.diagnostics import Source
    from placelang.inventory import read_inventory
    from placelang.store import Trust, clock

    inventory, faults = read_inventory(Source("imported.json", json.dumps(imported.document)))
    if inventory is None:
        raise TypeError(faults)
    with open_store(url, create=True) as store:
        tell(url, store.add(inventory, trust=Trust.IMPORT, now=clock()))


def read_sources(files: Sequence[Path], findings: Findings, *, limit: int) -> Iterator[Source]:
    """The files, those of a folder by name; what cannot be read is reported and passed over."""
    for path in files:
        if path == STDIN:
            source, faults = decode(sys.stdin.buffer.read(limit + 1), "<stdin>", limit=limit)
            findings.add(faults)
            yield from [source] if source else []
            continue
        inside = (
            sorted(one for one in path.iterdir() if not one.name.startswith(".")) if path.is_dir() else [path]
        )
        if not inside:
            findings.add([Diagnostic(Code.UNREADABLE, "there is no file in this folder", path=str(path))])
        for one in inside:
            source, faults = read_source(one, limit=limit)
            findings.add(faults)
            yield from [source] if source else []


def _tell(imported: Imported, unreadable: int) -> None:
    """The report, for people."""
    bad = imported.bad + unreadable
    partial = f", {imported.partial} of them in part" if imported.partial else ""
    say(f"{count(imported.hosts, 'host')} imported{partial}; {count(bad, 'record')} left out")
    if len(imported.diagnostics) > MOST_FAULTS:
        say(f"the first {MOST_FAULTS} of {len(imported.diagnostics)} faults are shown")
    if imported.facts:
        say("facts: " + ", ".join(f"{name} {hosts}" for name, hosts in imported.facts.items()))
    if imported.labels:
        say("kept as labels: " + listed(list(imported.labels), SHOWN))
    if imported.not_understood:
        say("not understood:")
        for one in imported.not_understood[:SHOWN]:
            line = f":{one.line}" if one.line else ""
            times = f", {one.count} times" if one.count > 1 else ""
            say(f"  {one.file}{line}: {one.where}{times}")
        more = len(imported.not_understood) - SHOWN
        if more > 0:
            say(f"  and {more} more")


def _data(imported: Imported, unreadable: int, findings: Findings) -> str:
    document = {
        "format": "placelang/import/1",
        "hosts": imported.hosts,
        "partial": imported.partial,
        "bad": imported.bad + unreadable,
        "facts": imported.facts,
        "labels": imported.labels,
        "not_understood": [
            {"where": one.where, "count": one.count, "path": one.file, "line": one.line}
            for one in imported.not_understood
        ],
        "diagnostics": [as_data(diagnostic, findings.sources) for diagnostic in findings.diagnostics],
    }
    return json.dumps(document, indent=2) + "\n"
