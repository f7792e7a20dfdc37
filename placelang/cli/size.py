"""`placelang size`: the cheapest hosts to add so that everything fits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli import complete
from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, read_catalogue, settings
from placelang.cli.options import AsJson, At, Budget, Current, Files, Inventory, Params, Policies, Seed
from placelang.cli.progress import Watch, interruptibly
from placelang.cli.terminal import colourful, count, emit, width

if TYPE_CHECKING:
    from placelang.whatif import Sizing

EXAMPLES = """
placelang size retail.place -i inventory.yaml --catalogue kinds.yaml
placelang size retail.place -i inventory.yaml --catalogue kinds.yaml --site trd --json
"""

Kinds = Annotated[
    Path,
    typer.Option(
        "--catalogue",
        metavar="FILE",
        help="An inventory whose hosts are the kinds that there are to add, each with its `cost`.",
        show_default=False,
    ),
]
Only = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="Add hosts at one site only.", autocompletion=complete.sites),
]


def size(
    files: Files,
    catalogue: Kinds,
    inventory: Inventory = None,
    site: Only = None,
    policies: Policies = None,
    current: Current = None,
    params: Params = None,
    as_json: AsJson = False,
    seed: Seed = 0,
    budget: Budget = None,
    at: At = None,
) -> Exit:
    """Find the cheapest hosts to add so that everything that is left out fits.

    For each site: how many of which kind, what they cost, and whether that is proved to be the cheapest. Where no
    number of any kind helps, why not. Exit code 3 if something stays left out, 4 if cheaper hosts may do.
    """
    from placelang.planning import BUDGET
    from placelang.whatif import size as find_size

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    kinds = read_catalogue(catalogue, findings)
    ready = read_all(files, given, findings, current=current, at=at)
    if kinds is None:
        raise TypeError("what has no errors has a value")
    if site is not None and site not in ready.inventory.sites.names:
        raise typer.BadParameter(f"the inventory has no site {site}", param_hint="'--site'")
    watch = Watch()
    with findings.of_input():
        found = interruptibly(
            lambda: find_size(
                ready.program,
                ready.inventory,
                kinds,
                site=site,
                policies=ready.policies,
                current=ready.current,
                seed=seed,
                budget=BUDGET if given.budget is None else given.budget,
                at=ready.at,
                progress=watch.hear,
            ),
            doing=f"trying {count(len(kinds.hosts.names), 'kind')} of host",
            watch=watch,
        )
    findings.add(found.warnings, {kinds.source.path: kinds.source})
    findings.show()
    if as_json:
        from pydantic import TypeAdapter

        data = TypeAdapter(type(found.sizing)).dump_python(found.sizing, mode="json")
        emit(json.dumps({"format": "placelang/sizing/1", **data}, indent=2) + "\n")
    else:
        from placelang.cli.size_text import size_text

        emit(size_text(found.sizing, width=width(), colour=colourful(sys.stdout)))
    return _exit(found.sizing)


def _exit(sizing: Sizing) -> Exit:
    if any(one.hopeless or one.open for one in sizing.sizes):
        return Exit.PARTIAL
    return Exit.DONE if all(one.proved for one in sizing.sizes) else Exit.BUDGET
