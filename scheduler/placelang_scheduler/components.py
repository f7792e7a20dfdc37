"""`components`: what a problem falls apart into before anything else is known of it.

Enters a valid problem; leave scopes in ascending order of their first group, which share no host, group, requirement
or constraint: replicas of two of them never meet, whatever they are. Every group and workload is in exactly one; hosts
are those that its workloads speak of, so that a host on which something runs but may not stay can be in several.
`split` finds the parts of a component, which may be more, from what there is room for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.parts import Scope, gather

if TYPE_CHECKING:
    from placelang_scheduler.problem import Problem


def components(problem: Problem) -> tuple[Scope, ...]:
    """The components of `problem`."""
    known: dict[tuple[int, ...], dict[int, int]] = {}  # in a pool many workloads may stand on the same hosts
    met: dict[int, dict[int, int]] = {}
    places = {}
    for index, workload in enumerate(problem.workloads):
        own = id(workload.candidates)
        if workload.stay or own not in met:
            hosts = workload.candidates + workload.stay
            places[index] = known.get(hosts) or known.setdefault(hosts, dict.fromkeys(hosts, 1))
            if not workload.stay:
                met[own] = places[index]
        else:
            places[index] = met[own]
    return tuple(
        Scope(problem, groups, workloads, _hosts(problem, workloads), constraints)
        for groups, workloads, constraints in gather(problem, places)
    )


def _hosts(problem: Problem, workloads: tuple[int, ...]) -> tuple[int, ...]:
    found: set[int] = set()
    met: set[int] = set()
    for index in workloads:
        workload = problem.workloads[index]
        if id(workload.candidates) not in met:
            met.add(id(workload.candidates))
            found.update(workload.candidates)
        if workload.stay or workload.current:
            found.update(workload.stay, workload.current)
    return tuple(sorted(found))
