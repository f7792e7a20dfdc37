"""`construct`: a good placement of one part, group by group, without a solver.

Groups go in order of priority, those that others require first, big and choosy ones before small ones; each is placed
whole or taken back. What runs stays where it may; every other replica goes to the host that the goals like best.
Where groups are left out, a second pass packs tightly instead, and the better of the two is kept. Replicas beyond
the minimum come last.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import beside
from placelang_scheduler.objectives.priorities import by_priority
from placelang_scheduler.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.objectives.goal import Goal
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Variants


def construct(part: Part, goals: Sequence[Goal]) -> State:
    """A placement in which every rule and every hard constraint holds."""
    state = _pass(part, goals, tight=False)
    if len(state.admitted) < len(part.open):
        other = _pass(part, goals, tight=True)
        if _vector(goals, other) < _vector(goals, state):
            return other
    return state


def _vector(goals: Sequence[Goal], state: State) -> list[int]:
    return [goal.value(state) for goal in goals]


def _pass(part: Part, goals: Sequence[Goal], *, tight: bool) -> State:
    state = State(part)
    members: dict[int, list[int]] = {group: [] for group in part.groups}
    size = {workload: size_of(part, workload) for workload in part.workloads}
    for workload in part.workloads:
        members[part.problem.workloads[workload].group].append(workload)
    order = _order(part, {group: sum(size[w] for w in found) for group, found in members.items()})
    for group in (*order, *_late(part, order)):
        ready = all(other in state.admitted for other in part.problem.groups[group].requires)
        if ready and group not in state.admitted:
            _admit(state, goals, group, sorted(members[group], key=lambda w: (-size[w], w)), tight=tight)
    _extend(state, goals)
    return state


def size_of(part: Part, workload: int) -> float:
    """How hard a workload is to place: what it takes of the hosts it may stand on, more where they are few."""
    room = part.room[workload]
    shape = part.problem.workloads[workload]
    share = 0.0
    for resource, need in shape.demand.items():
        if need:
            most = max((part.problem.hosts[host].capacity.get(resource, 0) for host in room), default=0)
            share = max(share, need / most) if most else share
    return share * sqrt(len(part.hosts) / len(room)) if room else share


def _order(part: Part, size: dict[int, float]) -> list[int]:
    """Open groups, by priority and size, each after those that it requires; what is required inherits the priority."""
    groups = part.problem.groups
    order: dict[int, None] = {}
    for first in sorted(part.open, key=lambda group: (-groups[group].priority, -size[group], group)):
        stack = [first]
        while stack:
            missing = [
                other for other in groups[stack[-1]].requires if other not in order and other in part.open
            ]
            if missing:
                stack.append(missing[0])
            else:
                order[stack.pop()] = None
    return list(order)


def _late(part: Part, order: Sequence[int]) -> Iterator[int]:
    """Groups that have to stand beside others that come after them, for when these do."""
    shapes = part.problem.workloads
    place = {group: number for number, group in enumerate(order)}
    waiting = set()
    for constraint in part.constraints:
        for one in beside(constraint) if constraint.weight is None else ():
            last = max((place.get(shapes[partner].group, -1) for partner in one.partners), default=-1)
            groups = {shapes[workload].group for workload in one.workloads}
            waiting |= {group for group in groups if place.get(group, last) < last}
    return (group for group in order if group in waiting)


def _admit(state: State, goals: Sequence[Goal], group: int, workloads: Sequence[int], *, tight: bool) -> None:
    """Place a group's minimum, or nothing of it."""
    state.admitted.add(group)
    for one in state.problem.counts(partners_first(state, workloads)):
        state.want(one.workloads[0], one.minimum)
        for workload in one.workloads:
            _keep(state, workload)
        while state.due(one.workloads[0]):
            chosen = choose(state, goals, one.workloads, tight=tight)
            if chosen is None:
                break
            state.add(*chosen)
    whole = all(not state.due(workload) for workload in workloads)
    if not whole or broken(state, *workloads):
        for workload in workloads:
            state.clear(workload)
            state.want(workload, 0)
        state.admitted.remove(group)


