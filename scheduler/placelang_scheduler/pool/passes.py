"""`run_pass`: a placement of all of a pool, group by group, in one of several styles.

Groups go in order of priority, those that others require or have to stand beside first; each is placed whole or taken
back. What runs stays where it may. Replicas beyond the minimum come last, by priority; where a style is `eager`, with
the minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, cast

from placelang_scheduler.constraints import beside
from placelang_scheduler.greedy import partners_first
from placelang_scheduler.pool.fill import trim
from placelang_scheduler.pool.ground import Ground
from placelang_scheduler.pool.running import keep, keep_carefully, stay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from placelang_scheduler.pool.columns import Columns
    from placelang_scheduler.problem import Variants
    from placelang_scheduler.state import State

Place = Callable[[Ground, int, int], int]
"""Places up to so many replicas of a workload, and says how many."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a pass goes about it: `place`, the `rank` of workloads among equals, lowest first."""

    name: str
    place: Place
    rank: Mapping[int, float]
    eager: bool = True


def sizes(columns: Columns) -> dict[int, float]:
    """How hard each workload is to place: what it takes of the hosts it may stand on, more where they are few."""
    most = [columns.capacity[:, mask].max(axis=1, initial=1) for mask in columns.masks]
    hosts = columns.capacity.shape[1]
    found = {}
    for index in columns.scope.workloads:
        number = columns.mask[index]
        share = max((need / max(1, most[number][row]) for row, need in columns.needs[index]), default=0.0)
        found[index] = float(share * sqrt(hosts / max(1, columns.masks[number].size)))
    return found


def run_pass(columns: Columns, style: Style, open_: frozenset[int]) -> Ground:
    """A ground on which the open groups are placed as far as they go."""
    ground = Ground(columns)
    members = members_of(columns)
    keep(ground, open_)
    order = _order(columns, members, style, open_)
    again = [group for group in order if not admit(ground, group, members[group], style)]
    for group in again:
        admit(ground, group, members[group], style)
    for group in open_ - ground.admitted:
        withdraw(ground, group, members[group])
    extend(ground, style)
    mend(ground, members)
    return ground


def members_of(columns: Columns) -> dict[int, list[int]]:
    """The workloads of each group."""
    members: dict[int, list[int]] = {group: [] for group in columns.scope.groups}
    for index in columns.scope.workloads:
        members[columns.problem.workloads[index].group].append(index)
    return members


def mend(ground: Ground, members: Mapping[int, Sequence[int]]) -> None:
    """Withdraw groups that lost what they have to stand beside, or require."""
    groups = ground.problem.groups
    broken = True
    while broken:
        broken = False
        for group in sorted(ground.admitted):
            pairs = {id(one): one for index in members[group] for one in ground.rules[index].pairs}
            if (
                not ground.admitted.issuperset(groups[group].requires)
                or any(True for one in pairs.values() for _ in one.violations(ground.problem, ground))
                or not sound(ground, members[group])
            ):
                withdraw(ground, group, members[group])
                broken = True


def _order(
    columns: Columns, members: Mapping[int, Sequence[int]], style: Style, open_: frozenset[int]
) -> list[int]:
    """Open groups by priority and rank, each after those that it requires or has to stand beside."""
    groups = columns.problem.groups
    ahead: dict[int, set[int]] = {group: set(groups[group].requires) for group in open_}
    for group in open_:
        for index in members[group]:
            for constraint in columns.hard[index]:
                for one in beside(constraint):
                    if index in one.workloads:
                        ahead[group] |= {columns.problem.workloads[other].group for other in one.partners}
    rank = {group: min((style.rank[index] for index in members[group]), default=0.0) for group in open_}
    order: dict[int, None] = {}
    for first in sorted(open_, key=lambda group: (-groups[group].priority, rank[group], group)):
        stack, seen = [first], {first}
        while stack:
            waiting = sorted(
                other
                for other in ahead[stack[-1]]
                if other in open_ and other not in order and other not in seen
            )
            if waiting:
                seen.add(waiting[0])
                stack.append(waiting[0])
            else:
                order[stack.pop()] = None
    return list(order)


def admit(ground: Ground, group: int, workloads: Sequence[int], style: Style) -> bool:
    """Place a group with its minimum at least, or nothing of it."""
    if not ground.admitted.issuperset(ground.problem.groups[group].requires):
        return False
    ground.admitted.add(group)
    units = ground.problem.counts(_ranked(ground, workloads, style))
    for one in units:
        _place(ground, one, one.maximum if style.eager else one.minimum, style)
    trim(ground, tuple(workloads))
    if complete(ground, units) and sound(ground, workloads):
        return True
    withdraw(ground, group, workloads)
    return False


def withdraw(ground: Ground, group: int, workloads: Iterable[int]) -> None:
    """Take a group away."""
    for index in workloads:
        ground.clear(index)
        ground.wanted.pop(index, None)
    ground.admitted.discard(group)


def complete(ground: Ground, units: Iterable[Variants]) -> bool:
    """Whether there are as many replicas as there have to be."""
    return all(ground.number(one.workloads[0]) >= one.minimum for one in units)


def _ranked(ground: Ground, workloads: Sequence[int], style: Style) -> Sequence[int]:
    if len(workloads) == 1:
        return workloads
    ranked = sorted(workloads, key=lambda index: (style.rank[index], index))
    return partners_first(cast("State", ground), ranked)


def _place(ground: Ground, one: Variants, wanted: int, style: Style) -> None:
    ground.wanted[one.workloads[0]] = wanted
    for index in one.workloads:
        if ground.problem.workloads[index].current:
            keep_carefully(ground, index, stay(ground, index))
        missing = wanted - ground.number(index)
        if missing > 0:
            style.place(ground, index, missing)


def sound(ground: Ground, workloads: Iterable[int]) -> bool:
    """Whether the hard constraints on workloads hold that a pass does not hold by itself."""
    for index in workloads:
        rules = ground.rules[index]
        asked = (*rules.distinct, *rules.others)
        for constraint in asked:
            if any(True for _ in constraint.violations(ground.problem, ground)):
                return False
        if any(even.surplus(ground).any() for even in rules.even):
            return False
    return True


def extend(ground: Ground, style: Style) -> None:
    """Replicas beyond the minimum, higher priority first."""
    problem = ground.problem
    growing = [
        one
        for one in problem.counts(ground.columns.scope.workloads)
        if problem.workloads[one.workloads[0]].group in ground.admitted
        and ground.number(one.workloads[0]) < one.maximum
    ]
    priority = {
        one.workloads: problem.groups[problem.workloads[one.workloads[0]].group].priority for one in growing
    }
    growing.sort(key=lambda one: (-priority[one.workloads], style.rank[one.workloads[0]], one.workloads))
    for one in growing:
        before = {index: dict(ground.counts[index]) for index in one.workloads}
        _place(ground, one, one.maximum, style)
        trim(ground, one.workloads)
        if not sound(ground, one.workloads):
            for index, counts in before.items():
                ground.clear(index)
                for host, count in counts.items():
                    ground.put(index, host, count)


def ranks(columns: Columns) -> dict[str, dict[int, float]]:
    """Orders of workloads: big first, small first, as they come."""
    size = sizes(columns)
    return {
        "big first": {index: -found for index, found in size.items()},
        "small first": size,
        "as they come": dict.fromkeys(size, 0.0),
    }
