"""`placelang inventory wanted`: what somebody should go and find out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inputs import Findings, read_all, settings, store_of, work_out
from placelang.cli.options import AsJson, At, Budget, Current, Files, Inventory, Params, Policies
from placelang.cli.progress import interruptibly
from placelang.cli.terminal import colourful, emit, say, width, write_file

if TYPE_CHECKING:
    from placelang.arrange.wanted import Advice

EXAMPLES = """
placelang inventory wanted retail.place --inventory inventory.yaml
placelang inventory wanted retail.place -i sqlite:///fleet.db --output to-do.txt
placelang inventory wanted retail.place -i sqlite:///fleet.db --json
"""

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead.")
]


def wanted(
    files: Files,
    inventory: Inventory = None,
    policies: Policies = None,
    current: Current = None,
    params: Params = None,
    output: Output = None,
    as_json: AsJson = False,
    budget: Budget = None,
    at: At = None,
) -> Exit:
    """List the facts that somebody should find out for more to be placed, site by site.

    Each list is the shortest that was found, and it was tried: with all of it the groups that it names are placed
    beside all that is no less important, with any fact left out they are not. What would have to be true is said with
    each fact, and the command that finds it out. Of sites that are alike one is tried.
    """
    from placelang.arrange.wanted import find_wanted
    from placelang.cli.prose import printed
    from placelang.cli.wanted_text import to_do

    findings = Findings()
    given = settings(findings, inventory=inventory, policies=policies, params=params, budget=budget)
    ready = read_all(files, given, findings, current=current, at=at)
    worked = work_out(ready, given, findings)
    advice = interruptibly(
        lambda: find_wanted(worked.lowered, worked.solution, worked.plan.header.seed), doing="trying facts"
    )
    store = store_of(given)
    if as_json:
        text = _data(advice, store)
    else:
        columns = width() if output is None else 100
        colour = colourful(sys.stdout) and output is None
        text = printed(to_do(advice, store), width=columns, colour=colour)
    if output is None:
        emit(text)
    else:
        write_file(output, [text])
        say(f"written to {output}")
    return Exit.DONE


def _data(advice: Advice, store: str | None) -> str:
    from placelang.arrange.advice.how import how

    lists = [
        {
            "groups": wanted.groups,
            "facts": [{**fact.model_dump(mode="json"), "how": how(fact, store)} for fact in wanted.facts],
        }
        for wanted in advice.lists
    ]
    data = {
        "format": "placelang/wanted/1",
        "lists": lists,
        "others": advice.others,
        "untried": advice.untried,
    }
    return json.dumps(data, indent=2) + "\n"
