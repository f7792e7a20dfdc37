"""`breaking`: which loss keeps a group out, and what is short then.

Enters a part and groups that are all to be admitted; leaves, for each guarantee that fails, the loss and the shortage:
where one loss alone cannot be survived, that one, else the first that the placement that was tried does not survive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Survive
from placelang_scheduler.cores import BUILT
from placelang_scheduler.greedy import construct
from placelang_scheduler.hours import peak
from placelang_scheduler.levels import goals_of
from placelang_scheduler.losses.aftermath import aftermath
from placelang_scheduler.losses.insure import broken_by, cover
from placelang_scheduler.losses.left import guaranteed, losses_of
from placelang_scheduler.model import Model
from placelang_scheduler.parts import LARGE, Scope, by_workload, compose, limiting, room_of
from placelang_scheduler.placement import Settled
from placelang_scheduler.reasons import Kind
from placelang_scheduler.search import search
from placelang_scheduler.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.needs import Needs
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Loss

_TRIED = 8
"""Losses that are tried alone."""


def breaking(part: Part, groups: Collection[int], budget: Budget) -> tuple[Reason, ...]:
    """Why `groups` cannot all be admitted though they could if nothing were guaranteed; nothing where they can, or
    could not then either."""
    if part.size > LARGE or not losses_of(part):
        return ()
    model = _forced(part, groups, budget)
    values = search(model.cp, budget).values
    if values is None:
        return ()
    counts = {
        index: {host: values[count.index] for host, count in model.x[index].items() if values[count.index]}
        for index in part.workloads
    }
    placement = Settled(counts, frozenset(g for g in part.groups if values[model.admitted[g].index]))
    found, lacking = cover(part, placement, budget)
    broken = broken_by(part, found, lacking)
    for loss in broken[:_TRIED]:
        alone = _forced(part, groups, budget)
        alone.lose(part, loss)
        finding = search(alone.cp, budget)
        if finding.closed and finding.values is None:
            return (_short(part, placement, loss),)
    return tuple(_short(part, placement, loss) for loss in broken[:1])


def alone(needs: Needs, group: int) -> Part:
    """A group with all that may have to do with its being admitted, and the room that they have."""
    groups = needs.related(group)
    workloads = tuple(sorted(index for other in groups for index in needs.members[other]))
    binding = {one.id: one for index in workloads for one in needs.limits.get(index, ())}
    shares = tuple(by_workload(binding.values(), workloads))
    limits = limiting(shares)
    room = {index: room_of(needs.problem, index, limits.get(index, ())) for index in workloads}
    return compose(Scope(needs.problem, groups, workloads, (), shares), room)


def _forced(part: Part, groups: Collection[int], budget: Budget) -> Model:
    model = Model([part], lazy=True)
    budget.units -= part.size / BUILT
    for group in sorted(groups):
        model.define([(model.admitted[group], 1)], low=1)
    return model


def _short(part: Part, placement: Settled, loss: Loss) -> Reason:
    """What is short after a loss: of a resource in all, else for the replicas that find no place."""
    survives = [one for one in losses_of(part)[loss] if one.weight is None]
    after = aftermath(part, placement, loss, guaranteed(part.problem, placement, survives))
    first = _named(part, placement, survives)
    for resource, need, have in _totals(after):
        if need > have:
            return Reason(Kind.LOSS, None, first.id, resource, need, have, None, loss)
    state = construct(after, goals_of(after))
    for index in after.workloads:
        workload = after.problem.workloads[index]
        if workload.group not in after.open or workload.group in state.admitted or workload.variants:
            continue
        name = next((one.id for one in survives if index in one.workloads), first.id)
        for row, need in sorted({pair for pairs in state.needs[index].values() for pair in pairs}):
            hosts = [host for host in after.room[index] if row < len(after.rows[host])]
            free = {host: state.free[host][row] for host in hosts}
            if free and max(free.values()) < need:
                resource = after.rows[hosts[0]][row].resource
                return Reason(Kind.LOSS, index, name, resource, need, max(free.values()), None, loss)
    return Reason(Kind.LOSS, None, first.id, hosts=loss)


def _named(part: Part, placement: Settled, survives: list[Survive]) -> Survive:
    """The first guarantee of something that is admitted."""
    shapes = part.problem.workloads
    found = (one for one in survives if any(placement.admits(shapes[index].group) for index in one.workloads))
    return next(found, survives[0])


def _totals(after: Part) -> Iterator[tuple[str, int, int]]:
    """Per resource: what has to stand takes at least, and all hosts have that are left."""
    needs: dict[str, dict[int, int]] = {}
    for one in after.problem.counts(after.workloads):
        if after.problem.workloads[one.workloads[0]].group in after.open:
            for resource, need in after.problem.least_demand(one).items():
                needs.setdefault(resource, {})[one.workloads[0]] = need * one.minimum
    for resource, found in sorted(needs.items()):
        yield (
            resource,
            peak(after.problem, found),
            sum(after.problem.hosts[host].capacity.get(resource, 0) for host in after.hosts),
        )
