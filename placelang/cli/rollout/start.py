"""`placelang rollout start`: from a plan that was signed to rollouts that go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placelang.cli.exits import Exit
from placelang.cli.inventory.stores import Url, open_store
from placelang.cli.terminal import complain, count, listed, say

EXAMPLES = """
placelang sign plan.json --key fleet.key --sequence 12 -o parts
placelang rollout start plan.json --sequence 12 -i sqlite:///fleet.db
placelang rollout run --key fleet.key -i sqlite:///fleet.db
"""

MOST = 20

PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="What `placelang plan --output` wrote.", show_default=False)
]
Sequence = Annotated[
    int,
    typer.Option(
        "--sequence", min=1, max=2**53, metavar="N", help="With which it was signed.", show_default=False
    ),
]


def start(plan: PlanFile, sequence: Sequence, url: Url = None) -> Exit:
    """Have the rollouts of a plan that was signed begin: the sites of each first wave, and later waves in their turn.

    This writes down what shall be, and `rollout run` does it. A plan with a higher sequence takes the place of the one
    before. What goes on already, or is done, stays; what failed or was aborted begins again.
    """
    from placelang.rollouts.controlling import RolloutError
    from placelang.rollouts.controlling import start as begin
    from placelang.rollouts.course import find_courses
    from placelang_runtime.canonical import PlanError, read_plan

    try:
        courses = find_courses(read_plan(plan), sequence)
        with open_store(url) as store:
            begun = begin(store, courses)
    except (PlanError, RolloutError) as error:
        complain(str(error))
        return Exit.INPUT
    if not courses:
        complain(f"{plan}: no app has a `rollout`, and so its sites change as soon as they have their parts")
        return Exit.INPUT
    told = f": {listed(begun, MOST)}" if begun else ", as those of this plan go on already"
    say(f"started {count(len(begun), 'rollout')}{told}")
    return Exit.DONE
