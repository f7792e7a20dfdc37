"""`placelang whatif`: what an altered fleet makes of today's plan."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, Ready, read_all, read_catalogue, settings
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
from placelang.cli.progress import Watch, interruptibly
from placelang.cli.terminal import colourful, count, emit, width

if TYPE_CHECKING:
    from placelang.inventory import Inventory as Fleet
    from placelang.whatif import Difference, Survey
    from placelang.whatif.alteration import Assumed

EXAMPLES = """
placelang whatif retail.place -i inventory.yaml --lose gbg-1
placelang whatif retail.place -i inventory.yaml --drain mma-2 --set-fact mma-1.memory=32GiB
placelang whatif retail.place -i inventory.yaml --lose site:osl --add gbg-1=2 --json
placelang whatif retail.place -i inventory.yaml --survey
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
ByHost = Annotated[
    bool,
    typer.Option(
        "--survey", help="Instead: the loss of every single host, one by one, and which of them hurt."
    ),
]


def whatif(
    files: Files,
    inventory: Inventory = None,
    lose: Lose = None,
    drain: Drain = None,
    add: Add = None,
    set_fact: SetFact = None,
    by_host: ByHost = False,
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
    if not (lose or drain or add or set_fact or by_host):
        raise typer.BadParameter("nothing is altered: give --lose, --drain, --add, --set-fact or --survey")
    from placelang.planning import BUDGET
    from placelang.whatif.alteration import Assumed

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    assumed = Assumed(tuple(lose or ()), tuple(drain or ()), tuple(add or ()), tuple(set_fact or ()))
    kinds = read_catalogue(catalogue, findings)
    ready = read_all(files, given, findings, current=current, at=at)
    effort = BUDGET if given.budget is None else given.budget
    if not by_host:
        return _difference(ready, assumed, kinds, findings, (seed, effort), as_json=as_json)
    ask = ["placelang", "whatif", *map(str, files), *(["-i", str(inventory)] if inventory else []), "--lose"]
    return _survey(ready, assumed, kinds, findings, (seed, effort), None if as_json else shlex.join(ask))


def _difference(
    ready: Ready,
    assumed: Assumed,
    kinds: Fleet | None,
    findings: Findings,
    search: tuple[int, float],
    *,
    as_json: bool,
) -> Exit:
    from placelang.whatif import whatif as find_difference

    seed, budget = search
    with findings.of_input():
        found = interruptibly(
            lambda: find_difference(
                ready.program,
                ready.inventory,
                lose=assumed.lose,
                drain=assumed.drain,
                add=assumed.add,
                set_fact=assumed.set_fact,
                catalogue=kinds,
                policies=ready.policies,
                current=ready.current,
                seed=seed,
                budget=budget,
                at=ready.at,
            ),
            doing=f"planning {count(len(ready.inventory.hosts.names), 'host')} twice",
        )
    findings.add(found.warnings)
    findings.show()
    if as_json:
        _emit(found.difference, "placelang/whatif/1")
    else:
        from placelang.cli.whatif_text import whatif_text

        emit(whatif_text(found.difference, width=width(), colour=colourful(sys.stdout)))
    return _exit(found.difference)


def _survey(
    ready: Ready,
    assumed: Assumed,
    kinds: Fleet | None,
    findings: Findings,
    search: tuple[int, float],
    ask: str | None,
) -> Exit:
    """Survey the altered fleet; `ask` is the command that shows one loss, None for JSON."""
    from placelang.whatif import survey
    from placelang.whatif.alteration import read_alteration

    alteration, faults, sources = read_alteration(ready.program, ready.inventory, assumed, kinds)
    findings.add(faults, sources)
    findings.end_on_errors()
    if alteration is None:
        raise TypeError("what has no errors has a value")
    seed, budget = search
    watch = Watch()
    with findings.of_input():
        found = interruptibly(
            lambda: survey(
                ready.program,
                alteration.inventory,
                policies=ready.policies,
                current=ready.current,
                seed=seed,
                budget=budget,
                at=ready.at,
                progress=watch.hear,
            ),
            doing=f"planning {count(len(ready.inventory.hosts.names), 'host')} one by one",
            watch=watch,
        )
    findings.add(found.warnings)
    findings.show()
    if ask is None:
        _emit(found.survey, "placelang/survey/1")
    else:
        from placelang.cli.survey_text import survey_text

        emit(survey_text(found.survey, ask, width=width(), colour=colourful(sys.stdout)))
    if not all(loss.proved for loss in found.survey.losses):
        return Exit.BUDGET
    return Exit.PARTIAL if found.survey.losses else Exit.DONE


def _emit(found: Difference | Survey, form: str) -> None:
    from pydantic import TypeAdapter

    data = TypeAdapter(type(found)).dump_python(found, mode="json")
    emit(json.dumps({"format": form, **data}, indent=2) + "\n")


def _exit(difference: Difference) -> Exit:
    from placelang_runtime.plan import Outcome

    if Outcome.BUDGET_EXHAUSTED in (difference.today.outcome, difference.then.outcome):
        return Exit.BUDGET
    return Exit.PARTIAL if difference.left_out or difference.stuck else Exit.DONE
