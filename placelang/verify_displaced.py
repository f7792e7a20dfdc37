"""Whether what a plan says of those that gave way is so, as far as that takes no solver.

What moved is worked out anew from where everything stands. Of what was left out, the plan has to name all that ran, who
is placed instead, and what there is too little of beside them; that it would fit without those takes a solver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from placelang.arrange.displaced import find_moved
from placelang.arrange.naming import Placed
from placelang.arrange.reasons import DISPLACING
from placelang.lower import Lowered
from placelang_runtime.plan import Displaced, Plan
from placelang_scheduler import Solution, lacking


def wrong_displaced(
    plan: Plan, lowered: Lowered, solution: Solution, placed: tuple[Placed, ...]
) -> Iterator[str]:
    """What is not so, by replica."""
    said = {one.replica: one for one in plan.header.displaced}
    if list(said) != sorted(said) or len(said) < len(plan.header.displaced):
        yield "those that gave way are not told once each, in order"
    moved = {one.replica: one for one in find_moved(lowered, placed)}
    for name in sorted(moved.keys() | {name for name, one in said.items() if one.target is not None}):
        if said.get(name) != moved.get(name):
            yield f"{name} did not give way as the plan says"
    yield from _wrong_left_out(plan, lowered, solution)


def _wrong_left_out(plan: Plan, lowered: Lowered, solution: Solution) -> Iterator[str]:
    said = {one.replica: one for one in plan.header.displaced if one.target is None}
    ran = _ran(lowered)
    group_of = {name: group for group, names in ran.items() for name in names}
    for name in sorted(said.keys() - group_of.keys()):
        yield f"{name} did not run, and cannot give way"
    groups = lowered.problem.groups
    out = {groups[left.group].id: left.group for left in solution.left_out}
    due = {out[name] for name in _giving_way(plan) if name in out} & ran.keys()
    told = {group_of[name] for name in said.keys() & group_of.keys()}
    for group in sorted(told ^ due):
        yield f"whether {groups[group].id} gave way is told in two ways"
    admitted = [number for number, yes in enumerate(solution.admitted) if yes]
    placed = {groups[number].id for number in admitted}
    checked = sorted(told & due)
    short = lacking(lowered.problem, solution.placements, admitted, checked) if checked else {}
    if any(one.keyword == "survive" for one in lowered.problem.constraints):
        short = {}  # what a loss leaves too little of takes a solver
    for group in checked:
        entries = [said.get(name) for name in ran[group]]
        first = next(one for one in entries if one is not None)
        alike = [
            Displaced(replica=name, source=at, target=None, by=first.by, resources=first.resources)
            for name, at in ran[group].items()
        ]
        if entries != alike:
            yield f"not all of {groups[group].id} gave way as the plan says"
        elif not placed.issuperset(first.by) or list(first.by) != sorted(set(first.by)):
            yield f"{groups[group].id} did not give way to {', '.join(first.by)}"
        elif group in short and list(first.resources) != sorted(short[group]):
            yield f"{groups[group].id} did not give way for want of {', '.join(first.resources) or 'nothing'}"


def _ran(lowered: Lowered) -> dict[int, dict[str, str]]:
    """By group, the replicas that run on hosts that are there, with these."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for r in lowered.running:
        if r.host >= 0:
            found[lowered.units[r.unit].group][r.replica.name] = lowered.world.hosts.names[r.host]
    return found


def _giving_way(plan: Plan) -> set[str]:
    """The groups of which the plan says that others take the room of what runs."""
    return {
        name
        for entry in plan.header.left_out
        for name in entry.groups
        if any(reason.text.endswith(DISPLACING) for reason in entry.reasons)
    }
