"""`roam`: admit left-out groups of a part that is too large for one model, a few hosts at a time.

Enters a draft in which every rule and hard constraint holds; leaves one that is never worse. For a left-out group, some
of the hosts with the most to spare are opened: what stands there may move among them or leave, what stands elsewhere
may only come to them. That is a small part of its own, and whatever is gained there is gained for the whole.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from placelang_scheduler.drafts import bounds, draft
from placelang_scheduler.exact import refine
from placelang_scheduler.improve import improve
from placelang_scheduler.levels import goals_of
from placelang_scheduler.parts import LARGE, Scope, by_workload, compose
from placelang_scheduler.placement import Settled
from placelang_scheduler.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.drafts import Draft
    from placelang_scheduler.parts import Part

_HOSTS = 12
_AMONG = 4
_TRIES = 3
_SLICE = 0.3
_PATIENCE = 15
_STEPS = 5000
"""Hosts that are opened at once, among how many times as many; tries for each group, and units for each try; tries in
a row that may come to nothing; steps of local search in the end."""


def roam(one: Draft, names: Sequence[str], budget: Budget) -> None:
    """Try each left-out group a few times, higher priority first, for as long as that leads anywhere."""
    groups = one.part.problem.groups
    random = Random(f"{budget.seed}/{one.part.size}")  # noqa: S311 - a search, no secret
    failures = 0
    for group in sorted(
        one.part.open - one.state.admitted, key=lambda group: (-groups[group].priority, group)
    ):
        if not one.state.admitted.issuperset(groups[group].requires):
            continue
        for _ in range(_TRIES):
            if budget.spent or failures == _PATIENCE or group in one.state.admitted:
                break
            hosts = frozenset(_spare(one, group, random))
            with budget.share(min(1.0, _SLICE / budget.units)) as share:
                _rearrange(one, group, hosts, names, share)
            failures = 0 if group in one.state.admitted else failures + 1
    one.bounds = bounds(one.part, one.goals, one.state)
    improve(one.state, one.goals, one.bounds, _STEPS)
    one.values = [goal.value(one.state) for goal in one.goals]


def _spare(one: Draft, group: int, random: Random) -> list[int]:
    """Some of the hosts that have the most left of what the group needs."""
    room = one.part.room
    spare: dict[int, float] = {}
    for index in one.part.workloads:
        if one.part.problem.workloads[index].group == group:
            for host in room[index]:
                needs = one.state.needs[index][host]
                share = min((one.state.free[host][row] / need for row, need in needs), default=1.0)
                spare[host] = max(spare.get(host, 0.0), share)
    best = sorted(spare, key=lambda host: (-spare[host], host))[: _AMONG * _HOSTS]
    return random.sample(best, min(_HOSTS, len(best)))


def _rearrange(one: Draft, group: int, hosts: frozenset[int], names: Sequence[str], budget: Budget) -> None:
    """Solve the part around the open hosts, and take over what came of it."""
    part = _near(one, group, hosts)
    if part.size > LARGE:
        return
    budget.units -= part.size / LARGE
    state = State(part)
    before = Settled({index: dict(one.state.on(index)) for index in part.workloads}, _admitted(one, part))
    state.restore(before)
    near = draft(part, goals_of(part), state)
    refine([near], names, budget)
    for index in part.workloads:
        one.state.clear(index)
        for host, count in near.state.on(index).items():
            one.state.add(index, host, count)
    one.state.admitted -= before.admitted
    one.state.admitted |= near.state.admitted


def _admitted(one: Draft, part: Part) -> frozenset[int]:
    return frozenset(one.state.admitted & part.open)


def _near(one: Draft, group: int, hosts: frozenset[int]) -> Part:
    """The group, all that stands on the hosts, and all that these have to do with."""
    problem = one.part.problem
    standing = {
        problem.workloads[index].group
        for index in one.part.workloads
        if not hosts.isdisjoint(one.state.on(index))
    }
    groups = _tied(one, standing | {group}) & (one.state.admitted | {group})
    workloads = tuple(index for index in one.part.workloads if problem.workloads[index].group in groups)
    room = {
        index: {
            host: most if host in hosts else one.state.on(index)[host]
            for host, most in one.part.room[index].items()
            if host in hosts or host in one.state.on(index)
        }
        for index in workloads
    }
    scope = Scope(
        problem,
        tuple(sorted(groups)),
        workloads,
        (),
        tuple(by_workload(one.part.constraints, workloads)),
    )
    return compose(scope, room)


def _tied(one: Draft, groups: Collection[int]) -> set[int]:
    """`groups` with all that constraints and requirements tie to them, directly or not."""
    problem = one.part.problem
    ties = [
        {problem.workloads[index].group for index in constraint.names()}
        for constraint in one.part.constraints
    ]
    ties += [{group, *problem.groups[group].requires} for group in one.part.groups]
    found = set(groups)
    waiting = [tie for tie in ties if len(tie) > 1]
    grown = True
    while grown:
        grown = False
        for tie in waiting:
            if not tie.isdisjoint(found) and not tie <= found:
                found |= tie
                grown = True
    return found
