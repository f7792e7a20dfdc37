"""A repair in words: what follows on "it would fit"."""

from __future__ import annotations

from collections import Counter

from placelang.arrange.amounts import spell_amount
from placelang.cite import cite
from placelang.lower import Lowered
from placelang_scheduler import Change, Problem, Remedy, Repair


def say_repair(lowered: Lowered, problem: Problem, repair: Repair) -> str:
    """All changes of the repair, of `problem` or a part of it, and whether fewer could do."""
    counted = Counter(repair.changes)
    words = " and ".join(_say(lowered, problem, change, count) for change, count in counted.items())
    return words if repair.smallest else f"{words} (the best found)"


def _say(lowered: Lowered, problem: Problem, change: Change, count: int) -> str:
    index = -1 if change.workload is None else change.workload
    workload = problem.workloads[index] if index >= 0 else None
    match change.remedy:
        case Remedy.FEWER if workload is not None:
            name, minimum = workload.id.partition(" ~ ")[0], problem.counted(index).minimum
            return f"with {change.amount} of {name} instead of {minimum}"
        case Remedy.LESS if (
            workload is not None and change.resource is not None and change.amount is not None
        ):
            need = (
                workload.demand[change.resource]
                if change.demand is None
                else workload.devices[change.demand].share
            )
            before = spell_amount(lowered.program, change.resource, need)
            after = spell_amount(lowered.program, change.resource, change.amount)
            return f"if {workload.id} needed {after} instead of {before.partition(' ')[0]}"
        case Remedy.HOST if change.host is not None:
            more = "one more host" if count == 1 else f"{count} more hosts"
            return f"with {more} like {problem.hosts[change.host].id}"
        case Remedy.WITHOUT if change.constraint is not None:
            span = lowered.clause(change.constraint)
            clause, policy = cite(lowered.sources, span), lowered.policies.get(span)
            of = f" of the policy {policy}" if policy else ""
            return f"without `{clause.text}`{of} ({clause.at})"
    raise ValueError(f"a change without what it is about: {change}")