def partners_first(state: State, workloads: Sequence[int]) -> list[int]:
    """The workloads in order, but those that others must stand beside before these."""
    wanted = set(workloads)
    order: dict[int, None] = {}
    for first in workloads:
        stack = [first]
        seen = {first}
        while stack:
            ahead = [
                partner
                for constraint in state.hard[stack[-1]]
                for one in beside(constraint)
                if stack[-1] in one.workloads
                for partner in one.partners
                if partner in wanted and partner not in order and partner not in seen
            ]
            if ahead:
                seen.add(ahead[0])
                stack.append(ahead[0])
            else:
                order[stack.pop()] = None
    return list(order)


def _keep(state: State, workload: int) -> None:
    """Leave replicas where they run, as many as are wanted and fit."""
    room = state.part.room[workload]
    extras = [constraint.marginal for constraint in state.hard[workload]]
    for host, running in sorted(state.problem.workloads[workload].current.items()):
        for _ in range(min(running, room.get(host, 0), state.due(workload))):
            if not state.fits(workload, host) or any(extra(state, workload)(host) for extra in extras):
                break
            state.add(workload, host)


def choose(
    state: State, goals: Sequence[Goal], variants: Sequence[int], *, tight: bool
) -> tuple[int, int] | None:
    """Which of some variants to have one more replica of, and on which host, None if there is none: where nobody has to
    change seats, if there is such a host; where it is tight, the worst variant that there is."""
    chosen = _best(state, goals, variants, tight=tight, reseat=False)
    if chosen is None and any(state.shares(workload) for workload in variants):
        return _best(state, goals, variants, tight=tight, reseat=True)
    return chosen


def _best(
    state: State, goals: Sequence[Goal], variants: Sequence[int], *, tight: bool, reseat: bool
) -> tuple[int, int] | None:
    best: tuple[list[int], tuple[float, float]] | None = None
    chosen = None
    for workload in reversed(variants) if tight else variants:
        hard = [constraint.marginal(state, workload) for constraint in state.hard[workload]]
        asked = () if tight else [goal.marginal(state, workload) for goal in goals]
        liked = [one or _indifferent for one in asked if one or len(variants) > 1]
        for host in state.part.room[workload]:
            if state.fits(workload, host, reseat=reseat) and not any(extra(host) for extra in hard):
                score = ([marginal(host) for marginal in liked], _match(state, workload, host))
                if best is None or score < best:
                    best, chosen = score, (workload, host)
        if tight and chosen:
            break
    return chosen


def _indifferent(_: int) -> int:
    return 0


def _match(state: State, workload: int, host: int) -> tuple[float, float]:
    """How badly what a replica needs has the shape of what is left of the host, then how much it leaves over."""
    free = state.free[host]
    shares = [need / free[index] for index, need in state.needs[workload][host]]
    return (max(shares) - min(shares), -max(shares)) if shares else (0.0, 0.0)


def _extend(state: State, goals: Sequence[Goal]) -> None:
    """Add replicas beyond the minimum, higher priority first, one of each workload in turn."""
    shapes = state.problem.workloads
    growing = [
        one
        for one in state.problem.counts(state.part.workloads)
        if shapes[one.workloads[0]].group in state.admitted and one.minimum < one.maximum
    ]
    for _, equals in by_priority(state.problem, growing, lambda one: shapes[one.workloads[0]].group):
        left = list(equals)
        while left:
            left = [one for one in left if _grow(state, goals, one)]


def _grow(state: State, goals: Sequence[Goal], one: Variants) -> bool:
    first = one.workloads[0]
    number = state.number(first)
    if number >= one.maximum:
        return False
    state.want(first, number + 1)
    chosen = choose(state, goals, one.workloads, tight=False)
    if chosen is not None:
        state.add(*chosen)
        if not broken(state, *one.workloads):
            return True
        state.add(*chosen, -1)
    state.want(first, number)
    return False


def broken(state: State, *workloads: int) -> bool:
    """Whether a hard constraint that names one of the workloads does not hold."""
    named = {id(constraint): constraint for workload in workloads for constraint in state.hard[workload]}
    return any(True for constraint in named.values() for _ in constraint.violations(state.problem, state))
