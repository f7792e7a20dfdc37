"""`replace_lost`: what a loss takes is placed again, as little else as need be moved.

Enters a part with a placement of it in which every rule and hard constraint holds; leaves a placement for after the
loss that holds there, or None where none was found. First everything stays where it is and what is lost is put where
it fits; then all is placed anew, greedily; then the solver looks, which finds whatever there is, within the budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.greedy import choose, construct, partners_first, size_of
from placelang_scheduler.levels import goals_of
from placelang_scheduler.losses.aftermath import aftermath
from placelang_scheduler.losses.left import guaranteed
from placelang_scheduler.parts import LARGE
from placelang_scheduler.placement import Contingency, Settled, left_of
from placelang_scheduler.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.constraints import Survive
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Loss, Placement

    Counts = Mapping[int, Mapping[int, int]]


def replace_lost(
    part: Part, placement: Placement, loss: Loss, survives: Sequence[Survive], budget: Budget | None
) -> Contingency | None:
    """Where replicas stand after `loss`, all of the hard ones of `survives` and as many of the others as are found;
    without a budget the solver is not asked."""
    hard = [one for one in survives if one.weight is None]
    soft = sorted((one for one in survives if one.weight is not None), key=lambda one: -(one.weight or 0))
    if soft:
        found = _place(part, placement, loss, [*hard, *soft], budget)
        if found is not None:
            return found
    found = _place(part, placement, loss, hard, budget)
    for one in soft if found is not None and len(soft) > 1 else ():
        more = _place(part, placement, loss, [*hard, one], budget)
        if more is not None:
            hard, found = [*hard, one], more
    return found


def _place(
    part: Part, placement: Placement, loss: Loss, survives: Sequence[Survive], budget: Budget | None
) -> Contingency | None:
    after = aftermath(part, placement, loss, guaranteed(part.problem, placement, survives))
    found = next((counts for attempt in (_in_place, _anew) if _holds(after, counts := attempt(after))), None)
    if found is None and budget is not None and not budget.spent and after.size <= LARGE:
        from placelang_scheduler.losses.exact import reseat  # noqa: PLC0415 - the solver is loaded where it is needed

        found = reseat(after, budget)
    if found is None or not _holds(after, found):
        return None
    changed = {
        index: dict(sorted(found[index].items()))
        for index in part.workloads
        if placement.admits(part.problem.workloads[index].group)
        and found[index] != left_of(placement, index, loss)
    }
    return Contingency(changed, frozenset(one.id for one in survives))


def _holds(after: Part, counts: Counts | None) -> bool:
    """Whether counts were found and constraints see themselves that they hold: of how links share uplinks they see less
    than a model does."""
    if counts is None:
        return False
    settled = Settled(counts, after.open)
    return not any(True for one in after.constraints for _ in one.violations(after.problem, settled))


def sound(
    part: Part, placement: Placement, loss: Loss, survives: Sequence[Survive], then: Contingency
) -> bool:
    """Whether the constraints see themselves that they hold by a contingency."""
    covered = [one for one in survives if one.id in then.covered]
    after = aftermath(part, placement, loss, guaranteed(part.problem, placement, covered))
    counts = {index: then.placements.get(index, left_of(placement, index, loss)) for index in part.workloads}
    return _holds(after, counts)


def _in_place(after: Part) -> Counts | None:
    """All that is left stays; what is lost goes where it fits."""
    state = State(after)
    state.admitted = set(after.open)
    for index in after.workloads:
        shape = after.problem.workloads[index]
        for host, count in shape.current.items() if shape.group in after.open else ():
            if count > after.room[index].get(host, 0):
                return None
            state.add(index, host, count)
    full = any(min(free, default=0) < 0 for free in state.free.values())
    if full or not _fill(after, state):
        return None
    return state.settle().counts


def _fill(after: Part, state: State) -> bool:
    """Put every workload that has too few replicas where it fits, the large ones first."""
    short: list[int] = []
    for one in after.problem.counts(after.workloads):
        first = one.workloads[0]
        if after.problem.workloads[first].group in after.open:
            state.want(first, max(one.minimum, state.number(first)))
        if state.due(first):
            short += one.workloads
    short.sort(key=lambda index: (-size_of(after, index), index))
    for one in after.problem.counts(partners_first(state, short)):
        while state.due(one.workloads[0]):
            chosen = choose(state, (), one.workloads, tight=False)
            if chosen is None:
                return False
            state.add(*chosen)
    return True


def _anew(after: Part) -> Counts | None:
    state = construct(after, goals_of(after))
    return state.settle().counts if state.admitted >= after.open else None
