"""`placelang facts`: what can be asked of sites, hosts, GPUs, devices and services, and what monitors measure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, check_modules, read_modules, settings
from placelang.cli.options import AsJson, Params, Policies
from placelang.cli.terminal import colourful, emit, width

if TYPE_CHECKING:
    from placelang.cli.prose import Block
    from placelang.reference import Row

EXAMPLES = """
placelang facts
placelang facts host
placelang facts host --of retail.place
placelang facts metric --json
"""


def _topics(incomplete: str) -> list[str]:
    from placelang.reference import TOPICS

    return [topic for topic in TOPICS if topic.startswith(incomplete)]


Topic = Annotated[
    str | None,
    typer.Argument(
        metavar="NOUN",
        help="site, host, gpu, device or service; or model, resource or metric.",
        show_default=False,
        autocompletion=_topics,
    ),
]
Fleet = Annotated[
    list[Path] | None,
    typer.Option("--of", metavar="FILE", help="Also what this root file's fleet declares; may be repeated."),
]


def facts(
    noun: Topic = None,
    fleet: Fleet = None,
    policies: Policies = None,
    params: Params = None,
    as_json: AsJson = False,
) -> Exit:
    """Show the facts that predicates can name: type, units, meaning and an example of each.

    With the root files of a fleet, also its labels, derived facts, devices and resources.
    """
    from placelang.nearest import suggestion
    from placelang.reference import TOPICS, built_in, declared

    if noun is not None and noun not in TOPICS:
        hint = suggestion(noun, TOPICS) or f"there are {', '.join(TOPICS)}"
        raise typer.BadParameter(f"nothing has facts that is called `{noun}`: {hint}", param_hint="'NOUN'")
    rows = built_in()
    if fleet:
        findings = Findings()
        given = settings(findings, policies=policies, params=params)
        program = check_modules(read_modules(fleet, given, findings), given, None, findings)
        findings.end_on_errors()
        findings.show()
        if program is None:
            raise TypeError("what has no errors has a value")
        rows += declared(program)
    shown = [row for row in rows if noun in (None, row.topic)]
    emit(_data(shown) if as_json else _text(shown))
    return Exit.DONE


def _data(rows: Sequence[Row]) -> str:
    from placelang.types import units_of

    facts = [
        {
            "noun": row.topic,
            "name": row.name,
            "type": str(row.type),
            "units": list(units_of(row.type)),
            "meaning": row.meaning,
            "example": row.example,
        }
        for row in rows
    ]
    return json.dumps({"format": "placelang/facts/1", "facts": facts}, indent=2) + "\n"


def _text(rows: Sequence[Row]) -> str:
    from placelang.cli.prose import printed

    return printed(_blocks(rows), width=width(), colour=colourful(sys.stdout))


def _blocks(rows: Sequence[Row]) -> Iterator[Block]:
    """A table for each topic, and the units of the types that occur."""
    from placelang.cli.prose import line, table
    from placelang.reference import TOPICS
    from placelang.types import units_of

    for topic, meaning in TOPICS.items():
        own = [row for row in rows if row.topic == topic]
        if own:
            yield line(topic, style="bold", after=meaning)
            yield table([(row.name, str(row.type), row.meaning, row.example) for row in own])
            yield line()
    units = {str(row.type): " ".join(units_of(row.type)) for row in rows}
    if any(units.values()):
        yield line("units", style="bold", after="a unit follows its number without a space")
        yield table([(kind, written) for kind, written in units.items() if written])
