"""`placelang whatif`: what an altered fleet makes of today's plan."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, read_catalogue, settings
from placelang.cli.options import (
    AsJson,
    At,
    Budget,
    Catalogue,
    Current,
    Files,
    Inventory,
    Params,
    Policies,
    Seed,
)
from placelang.cli.progress import interruptibly
from placelang.cli.terminal import colourful, count, emit, width

if TYPE_CHECKING:
    from placelang.whatif import Difference

EXAMPLES = """
placelang whatif retail.place -i inventory.yaml --lose gbg-1
placelang whatif retail.place -i inventory.yaml --drain mma-2 --set-fact mma-1.memory=32GiB
placelang whatif retail.place -i inventory.yaml --lose site:osl --add gbg-1=2 --json
"""

Lose = Annotated[
    list[str] | None,
    typer.Option("--lose", metavar="HOST|SITE|ZONE", help="All its hosts are down; may be repeated."),
]
Drain = Annotated[
    list[str] | None,
    typer.Option(
        "--drain",
        metavar="HOST|SITE|ZONE",
        help="Its hosts take nothing new, and what can leave leaves; may be repeated.",
    ),
]
Add = Annotated[
    list[str] | None,
    typer.Option(
        "--add",
        metavar="KIND[@SITE]=N",
        help="N more hosts like the host KIND of the catalogue or the inventory; may be repeated.",
    ),
]
SetFact = Annotated[
    list[str] | None,
    typer.Option(
        "--set-fact",
        metavar="HOST.FACT=VALUE",
        help="A fact has this value, or is `unknown`; may be repeated.",
    ),
]


def whatif(
    files: Files,
    inventory: Inventory = None,
    lose: Lose = None,
    drain: Drain = None,
    add: Add = None,
    set_fact: SetFact = None,
    catalogue: Catalogue = None,
    policies: Policies = None,
    current: Current = None,
    params: Params = None,
    as_json: AsJson = False,
    seed: Seed = 0,
    budget: Budget = None,
    at: At = None,
) -> Exit:
    """Show what would be if hosts were lost, drained or added, or facts were otherwise.

    Plans the inventory as it is and as it would be, and shows the difference: what is left out then and why, what is
    placed, what moves. Only what must move moves. Exit code 3 if anything is left out that is not today.
    """
    if not (lose or drain or add or set_fact):
        raise typer.BadParameter("nothing is altered: give --lose, --drain, --add or --set-fact")
    from placelang import InputError
    from placelang.planning import BUDGET
    from placelang.whatif import whatif as find_difference

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    kinds = read_catalogue(catalogue, findings)
    ready = read_all(files, given, findings, current=current, at=at)
    try:
        found = interruptibly(
            lambda: find_difference(
                ready.program,
                ready.inventory,
                lose=lose or (),
                drain=drain or (),
                add=add or (),
                set_fact=set_fact or (),
                catalogue=kinds,
                policies=ready.policies,
                current=ready.current,
                seed=seed,
                budget=given.budget or BUDGET,
                at=ready.at,
            ),
            doing=f"planning {count(len(ready.inventory.hosts.names), 'host')} twice",
        )
    except InputError as error:
        findings.add(error.diagnostics, error.sources)
        findings.show()
        raise typer.Exit(Exit.INPUT) from error
    findings.add(found.warnings)
    findings.show()
    _show(found.difference, as_json=as_json)
    return _exit(found.difference)


def _show(difference: Difference, *, as_json: bool) -> None:
    if as_json:
        from pydantic import TypeAdapter

        data = TypeAdapter(type(difference)).dump_python(difference, mode="json")
        emit(json.dumps({"format": "placelang/whatif/1", **data}, indent=2) + "\n")
        return
    from placelang.cli.whatif_text import whatif_text

    emit(whatif_text(difference, width=width(), colour=colourful(sys.stdout)))


def _exit(difference: Difference) -> Exit:
    from placelang_runtime.plan import Outcome

    if Outcome.BUDGET_EXHAUSTED in (difference.today.outcome, difference.then.outcome):
        return Exit.BUDGET
    return Exit.PARTIAL if difference.left_out or difference.stuck else Exit.DONE
