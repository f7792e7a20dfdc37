"""`placelang plan`: what would run where, without touching anything."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.address import is_store
from placelang.cli import progress
from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, make_plan, read_all, settings, store_of, with_models
from placelang.cli.options import (
    AsJson,
    At,
    Budget,
    Current,
    Files,
    Images,
    Inventory,
    Params,
    Policies,
    Seed,
    Site,
    TimeLimit,
    Workers,
)
from placelang.cli.terminal import colourful, emit, say, width, write_file
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang_runtime.cli.logs import LOGGER

if TYPE_CHECKING:
    from placelang.cli.inputs import Ready
    from placelang.config import Settings
    from placelang_runtime.plan import Plan

EXAMPLES = """
placelang plan retail.place --inventory inventory.yaml
placelang plan retail.place -i inventory.yaml --output plan.json
placelang plan retail.place -i inventory.yaml --current plan.json --set footage=100GiB
placelang plan retail.place -i inventory.yaml --site gbg --hosts --steps
placelang plan retail.place -i sqlite:///fleet.db --watch --output plan.json
"""

LARGEST_SEED = 2**53
"""Every reader of JSON holds it exactly."""

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the plan there, whole or not at all."),
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Go on: plan again when facts of the store change, and show what differs."),
]
Hosts = Annotated[bool, typer.Option("--hosts", help="Show every host, with amounts instead of percentages.")]

StepsOption = Annotated[
    bool, typer.Option("--steps", help="Show every step from what runs to the plan, and what it waits for.")
]


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
    workers: Workers = None,
    at: At = None,
    site: Site = None,
    every_host: Hosts = False,
    follow: Watch = False,
    every_step: StepsOption = False,
    images: Images = None,
) -> Exit:
    """Plan where everything runs, and show it.

    Nothing is changed on any host. Shows what runs where and how full that makes the hosts, then what is left out,
    why, and what would make it fit; with --current, what would start, move and stop, and in which order. The same input
    gives the same plan, byte for byte. With --watch, every plan is made with the one before as what runs.
    """
    from placelang.cli.plan_text import View, plan_text
    from placelang.cli.workers import pool, worthwhile
    from placelang_runtime.canonical import chunks

    if not 0 <= seed <= LARGEST_SEED:
        raise typer.BadParameter(f"a seed is a whole number from 0 to {LARGEST_SEED}", param_hint="'--seed'")
    if time_limit is not None and not time_limit > 0:
        raise typer.BadParameter("a limit is a number of seconds above 0", param_hint="'--time-limit'")
    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    watch = progress.Watch()
    many = 1 if follow else workers or worthwhile((given.inventory, current))
    with pool(many, watch.stop) as executor:
        ready = read_all(files, given, findings, current=current, at=at, images=images, executor=executor)
        ready = with_models(ready, files, findings)
        if site is not None and site not in ready.inventory.sites.names:
            raise typer.BadParameter(f"the inventory has no site {site}", param_hint="'--site'")
        if follow:
            return _follow(ready, given, findings, seed=seed, output=output, as_json=as_json, images=images)
        made = make_plan(
            ready, given, findings, seed=seed, time_limit=time_limit, executor=executor, watch=watch
        )
    if images is not None:
        _check_locked(made, images, findings)
    _check_models(ready, made, files[0].parent, findings)
    if output is not None:
        write_file(output, chunks(made))
    if as_json:
        emit("".join(chunks(made)))
    else:
        known = ["-i", inventory] if inventory else []
        ask = ["placelang", "explain", str(files[0]), *known]
        view = View(
            site,
            every_host,
            LOGGER.isEnabledFor(logging.INFO),
            shlex.join(ask) if not files[1:] else None,
            every_step,
            shlex.join(["placelang", "inventory", "wanted", *map(str, files), *known]),
            store_of(given),
        )
        emit(plan_text(made, view, width=width(), colour=colourful(sys.stdout)))
    if output is not None:
        say(f"plan written to {output}")
    return _exit(made)


def _check_models(ready: Ready, plan: Plan, folder: Path, findings: Findings) -> None:
    """Warn of services that cannot serve their models where they are to."""
    if not ready.program.models:
        return
    from placelang.models.fitting import check_fit
    from placelang.models.sources.cache import default_folder

    findings.add(check_fit(ready.program, ready.inventory, plan, folder, default_folder()))
    findings.show()


def _check_locked(plan: Plan, lock: Path, findings: Findings) -> None:
    """End the command if anybody may still change what an image of the plan is."""
    from placelang.images import unlocked

    hint = "ask its registry: `placelang images lock`, with the same files and inventory"
    for image in unlocked(plan):
        message = f"`{image}` is not in the lock"
        findings.add([Diagnostic(Code.UNREADABLE, message, path=str(lock), hint=hint)])
    findings.end_on_errors()


def _follow(
    ready: Ready,
    given: Settings,
    findings: Findings,
    *,
    seed: int,
    output: Path | None,
    as_json: bool,
    images: Path | None,
) -> Exit:
    """Plan whenever facts change, until interrupted; what differs is shown, as JSON a line each."""
    from placelang.cli.watch_text import replanned_data, replanned_text
    from placelang.planning import BUDGET
    from placelang.watching import Replanned, watch
    from placelang_runtime.canonical import to_json

    if given.inventory is None or not is_store(given.inventory):
        message = "a file is read once: give --inventory sqlite:///fleet.db"
        raise typer.BadParameter(message, param_hint="'--watch'")
    plans = watch(
        ready.program,
        given.inventory,
        policies=ready.policies,
        current=ready.current,
        seed=seed,
        budget=BUDGET if given.budget is None else given.budget,
    )
    for found in plans:
        if not isinstance(found, Replanned):
            findings.add(found.diagnostics)
            findings.show()
            continue
        if images is not None:
            _check_locked(found.worked.plan, images, findings)
        if output is not None:
            write_file(output, to_json(found.worked.plan))
        findings.add(found.worked.warnings if found.difference is None else ())
        findings.show()
        emit(
            replanned_data(found)
            if as_json
            else replanned_text(found, width=width(), colour=colourful(sys.stdout))
        )
    return Exit.DONE


def _exit(plan: Plan) -> Exit:
    from placelang_runtime.plan import Outcome

    return {
        Outcome.COMPLETE: Exit.DONE,
        Outcome.PARTIAL: Exit.PARTIAL,
        Outcome.BUDGET_EXHAUSTED: Exit.BUDGET,
        Outcome.INTERRUPTED: Exit.INTERRUPTED,
    }[plan.header.outcome]
