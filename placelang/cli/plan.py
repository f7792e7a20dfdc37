"""`placelang plan`: what would run where, without touching anything."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, make_plan, read_all, settings
from placelang.cli.logs import LOGGER
from placelang.cli.options import (
    AsJson,
    At,
    Budget,
    Current,
    Files,
    Inventory,
    Params,
    Policies,
    Seed,
    Site,
    TimeLimit,
    Workers,
)
from placelang.cli.terminal import colourful, emit, say, width, write_file

if TYPE_CHECKING:
    from placelang_runtime.plan import Plan

EXAMPLES = """
placelang plan retail.place --inventory inventory.yaml
placelang plan retail.place -i inventory.yaml --output plan.json
placelang plan retail.place -i inventory.yaml --current plan.json --set footage=100GiB
placelang plan retail.place -i inventory.yaml --site gbg --hosts
"""

LARGEST_SEED = 2**53
"""Every reader of JSON holds it exactly."""

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the plan there, whole or not at all."),
]
Hosts = Annotated[bool, typer.Option("--hosts", help="Show every host, with amounts instead of percentages.")]


def plan(
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    current: Current = None,
    params: Params = None,
    output: Output = None,
    as_json: AsJson = False,
    seed: Seed = 0,
    budget: Budget = None,
    time_limit: TimeLimit = None,
    workers: Workers = 1,
    at: At = None,
    site: Site = None,
    every_host: Hosts = False,
) -> Exit:
    """Plan where everything runs, and show it.

    Nothing is changed on any host. Shows what runs where and how full that makes the hosts, then what is left out,
    why, and what would make it fit; with --current, what would start, move and stop. The same input gives the same
    plan, byte for byte.
    """
    from placelang.cli.plan_text import View, plan_text
    from placelang_runtime.canonical import chunks

    if not 0 <= seed <= LARGEST_SEED:
        raise typer.BadParameter(f"a seed is a whole number from 0 to {LARGEST_SEED}", param_hint="'--seed'")
    if time_limit is not None and not time_limit > 0:
        raise typer.BadParameter("a limit is a number of seconds above 0", param_hint="'--time-limit'")
    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    ready = read_all(files, given, findings, current=current, at=at)
    if site is not None and site not in ready.inventory.sites.names:
        raise typer.BadParameter(f"the inventory has no site {site}", param_hint="'--site'")
    made = make_plan(ready, given, findings, seed=seed, time_limit=time_limit, workers=workers).plan
    if output is not None:
        write_file(output, chunks(made))
    if as_json:
        emit("".join(chunks(made)))
    else:
        ask = ["placelang", "explain", str(files[0]), *(["-i", str(inventory)] if inventory else [])]
        view = View(
            site, every_host, LOGGER.isEnabledFor(logging.INFO), shlex.join(ask) if not files[1:] else None
        )
        emit(plan_text(made, view, width=width(), colour=colourful(sys.stdout)))
    if output is not None:
        say(f"plan written to {output}")
    return _exit(made)


def _exit(plan: Plan) -> Exit:
    from placelang_runtime.plan import Outcome

    return {
        Outcome.COMPLETE: Exit.DONE,
        Outcome.PARTIAL: Exit.PARTIAL,
        Outcome.BUDGET_EXHAUSTED: Exit.BUDGET,
        Outcome.INTERRUPTED: Exit.INTERRUPTED,
    }[plan.header.outcome]
