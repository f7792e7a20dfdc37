"""Spare hosts: where a replica that moves could stand for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.constraints import Different, Keep, Same
from placelang_scheduler.parts import room_of
from placelang_scheduler.steps.moves import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.steps.situation import Situation

_MOST = 64
"""Hosts that are tried."""


def spare_hosts(situation: Situation, move: int) -> Iterator[Copy]:
    """Copies of what moves on hosts that may hold one; whether there is room just now is another question."""
    problem, shape = situation.problem, situation.moves[move]
    workload = shape.workload
    if workload is None or shape.source is None or shape.target is None or shape.target.holds:
        return
    if problem.workloads[workload].devices:
        return
    limits = [c for c in problem.constraints if c.weight is None and workload in c.subjects()]
    if any(isinstance(constraint, Keep) for constraint in limits):
        return
    room = room_of(problem, workload, limits)
    candidates = problem.workloads[workload].candidates
    hosts = [h for h in candidates if h in room and h not in (shape.source.host, shape.target.host)]
    for host in hosts[:_MOST]:
        if all(_alike(situation, constraint, shape.source.host, host) for constraint in limits):
            yield Copy(host, workload, shape.target.demand)


def _alike(situation: Situation, constraint: Constraint, source: int, host: int) -> bool:
    """Whether a constraint between workloads sees no difference between two hosts."""
    if not isinstance(constraint, Same | Different):
        return True
    hosts = situation.problem.hosts
    return hosts[source].domains.get(constraint.key) == hosts[host].domains.get(constraint.key)
