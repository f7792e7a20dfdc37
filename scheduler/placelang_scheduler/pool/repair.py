"""`repair`: more of what has no place finds one, by chains first, then on a few hosts at a time.

Enters a ground in which all holds; leaves one in which it holds, with no fewer replicas of any workload and no fewer
groups. Budgets are counted in tries and in the solver's units.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.pool.chains import Chains
from placelang_scheduler.pool.passes import complete, sound, withdraw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.budget import Budget
    from placelang_scheduler.pool.columns import Ints
    from placelang_scheduler.pool.ground import Ground

TRIES = 15_000
"""Tries of chains that are about a unit."""
_CHAINED = 4.0
"""Units that chains may take."""
_HOSTS = 16
_AMONG = 6
"""Hosts of a neighbourhood, among how many times as many."""
_RESIDENTS = 1600
"""Workloads on the hosts of a neighbourhood, times hosts, at most."""
_SLICE = 0.5
"""Units for one neighbourhood."""
_PATIENCE = 12
"""Neighbourhoods in a row that may come to nothing."""
_BUILT = 40_000
"""Variables that are built in about a unit."""


def repair(ground: Ground, open_: frozenset[int], budget: Budget) -> None:
    """Bring the ground as far as the budget goes."""
    if budget.spent:
        return
    chains = Chains(ground, int(min(_CHAINED, budget.units) * TRIES))
    before = chains.tries
    for index, missing in short_of(ground).items():
        chains.place(index, missing)
    _admit_left(ground, open_, chains)
    budget.units -= (before - chains.tries) / TRIES
    _rearrange(ground, budget)


def short_of(ground: Ground) -> dict[int, int]:
    """The replicas that admitted workloads lack to their maximum, higher priority first, then those that lack few."""
    problem = ground.problem
    found = {
        one.workloads[0]: one.maximum - ground.number(one.workloads[0])
        for one in problem.counts(ground.columns.scope.workloads)
        if len(one.workloads) == 1 and problem.workloads[one.workloads[0]].group in ground.admitted
    }
    priority = {index: problem.groups[problem.workloads[index].group].priority for index in found}
    order = sorted(
        (index for index, missing in found.items() if missing), key=lambda at: (-priority[at], found[at], at)
    )
    return {index: found[index] for index in order}


def _admit_left(ground: Ground, open_: frozenset[int], chains: Chains) -> None:
    """Groups that are left out, each whole or not at all."""
    problem = ground.problem
    left = sorted(open_ - ground.admitted, key=lambda group: (-problem.groups[group].priority, group))
    members: dict[int, list[int]] = {group: [] for group in left}
    for index in ground.columns.scope.workloads if left else ():
        if problem.workloads[index].group in members:
            members[problem.workloads[index].group].append(index)
    for group in left:
        units = problem.counts(members[group])
        plain = all(len(one.workloads) == 1 for one in units)
        if not plain or chains.tries <= 0 or not ground.admitted.issuperset(problem.groups[group].requires):
            continue
        ground.admitted.add(group)
        done = chains.begin()
        for one in units:
            chains.place(one.workloads[0], one.minimum)
        if complete(ground, units) and sound(ground, members[group]):
            for one in units:
                chains.place(one.workloads[0], one.maximum - one.minimum)
            chains.commit()
        else:
            chains.undo(done)
            withdraw(ground, group, members[group])


def _rearrange(ground: Ground, budget: Budget) -> None:
    from placelang_scheduler.pool.near import rearrange  # noqa: PLC0415 - the solver is loaded where it is needed

    random = Random(f"{budget.seed}/{len(ground.counts)}")  # noqa: S311 - a search, no secret
    failures = 0
    while failures < _PATIENCE and not budget.spent:
        short = short_of(ground)
        if not short:
            return
        wanted = list(short)[failures % min(len(short), _PATIENCE)]
        hosts = _choose(ground, wanted, random)
        if not hosts:
            failures += 1
            continue
        with budget.share(min(1.0, _SLICE / budget.units)) as share:
            share.units -= len(hosts) * len(hosts) * 8 / _BUILT
            gained = rearrange(ground, hosts, short, _worth(ground, short), share)
        failures = 0 if gained else failures + 1


def _worth(ground: Ground, short: Mapping[int, int]) -> dict[int, int]:
    """What a replica of each workload counts: a higher priority more than all that a neighbourhood holds of lower."""
    problem = ground.problem
    priority = {index: problem.groups[problem.workloads[index].group].priority for index in short}
    ranks = {found: min(at, _RANKS) for at, found in enumerate(sorted(set(priority.values())))}
    return {index: 1000 ** ranks[found] for index, found in priority.items()}


_RANKS = 4


def _choose(ground: Ground, workload: int, random: Random) -> list[int]:
    """Hosts that have the most left of what a replica needs, some for each row, and others to which what stands there
    may go."""
    hosts = ground.columns.hosts_of(workload)
    full = [host for host, count in ground.counts[workload].items() if count >= ground.rules[workload].each]
    if full:
        hosts = hosts[~np.isin(hosts, full)]
    needs = ground.columns.needs[workload]
    if not hosts.size or not needs:
        return []
    chosen: dict[int, None] = {}
    every = np.arange(ground.free.shape[1])
    for among in (*[(hosts, row) for row, _ in needs], *[(every, row) for row, _ in needs]):
        chosen |= dict.fromkeys(_roomy(ground, *among, random))
    return _few(ground, list(chosen))


def _roomy(ground: Ground, hosts: Ints, row: int, random: Random) -> list[int]:
    """Some of the hosts that have the most left of a row."""
    left = ground.free[row][hosts] / np.maximum(1, ground.columns.capacity[row][hosts])
    best = hosts[np.argsort(-left, kind="stable")[: _AMONG * _HOSTS]].tolist()
    return random.sample(best, min(_HOSTS // 4, len(best)))


def _few(ground: Ground, hosts: Sequence[int]) -> list[int]:
    """As many of the hosts as a model can hold."""
    chosen: list[int] = []
    residents: set[int] = set()
    standing = {host: {index for index, found in ground.counts.items() if host in found} for host in hosts}
    for host in hosts:
        more = residents | standing[host]
        if len(more) * (len(chosen) + 1) > _RESIDENTS and chosen:
            break
        residents = more
        chosen.append(host)
    return chosen
