"""What a loss leaves: `Survivors`, the problem as it is where the hosts are gone, with what is asked of each workload.

A scenario of a model and a check of a placement are made from the same pieces, so that they ask for the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Spread, Survive
from placelang_scheduler.placement import left_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Part, Scope
    from placelang_scheduler.placement import Loss, Placement
    from placelang_scheduler.problem import Host, Problem, Workload

_SCENARIOS = 30_000


def losses_of(scope: Scope) -> dict[Loss, tuple[Survive, ...]]:
    """The losses that concern the hosts of `scope`, ascending, each with the constraints that name it, in order."""
    here = set(scope.hosts)
    found: dict[Loss, list[Survive]] = {}
    for constraint in scope.constraints:
        if isinstance(constraint, Survive):
            for loss in constraint.losses:
                if not here.isdisjoint(loss):
                    found.setdefault(loss, []).append(constraint)
    return {loss: tuple(found[loss]) for loss in sorted(found)}


def guaranteed(problem: Problem, placement: Placement, survives: Iterable[Survive]) -> frozenset[int]:
    """What `survives` guarantee together: workloads whose group is admitted."""
    return frozenset(
        index
        for constraint in survives
        for index in constraint.workloads
        if placement.admits(problem.workloads[index].group)
    )


def hosts_left(problem: Problem, loss: Loss) -> tuple[Host, ...]:
    """The hosts, of which the lost ones have nothing left."""
    hosts = list(problem.hosts)
    for host in loss:
        hosts[host] = replace(hosts[host], capacity={}, domains={}, devices=(), cost=0, power=0)
    return tuple(hosts)


def without(workload: Workload, loss: Loss) -> Workload:
    """The workload, which may no longer stand on the lost hosts."""
    if not any(workload.allows(host) for host in loss) and workload.current.keys().isdisjoint(loss):
        return workload
    return replace(
        workload,
        candidates=tuple(host for host in workload.candidates if host not in loss),
        stay=tuple(host for host in workload.stay if host not in loss),
        current={host: count for host, count in workload.current.items() if host not in loss},
    )


def standing(
    problem: Problem, placement: Placement, index: int, loss: Loss, covered: Collection[int]
) -> Workload:
    """A workload of an admitted group as it is after `loss`, and what is asked of it there."""
    shape = problem.workloads[index]
    left = left_of(placement, index, loss)
    total = sum(left.values())
    low, high, variants = shape.minimum, shape.maximum, shape.variants
    if index not in covered:
        low, high = min(low, total), total
        if variants is not None:
            all_left = sum(sum(left_of(placement, one, loss).values()) for one in variants.workloads)
            variants = replace(variants, minimum=min(variants.minimum, all_left), maximum=all_left)
    return replace(without(shape, loss), current=left, minimum=low, maximum=high, variants=variants)


def asked(
    constraints: Iterable[Constraint], covered: Collection[int], hurt: Collection[int]
) -> Iterator[Constraint]:
    """Those of `constraints` that have to hold after a loss; `hurt` lost replicas and are not guaranteed."""
    for constraint in constraints:
        if constraint.weight is None and not isinstance(constraint, Survive):
            names = constraint.names()
            spared = constraint.lasting or any(index in covered for index in names)
            if spared or not any(index in hurt for index in names):
                yield constraint


def bent(
    constraint: Constraint, problem: Problem, loss: Loss, workloads: Mapping[int, Workload]
) -> Constraint:
    """The constraint as it is after `loss`; `workloads` are those of
    after the loss."""
    match constraint:
        case Spread(key=key, workloads=named, values=tuple(values)) if named[0] in workloads:
            gone = {problem.hosts[host].domains.get(key) for host in loss}
            for shape in (workloads[index] for index in named):
                gone -= {problem.hosts[host].domains.get(key) for host in (*shape.candidates, *shape.stay)}
            return replace(constraint, values=tuple(value for value in values if value not in gone))
        case _:
            return constraint


def affordable(part: Part) -> bool:
    """Whether scenarios of all losses at once are no more than a model can be."""
    return part.size * (1 + len(losses_of(part))) <= _SCENARIOS


def plain(part: Part) -> Part:
    """The part where nothing is guaranteed."""
    kept = tuple(one for one in part.constraints if not isinstance(one, Survive))
    return replace(part, constraints=kept)
