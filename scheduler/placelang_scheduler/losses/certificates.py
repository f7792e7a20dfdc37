"""`lost_room`: losses that no plan survives, as far as arithmetic shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Survive
from placelang_scheduler.hours import peak
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.draws import sure
from placelang_scheduler.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Room
    from placelang_scheduler.placement import Loss
    from placelang_scheduler.problem import Problem, Variants


def lost_room(
    problem: Problem, room: Room, workloads: Sequence[int], constraints: Iterable[Constraint]
) -> Iterator[Reason]:
    """Of each guarantee of a group with `workloads`, the first loss that leaves too little of anything for it."""
    for survive in {one.id: one for one in constraints if isinstance(one, Survive)}.values():
        inside = problem.counts(index for index in workloads if index in survive.workloads)
        places = (_places(problem, room, one, survive) for one in inside)
        yield from [reason for reason in places if reason] or _capacity(problem, room, inside, survive)


def _places(problem: Problem, room: Room, one: Variants, survive: Survive) -> Reason | None:
    """A loss that leaves room for too few replicas of what is counted together."""
    index = one.workloads[-1]
    total = sum(sum(room[index].values()) for index in one.workloads)
    for loss in survive.losses:
        have = total - sum(room[index].get(host, 0) for index in one.workloads for host in loss)
        if have < one.minimum:
            return _too_large(problem, index, survive, loss) or Reason(
                Kind.LOSS, index, survive.id, need=one.minimum, have=have, hosts=loss
            )
    return None


def _too_large(problem: Problem, index: int, survive: Survive, loss: Loss) -> Reason | None:
    """What a replica needs more of than any host has that is left."""
    workload = problem.workloads[index]
    left = [host for host, most in candidates.places(workload) if most and host not in loss]
    needs = {host: sure(problem, workload, host) for host in left}
    for resource in workload.demand:
        have = {host: problem.hosts[host].capacity.get(resource, 0) for host in left}
        if left and all(have[host] < needs[host].get(resource, 0) for host in left):
            most = max(left, key=lambda host: have[host])
            need = needs[most].get(resource, 0)
            return Reason(Kind.LOSS, index, survive.id, resource, need, have[most], None, loss)
    return None


def _capacity(
    problem: Problem, room: Room, together: Sequence[Variants], survive: Survive
) -> Iterator[Reason]:
    """A loss after which all hosts together have too little of something for all of the workloads."""
    needs: dict[str, dict[int, int]] = {}
    hosts: dict[str, set[int]] = {}
    for one in together:
        for resource, need in problem.least_demand(one).items():
            if need and one.minimum:
                needs.setdefault(resource, {})[one.workloads[0]] = need * one.minimum
                for index in one.workloads:
                    hosts.setdefault(resource, set()).update(room[index])
    for resource, found in sorted(needs.items()):
        need = peak(problem, found)
        capacity = {host: problem.hosts[host].capacity.get(resource, 0) for host in hosts[resource]}
        total = sum(capacity.values())
        for loss in survive.losses:
            have = total - sum(capacity.get(host, 0) for host in loss)
            if have < need:
                yield Reason(Kind.LOSS, None, survive.id, resource, need, have, None, loss)
                return
