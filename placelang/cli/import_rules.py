"""`placelang import`: what other tools say of where something may run, as a placement file."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings
from placelang.cli.inventory.import_hosts import MOST_FAULTS, read_sources
from placelang.cli.options import AsJson
from placelang.cli.terminal import as_data, count, emit, report, say, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from placelang.manifests import Translated

EXAMPLES = """
placelang import kubernetes deploy/*.yaml --output shop.place
helm template shop ./chart | placelang import kubernetes - > shop.place
placelang import nomad web.nomad.json --output web.place --json
"""

FULL = 100


class Language(StrEnum):
    """The tools whose placement rules are read; `placelang.manifests.KINDS` has a module for each."""

    COMPOSE = "compose"
    HORIZON = "horizon"
    KUBERNETES = "kubernetes"
    NOMAD = "nomad"


Kind = Annotated[Language, typer.Argument(metavar="KIND", help=", ".join(Language), show_default=False)]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help="What the tool is given; a folder for all files in it, `-` for standard input.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the placement file here, not to standard output."
    ),
]


def import_rules(kind: Kind, files: Files, output: Output = None, as_json: AsJson = False) -> Exit:
    """Make a placement file of what another tool is told: which hosts, how many, beside what, what each needs.

    A rule without a counterpart becomes a comment; one that keeps hosts away is a warning at its line, too, and the
    exit code is 3. So it is where a document is left out. With --output, --json prints the report as data.
    """
    from placelang.manifests import LIMIT
    from placelang.manifests import import_rules as read

    if as_json and output is None:
        raise typer.BadParameter(
            "standard output has the placement file: give --output too", param_hint="'--json'"
        )
    findings = Findings()
    sources = list(read_sources(files, findings, limit=LIMIT))
    unreadable = len(findings.diagnostics)
    found = read(kind.value, sources)
    findings.add(found.diagnostics[:MOST_FAULTS], {source.path: source for source in sources})
    if as_json:
        report(findings.diagnostics[:unreadable], findings.sources)
        emit(_data(found, unreadable, findings))
    else:
        findings.show()
        _tell(found, unreadable)
    if found.blocks == 0:
        return Exit.INPUT
    if output is None:
        emit(found.text)
    else:
        write_file(output, found.text)
        say(f"wrote {output}")
    return Exit.PARTIAL if found.bad or found.partial or unreadable else Exit.DONE


def _tell(found: Translated, unreadable: int) -> None:
    """The report, for people."""
    partial = f"; {count(found.partial, 'document')} understood in part" if found.partial else ""
    bad = count(found.bad + unreadable, "document")
    say(f"{count(found.blocks, 'service or job', 'services and jobs')} imported{partial}; {bad} left out")
    if len(found.diagnostics) > MOST_FAULTS:
        say(f"the first {MOST_FAULTS} of {len(found.diagnostics)} faults are shown")
    kept, left = sum(found.kept.values()), sum(found.left.values())
    if kept + left:
        share = FULL * kept // (kept + left)
        say(f"{kept} of {kept + left} rules have a counterpart ({share}%); the others are comments")
    if found.left:
        say("without one: " + _counted(found.left))


def _counted(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {times}" if times > 1 else rule for rule, times in rules.items())


def _data(found: Translated, unreadable: int, findings: Findings) -> str:
    document = {
        "format": "placelang/import-rules/1",
        "blocks": found.blocks,
        "partial": found.partial,
        "bad": found.bad + unreadable,
        "kept": found.kept,
        "left": found.left,
        "diagnostics": [as_data(diagnostic, findings.sources) for diagnostic in findings.diagnostics],
    }
    return json.dumps(document, indent=2) + "\n"
