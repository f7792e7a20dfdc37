"""`certify`: groups that no plan can admit, as far as arithmetic shows it, each with its reasons.

They explain most real cases, in better words than a solver's core does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from placelang_scheduler.hours import peak
from placelang_scheduler.losses.certificates import lost_room
from placelang_scheduler.reasons import Kind
from placelang_scheduler.rules import candidates
from placelang_scheduler.rules.draws import sure
from placelang_scheduler.rules.filters import accepted, serving
from placelang_scheduler.rules.sharing import share_of
from placelang_scheduler.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Room
    from placelang_scheduler.problem import DeviceDemand, Problem, Variants


Limits = Mapping[int, "Sequence[Constraint]"]


def certify(
    problem: Problem, room: Room, limits: Limits, groups: Sequence[int] | None = None
) -> dict[int, tuple[Reason, ...]]:
    """The reasons of each group that cannot be admitted, by group. `room` is that of all workloads of `groups`, which
    are all of them if None, and require no others."""
    members: dict[int, list[int]] = {}
    for index in room:
        members.setdefault(problem.workloads[index].group, []).append(index)
    found: dict[int, tuple[Reason, ...]] = {}
    known = range(len(problem.groups)) if groups is None else groups
    for group in known:
        workloads = members.get(group, [])
        together = problem.counts(workloads)
        reasons = [reason for one in together for reason in _alone(problem, room, one, limits)]
        if not reasons:
            reasons = list(_together(problem, room, together))
        if not reasons:
            binding = [one for index in workloads for one in limits.get(index, ())]
            reasons = list(lost_room(problem, room, workloads, binding))
        if reasons:
            found[group] = tuple(reasons)
    _cascade(problem, known, found)
    return found


def _cascade(problem: Problem, groups: Sequence[int], found: dict[int, tuple[Reason, ...]]) -> None:
    """A group that requires one that is out is out."""
    dependants: dict[int, list[int]] = {}
    for group in groups:
        for other in problem.groups[group].requires:
            dependants.setdefault(other, []).append(group)
    queue = list(found)
    for other in queue:
        for group in dependants.get(other, ()):
            if group not in found:
                found[group] = (Reason(Kind.REQUIRES, group=other),)
                queue.append(group)


def _alone(problem: Problem, room: Room, one: Variants, limits: Limits) -> Iterator[Reason]:
    """Why what is counted together has less room than its minimum: of each variant by itself."""
    have = sum(sum(room[index].values()) for index in one.workloads)
    if have >= one.minimum:
        return
    for index in one.workloads:
        yield from _unfit(problem, index, limits.get(index, ()), one.minimum)
    if have:
        index = one.workloads[-1]
        hosts = tuple(sorted({host for index in one.workloads for host in room[index]}))
        tight = [
            constraint.id
            for constraint in limits.get(index, ())
            if any(constraint.limit(problem, index, host) == most for host, most in room[index].items())
        ]
        yield Reason(Kind.TOO_FEW, index, next(iter(tight), None), need=one.minimum, have=have, hosts=hosts)


def _unfit(problem: Problem, index: int, limits: Sequence[Constraint], minimum: int) -> Iterator[Reason]:
    """Hosts that hold nothing of a workload, by what they lack or what keeps it from them."""
    places = [host for host, most in candidates.places(problem.workloads[index]) if most]
    if not places:
        yield Reason(Kind.NO_CANDIDATES, index, need=minimum, have=0)
        return
    yield from _too_large(problem, index, places)
    yield from _excluded(problem, index, places, limits)


def _too_large(problem: Problem, index: int, places: Sequence[int]) -> Iterator[Reason]:
    """Hosts that cannot hold even one replica, per resource that runs short there."""
    workload = problem.workloads[index]
    needs = {host: sure(problem, workload, host) for host in places}
    for resource in dict.fromkeys(resource for host in places for resource in needs[host]):
        capacity = {host: problem.hosts[host].capacity.get(resource, 0) for host in places}
        short = {h: needs[h].get(resource, 0) for h in places if capacity[h] < needs[h].get(resource, 0)}
        if short:
            have, need = max((capacity[host], need) for host, need in short.items())
            yield Reason(Kind.TOO_LARGE, index, resource=resource, need=need, have=have, hosts=tuple(short))
    for demand in workload.devices:
        resource, need = (
            (share_of(demand.kind), demand.share) if demand.share else (demand.kind, demand.count)
        )
        most = {host: _most(problem, demand, host) for host in places}
        short_of = [host for host in places if most[host] < need]
        if short_of:
            have = max(most[host] for host in short_of)
            yield Reason(
                Kind.TOO_LARGE, index, resource=resource, need=need, have=have, hosts=tuple(short_of)
            )


def _most(problem: Problem, demand: DeviceDemand, host: int) -> int:
    """How many devices of a host serve a demand; of one with a share, the most that one of them lends."""
    if demand.share:
        return max((device.lends for device in serving(problem, demand, host)), default=0)
    classes = accepted(problem, demand, host)
    return sum(device.count for device in problem.hosts[host].devices if device.id in classes)


def _excluded(
    problem: Problem, index: int, places: Sequence[int], limits: Sequence[Constraint]
) -> Iterator[Reason]:
    """Hosts that a hard constraint closes, per constraint."""
    for constraint in limits:
        closed = tuple(host for host in places if constraint.limit(problem, index, host) == 0)
        if closed:
            yield Reason(Kind.EXCLUDED, index, constraint.id, hosts=closed)


def _together(problem: Problem, room: Room, together: Sequence[Variants]) -> Iterator[Reason]:
    """Resources of which a group needs more at some time than all the hosts where it may stand have."""
    needs: dict[str, dict[int, int]] = {}
    hosts: dict[str, set[int]] = {}
    lent: dict[str, dict[tuple[int, str], int]] = {}
    for one in together:
        index = one.workloads[0]
        workload = problem.workloads[index]
        for resource, need in problem.least_demand(one).items():
            needs.setdefault(resource, {})[index] = need * one.minimum
            for member in one.workloads:
                hosts.setdefault(resource, set()).update(room[member])
        for demand in workload.devices:
            if demand.share and workload.variants is None:
                resource = share_of(demand.kind)
                slices = needs.setdefault(resource, {})
                slices[index] = slices.get(index, 0) + demand.count * demand.share * workload.minimum
                hosts.setdefault(resource, set()).update(room[index])
                devices = {(h, d.id): d.lends for h in room[index] for d in serving(problem, demand, h)}
                lent.setdefault(resource, {}).update(devices)
    for resource, amounts in sorted(needs.items()):
        need = sum(amounts.values()) if resource in lent else peak(problem, amounts)
        have = sum(problem.hosts[host].capacity.get(resource, 0) for host in hosts[resource])
        have += sum(lent.get(resource, {}).values())
        if need > have:
            yield Reason(
                Kind.CAPACITY, resource=resource, need=need, have=have, hosts=tuple(sorted(hosts[resource]))
            )
