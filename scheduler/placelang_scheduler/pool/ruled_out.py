"""`doubtful`: groups for which the hosts of a pool may have no room, whatever else is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from placelang_scheduler.pool.columns import Columns
    from placelang_scheduler.problem import Variants

_MOST = 2_000_000
"""Candidates that are looked at one by one to say why a group has no room."""


def doubtful(made: Columns) -> frozenset[int]:
    """Groups of which a workload has less room than its minimum, as rows go, and all that require them: as many as can
    be looked at more closely."""
    problem = made.problem
    known: dict[tuple[int, tuple[tuple[int, int], ...], int], int] = {}
    found: dict[int, None] = {}
    left = _MOST
    for one in problem.counts(made.scope.workloads):
        if one.minimum and _room(made, one, known) < one.minimum:
            group = problem.workloads[one.workloads[0]].group
            left -= sum(len(problem.workloads[index].candidates) for index in one.workloads)
            if left > 0:
                found[group] = None
    queue = list(found)
    dependants: dict[int, list[int]] = {}
    for group in made.scope.groups if found else ():
        for other in problem.groups[group].requires:
            dependants.setdefault(other, []).append(group)
    for group in queue:
        for other in dependants.get(group, ()):
            if other not in found:
                found[other] = None
                queue.append(other)
    return frozenset(found)


def _room(
    made: Columns, one: Variants, known: dict[tuple[int, tuple[tuple[int, int], ...], int], int]
) -> int:
    total = 0
    for index in one.workloads:
        name = (made.mask[index], made.needs[index], one.minimum)
        if name not in known:
            hosts = made.hosts_of(index)
            fit = np.full(hosts.size, one.minimum, np.int64)
            for row, need in made.needs[index]:
                np.minimum(fit, made.capacity[row][hosts] // need, out=fit)
            known[name] = int(fit.sum())
        total += known[name]
        stay = made.problem.workloads[index].stay
        total += sum(made.problem.workloads[index].current.get(host, 0) for host in stay)
    return total
