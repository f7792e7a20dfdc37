"""`placelang verify`: whether a plan is what it says it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, read_plan, settings, with_models
from placelang.cli.options import AsJson, Current, Files, Images, Inventory, Params, Policies
from placelang.cli.progress import interruptibly
from placelang.cli.terminal import count, emit
from placelang.render import printable

EXAMPLES = """
placelang verify plan.json retail.place --inventory inventory.yaml
placelang verify plan.json retail.place --inventory inventory.yaml --replay
"""

MOST = 20

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan to look at.", show_default=False)]
Replay = Annotated[bool, typer.Option("--replay", help="Plan again, and compare byte by byte.")]


def verify(
    plan: PlanFile,
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    current: Current = None,
    params: Params = None,
    replay: Replay = False,
    as_json: AsJson = False,
    images: Images = None,
) -> Exit:
    """Check a plan without a solver.

    Compares the digests of all that it was made from, and runs every constraint's own check on its placements. With
    --replay, the same files, inventory, seed and budget have to give the same bytes. Exit code 5 if anything differs.
    """
    from placelang.verify import verify as find

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params)
    claimed = read_plan(plan, findings)
    ready = read_all(files, given, findings, current=current, images=images)
    ready = with_models(ready, files, findings)
    if claimed is None:
        raise TypeError("what has no errors has a value")
    found = interruptibly(
        lambda: find(claimed, ready.program, ready.inventory, current=ready.current, replay=replay),
        doing=f"verifying {plan}",
    )
    findings.show()
    if as_json:
        rows = [{"kind": finding.kind, "text": finding.text} for finding in found]
        emit(json.dumps({"format": "placelang/verify/1", "findings": rows}, indent=2) + "\n")
    elif found:
        for finding in found[:MOST]:
            emit(f"{finding.kind}: {printable(finding.text)}\n")
        if found[MOST:]:
            emit(f"… and {len(found) - MOST} more: --json has them all\n")
        emit(f"{plan}: {count(len(found), 'finding')}\n")
    else:
        emit(f"{plan}: true to its files, its inventory and every constraint{', byte for byte' * replay}\n")
    return Exit.CHECK if found else Exit.DONE
