"""Pools: components too large for any model of all of them, and for a dictionary of all their candidates.

Enters a scope; leaves a placement in which every rule and hard constraint holds, with a bound for each level. Greedy
passes over columns come first, several of them, compared by levels; then what is left out is made room for, a few hosts
at a time; a linear program over classes of hosts says how much more there can be at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.constraints import CATALOGUE

if TYPE_CHECKING:
    from placelang_scheduler.parts import Scope

POOL = 200_000
"""Candidates of all workloads together from which on a component is a pool."""

PLACES = 5_000_000
"""Candidates of all replicas together from which on it is one, too."""

SEATS = 512
"""Devices of a host of which each is looked at by itself."""


def is_pool(scope: Scope) -> bool:
    """Whether a component is so large, and all that is said of it can be said in columns. What has to be there after
    losses, shares of devices, tolls and kinds of constraints that others made are looked at host by host, as in
    any part."""
    shapes = [scope.problem.workloads[index] for index in scope.workloads]
    size = sum(len(shape.candidates) for shape in shapes)
    if size < POOL and sum(len(shape.candidates) * shape.maximum for shape in shapes) < PLACES:
        return False
    return is_columnar(scope)


def is_columnar(scope: Scope) -> bool:
    """Whether columns say all that there is to say of a scope."""
    if not _has_rules_of_columns(scope):
        return False
    from placelang_scheduler.pool.columns import fits_columns  # noqa: PLC0415 - numpy is loaded for pools only

    return fits_columns(scope)


def is_seated(scope: Scope) -> bool:
    """Whether columns and the seats of one kind of device say all: one from which shares are lent that draw on nothing
    else, `SEATS` of it on a host at most, one demand of it for each workload at most, and nothing that several hold
    together."""
    if not _has_rules_of_columns(scope):
        return False
    from placelang_scheduler.pool.columns import few_filters  # noqa: PLC0415
    from placelang_scheduler.pool.lent import lent_kinds  # noqa: PLC0415

    problem = scope.problem
    kinds = lent_kinds(problem)
    if len(kinds) > 1 or any(d.draws for host in problem.hosts for d in host.devices if d.kind in kinds):
        return False
    if any(sum(d.count for d in host.devices if d.kind in kinds) > SEATS for host in problem.hosts):
        return False
    for workload in problem.workloads:
        demands = workload.devices
        if any(d.shared for d in demands) or sum(d.kind in kinds for d in demands) > 1:
            return False
    return few_filters(scope)


def _has_rules_of_columns(scope: Scope) -> bool:
    if any(one.keyword == "survive" or type(one) not in CATALOGUE for one in scope.constraints):
        return False
    return all(objective.keyword != "toll" for objective in scope.problem.objectives)
