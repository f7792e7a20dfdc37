"""What if: the plan of an inventory that is not, against that of the one that is.

    from placelang import whatif
    what = whatif(program, inventory, lose=["gbg-1"])
    print(what.difference.left_out)

The second plan is made with the first as what runs, so only what must move moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placelang.diagnostics import Diagnostic
from placelang.errors import InputError
from placelang.inventory import Inventory
from placelang.planning import BUDGET, work_out
from placelang.program import Program
from placelang.whatif.alteration import Assumed, read_alteration
from placelang.whatif.difference import Difference, LevelChange, Stuck, compare
from placelang.whatif.headroom import Headroom
from placelang.whatif.losses import LostGroup
from placelang.whatif.sizing import Addition, Size, Sized, Sizing, size
from placelang.whatif.spent import spent
from placelang.whatif.surveying import Loss, Survey, Surveyed, survey
from placelang_runtime.plan import Plan

__all__ = [
    "Addition",
    "Difference",
    "Headroom",
    "LevelChange",
    "Loss",
    "LostGroup",
    "Size",
    "Sized",
    "Sizing",
    "Stuck",
    "Survey",
    "Surveyed",
    "WhatIf",
    "size",
    "survey",
    "whatif",
]


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """`today` is the plan of the inventory as it is, `then` that of the altered one, `inventory`. `warnings` are those
    of the inventory as it is."""

    difference: Difference
    today: Plan
    then: Plan
    inventory: Inventory
    warnings: tuple[Diagnostic, ...]


def whatif(
    program: Program,
    inventory: Inventory,
    *,
    lose: Sequence[str] = (),
    drain: Sequence[str] = (),
    add: Sequence[str] = (),
    set_fact: Sequence[str] = (),
    catalogue: Inventory | None = None,
    policies: Sequence[str] = (),
    current: Plan | None = None,
    seed: int = 0,
    budget: float = BUDGET,
    time_limit: float | None = None,
    at: int | None = None,
) -> WhatIf:
    """What would be if hosts were lost, drained or added, or facts were otherwise.

    `lose` and `drain` name hosts, sites or zones (`gbg-1`, `site:gbg`, `gbg/a`), `add` says `KIND=N` or `KIND@SITE=N`
    for N hosts like the host KIND of the `catalogue` or the inventory, `set_fact` `HOST.FACT=VALUE`. The rest is as in
    `plan`. Raises `InputError` where a name does not exist or a text is at fault.
    """
    assumed = Assumed(tuple(lose), tuple(drain), tuple(add), tuple(set_fact))
    alteration, faults, sources = read_alteration(program, inventory, assumed, catalogue)
    if alteration is None:
        raise InputError(faults, sources)
    today = work_out(
        program,
        inventory,
        policies=policies,
        current=current,
        seed=seed,
        budget=budget,
        time_limit=time_limit,
        at=at,
    )
    then = work_out(
        spent(program) if lose else program,
        alteration.inventory,
        policies=policies,
        current=today.plan,
        seed=seed,
        budget=budget,
        time_limit=time_limit,
        at=at,
    )
    difference = compare(today, then, alteration.said, alteration.drained)
    return WhatIf(difference, today.plan, then.plan, alteration.inventory, today.warnings)
