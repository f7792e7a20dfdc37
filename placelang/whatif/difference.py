"""What an altered inventory makes of a plan: what is left out then and why, what is placed, what moves, what the
objectives come to.

Enter the plan of today and that of the altered inventory, made with today's as what runs. Leaves a `Difference`, which
is data throughout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from placelang.arrange.left_out import find_left_out
from placelang.lower import Lowered
from placelang.lower.running import replicas_of
from placelang.planning import Worked
from placelang_runtime.left_out import LeftOut
from placelang_runtime.plan import Changes, Outcome, Plan


@dataclass(frozen=True, slots=True)
class LevelChange:
    """What an objective comes to; None where one of the plans has no such level."""

    name: str
    today: int | None
    then: int | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """A replica that stays on a host that is drained: it has no other place."""

    replica: str
    host: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many groups a plan places, of how many that are wanted, and how far its search came."""

    placed: int
    wanted: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Difference:
    """`assumed` is what is altered, in words. `left_out`: groups that are placed today, or not wanted, and left out
    then. `placed`: those of which it is the other way round. `gone`: those that are placed today and wanted no more,
    such as what runs once per host on a lost one. `changes` are from today's plan. `stuck`: what could not leave hosts
    that are drained. `levels`: objectives that come to something else."""

    assumed: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    placed: tuple[str, ...]
    gone: tuple[str, ...]
    stuck: tuple[Stuck, ...]
    changes: Changes
    levels: tuple[LevelChange, ...]
    today: Count
    then: Count


def compare(today: Worked, then: Worked, assumed: tuple[str, ...], drained: Iterable[str]) -> Difference:
    """The difference between two plans, of which the second was made with the first as what runs."""
    if then.plan.header.changes is None:
        raise ValueError("the second plan was made without the first")
    wanted_today, wanted_then = _wanted(today.lowered), _wanted(then.lowered)
    left_today, left_then = _left_out(today.plan), _left_out(then.plan)
    placed_today, placed_then = wanted_today - left_today, wanted_then - left_then
    hosts = frozenset(drained)
    return Difference(
        assumed=assumed,
        left_out=_only(then, left_then - left_today),
        placed=tuple(sorted(placed_then - placed_today)),
        gone=tuple(sorted(placed_today - wanted_then)),
        stuck=tuple(
            Stuck(replica.name, replica.host)
            for _, replica in sorted(replicas_of(then.plan), key=lambda found: found[1].name)
            if replica.host in hosts
        ),
        changes=then.plan.header.changes,
        levels=tuple(_levels(today.plan, then.plan)),
        today=count_of(today),
        then=count_of(then),
    )


def count_of(worked: Worked) -> Count:
    """How many groups a plan places."""
    wanted = _wanted(worked.lowered)
    return Count(len(wanted - _left_out(worked.plan)), len(wanted), worked.plan.header.outcome)


def _wanted(lowered: Lowered) -> set[str]:
    return {group.id for group in lowered.problem.groups}


def _left_out(plan: Plan) -> set[str]:
    return {group for entry in plan.header.left_out for group in entry.groups}


def _only(worked: Worked, groups: set[str]) -> tuple[LeftOut, ...]:
    """The entries of these groups alone: the plan's own speak of others, too, that are left out alike."""
    shapes, solution = worked.lowered.problem.groups, worked.solution
    own = tuple(left for left in solution.left_out if shapes[left.group].id in groups)
    return find_left_out(worked.lowered, replace(solution, left_out=own), worked.plan.header.seed)


def _levels(today: Plan, then: Plan) -> Iterable[LevelChange]:
    before = {level.name: level.value for level in today.header.levels}
    after = {level.name: level.value for level in then.header.levels}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name) and (before.get(name) or after.get(name)):
            yield LevelChange(name, before.get(name), after.get(name))
