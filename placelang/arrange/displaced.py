"""What gives way to something more important: what ran, and is left out or stands elsewhere now, with who took its
place and of what there was too little for both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang_runtime.plan import Displaced
from placelang_scheduler import Kind, Solution


def find_displaced(lowered: Lowered, solution: Solution, placed: tuple[Placed, ...]) -> tuple[Displaced, ...]:
    """All of it, by replica."""
    if not lowered.running:
        return ()
    found = [*_left_out(lowered, solution), *find_moved(lowered, placed)]
    return tuple(sorted(found, key=lambda one: one.replica))


def _left_out(lowered: Lowered, solution: Solution) -> Iterator[Displaced]:
    """The replicas of groups that are left out since others took their room."""
    groups = lowered.problem.groups
    for left in solution.left_out:
        by = sorted(
            {groups[r.group].id for r in left.reasons if r.kind == Kind.DISPLACED and r.group is not None}
        )
        short = sorted(
            {r.resource for r in left.reasons if r.kind == Kind.SHORTAGE and r.resource is not None}
        )
        for running in lowered.running if by else ():
            if lowered.units[running.unit].group == left.group and running.host >= 0:
                source = lowered.world.hosts.names[running.host]
                yield Displaced(
                    replica=running.replica.name,
                    source=source,
                    target=None,
                    by=tuple(by),
                    resources=tuple(short),
                )


def find_moved(lowered: Lowered, placed: tuple[Placed, ...]) -> Iterator[Displaced]:
    """The replicas that would find no room where they stood, beside what is more important and came there."""
    homes = {r.replica.name: r.host for r in lowered.running if r.host >= 0}
    came: dict[int, set[int]] = defaultdict(set)
    standing: dict[int, list[int]] = defaultdict(list)
    for p in placed:
        standing[p.host].append(p.unit)
        if not p.stands:
            came[p.host].add(p.unit)
    workloads, groups = lowered.problem.workloads, lowered.problem.groups
    for p in placed:
        home = homes.get(p.name, -1)
        if p.stands or home < 0 or home == p.host or not workloads[p.unit].allows(home):
            continue
        mine = groups[workloads[p.unit].group].priority
        rivals = {unit for unit in came.get(home, ()) if groups[workloads[unit].group].priority > mine}
        short = _short(lowered, standing[home], p.unit, home, rivals) if rivals else []
        by = {
            groups[workloads[unit].group].id
            for unit in rivals
            if not set(short).isdisjoint(workloads[unit].demand)
        }
        if by:
            names = lowered.world.hosts.names
            yield Displaced(
                replica=p.name,
                source=names[home],
                target=names[p.host],
                by=tuple(sorted(by)),
                resources=tuple(short),
            )


def _short(lowered: Lowered, standing: Sequence[int], unit: int, host: int, rivals: set[int]) -> list[str]:
    """The resources of which a host has too little for one more replica of `unit`, and that a rival takes too."""
    workloads, capacity = lowered.problem.workloads, lowered.problem.hosts[host].capacity
    found = []
    for resource, need in sorted(workloads[unit].demand.items()):
        used = sum(workloads[other].demand.get(resource, 0) for other in standing)
        taken = any(workloads[rival].demand.get(resource) for rival in rivals)
        if need and taken and used + need > capacity.get(resource, 0):
            found.append(resource)
    return found
