"""What policies ask of hosts: so many replicas at most, and so much of a resource kept free.

A policy of which it is unknown whether it binds a host binds it, but for what runs there now: that may stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from placelang.columns import Floats, Mask, Numbers, Truth
from placelang.diagnostics import Span
from placelang.lower.amounts import SCALE
from placelang.lower.keys import HOST, KeyColumn
from placelang.lower.lending import SOURCE
from placelang.lower.scopes import Domains, within_truth
from placelang.policies import MostReplicas, Policy, Reserve
from placelang.world import World
from placelang_scheduler import Workload
from placelang_scheduler import constraints as posed
from placelang_scheduler.hours import Hours, heaviest
from placelang_scheduler.problem import LIMIT

_WHOLE = 100.0
_DIGITS = 6


def limit_hosts(
    policies: Sequence[Policy],
    workloads: Sequence[Workload],
    column: KeyColumn,
    domains: Domains,
    world: World,
) -> Iterator[tuple[Span, posed.Constraint]]:
    """`at most N replicas` of policies, each with its clause; `column` is that of the key `host`."""
    subjects = tuple(range(len(workloads)))
    for policy in policies if subjects else ():
        for number, clause in enumerate(policy.limits):
            for most, hosts in _most(clause, workloads, world).items():
                key = domains.looking_at(HOST, column, hosts)
                name = f"{policy.name}!replicas#{number}" + (f"/{most}" if most != clause.count else "")
                yield clause.span, posed.AtMost(name, subjects, key, most)


def _most(clause: MostReplicas, workloads: Sequence[Workload], world: World) -> dict[int, Mask]:
    """The hosts by how many replicas each may hold: more where more run, and nobody knows whether it is bound."""
    about = within_truth(clause.within, world)
    running = np.zeros(len(world.hosts), dtype=np.int64)
    for workload in workloads:
        for host, count in workload.current.items():
            running[host] += count
    most = np.where(about.unknown, np.maximum(running, clause.count), clause.count)
    return {int(count): ~about.false & (most == count) for count in np.unique(most[~about.false]).tolist()}


def reserve(
    policies: Sequence[Policy],
    workloads: Sequence[Workload],
    priorities: Sequence[int],
    kept: Mapping[Span, Mapping[int, int]],
) -> Iterator[tuple[Span, posed.Constraint]]:
    """`reserve` of policies, each with its clause; `priorities` are those of the workloads, `kept` is what each clause
    keeps free of each host."""
    for policy in policies:
        for number, clause in enumerate(policy.reserves):
            users = [n for n, w in enumerate(workloads) if _takes(w, clause.resource)]
            free = kept.get(clause.span, {})
            if not users or not free:
                continue
            name = f"{policy.name}!reserve#{number}"
            if clause.weight is None:
                yield clause.span, posed.Reserve(name, tuple(users), clause.resource, free)
                continue
            for priority in sorted({priorities[user] for user in users}, reverse=True):
                own = tuple(user for user in users if priorities[user] == priority)
                others = tuple(user for user in users if priorities[user] > priority)
                wish = posed.Reserve(f"{name}/{priority}", own, clause.resource, free, others, clause.weight)
                yield clause.span, wish


def _takes(workload: Workload, resource: str) -> bool:
    """Whether a replica may take of a resource of its host."""
    shares = resource == SOURCE and any(demand.share for demand in workload.devices)
    return shares or bool(workload.demand.get(resource))


def kept_free(
    policies: Sequence[Policy],
    supplies: Mapping[str, Numbers],
    workloads: Sequence[Workload],
    world: World,
) -> dict[Span, dict[int, int]]:
    """What each clause keeps free of each host that it binds and of which is known what it has."""
    return {
        clause.span: _kept(clause, supplies[clause.resource], workloads, world)
        for policy in policies
        for clause in policy.reserves
        if clause.resource in supplies
    }


def most_kept(
    policies: Sequence[Policy], kept: Mapping[Span, Mapping[int, int]], resource: str
) -> dict[int, int]:
    """By host, the most of a resource that any hard clause keeps free."""
    found: dict[int, int] = {}
    for clause in (clause for policy in policies for clause in policy.reserves):
        if clause.weight is None and clause.resource == resource:
            for host, amount in kept.get(clause.span, {}).items():
                found[host] = max(amount, found.get(host, 0))
    return found


def _kept(clause: Reserve, have: Numbers, workloads: Sequence[Workload], world: World) -> dict[int, int]:
    about = within_truth(clause.within, world)
    used: dict[int, dict[Hours, int]] = defaultdict(lambda: defaultdict(int))
    for workload in workloads:
        for host, count in workload.current.items():
            used[host][workload.hours] += count * workload.demand.get(clause.resource, 0)
    found = {}
    for host in np.flatnonzero(~about.false & have.known).tolist():
        capacity = min(LIMIT, max(0, int(have.low[host])))
        free = min(capacity, share_of(clause, capacity))
        if about.unknown[host] and clause.weight is None:
            free = min(free, max(0, capacity - heaviest(used[host])))
        if free:
            found[host] = free
    return found


def share_of(clause: Reserve, capacity: int) -> int:
    """How much a clause keeps free of `capacity`, rounded up."""
    return int(_shares(clause, np.array([capacity], dtype=np.float64))[0])


def _shares(clause: Reserve, capacities: Floats) -> Floats:
    if clause.percent is not None:
        return np.ceil(np.round(capacities * clause.percent / _WHOLE, _DIGITS))
    amount = (clause.amount or 0.0) * SCALE.get(clause.resource, 1)
    return np.full(len(capacities), np.ceil(np.round(amount, _DIGITS)))


def leaves(clause: Reserve, have: Numbers, need: int, world: World) -> Truth:
    """Over all hosts, whether what a clause leaves is enough for one replica that needs `need`: unknown where it is
    not, and nobody knows whether it binds the host."""
    about = within_truth(clause.within, world)
    shares = _shares(clause, np.where(have.known, np.maximum(have.low, 0), 0))
    short = have.known & (have.low >= need) & (have.low - shares < need)
    return Truth(about.false | ~short, ~about.false & short & about.unknown)
