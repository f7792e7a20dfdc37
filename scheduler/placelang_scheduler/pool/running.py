"""`keep`: what runs stays where it may, before anything new comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from placelang_scheduler.constraints import Hosts

if TYPE_CHECKING:
    from placelang_scheduler.pool.ground import Ground
    from placelang_scheduler.state import State


def keep(ground: Ground, open_: frozenset[int]) -> None:
    """Leave the replicas of open groups where they run, as many as are wanted and fit; all at once on hosts that hold
    them all, the others by priority, what needs the most first."""
    workloads = ground.problem.workloads
    running = [
        index
        for index in ground.columns.scope.workloads
        if workloads[index].current and workloads[index].group in open_
    ]
    if not running:
        return
    may = {index: stay(ground, index) for index in running}
    crowded = _crowded(ground, may)
    careful = []
    for index in running:
        hosts = may[index]
        lent = ground.lent is not None and index in ground.lent.wishes
        some = lent or ground.hard[index] or workloads[index].variants or not crowded.isdisjoint(hosts)
        if some or sum(hosts.values()) > workloads[index].maximum:
            careful.append(index)
        elif hosts:
            at = np.fromiter(hosts, np.int64, len(hosts))
            ground.add(index, at, np.fromiter(hosts.values(), np.int64, len(hosts)))
    priority = ground.problem.groups
    need = {index: max((need for _, need in ground.columns.needs[index]), default=0) for index in careful}
    order = sorted(careful, key=lambda at: (-priority[workloads[at].group].priority, -need[at], at))
    for _ in range(_ROUNDS):
        for index in order:
            keep_carefully(ground, index, may[index])


_ROUNDS = 2
"""Who has to stand beside others stays once these do."""


def stay(ground: Ground, index: int) -> dict[int, int]:
    """The replicas of a workload by host that may stay there, each by itself."""
    workload = ground.problem.workloads[index]
    accepting = [one.accepted for one in ground.hard[index] if isinstance(one, Hosts)]
    return {
        host: count
        for host, count in sorted(workload.current.items())
        if count and workload.allows(host) and all(host in some for some in accepting)
    }


def _crowded(ground: Ground, may: dict[int, dict[int, int]]) -> set[int]:
    """Hosts that do not hold all that may stay on them."""
    taken = np.zeros_like(ground.free)
    for index, hosts in may.items():
        if hosts:
            at = np.fromiter(hosts, np.int64, len(hosts))
            counts = np.fromiter(hosts.values(), np.int64, len(hosts))
            for row, need in ground.columns.needs[index]:
                taken[row][at] += need * counts
    return set(np.flatnonzero((taken > ground.free).any(axis=0)).tolist())


def keep_carefully(ground: Ground, index: int, hosts: dict[int, int]) -> None:
    """Leave replicas of one workload where they run, as far as that breaks nothing."""
    rules = ground.rules[index]
    maximum = ground.problem.counted(index).maximum
    ground.wanted[ground.problem.counted(index).workloads[0]] = maximum
    for host, count in hosts.items():
        limits = [one.limit(ground.problem, index, host) for one in ground.hard[index]]
        for _ in range(min([count, *limits]) - ground.counts[index].get(host, 0)):
            extras = [one.marginal(cast("State", ground), index) for one in rules.others]
            full = any(one.quota(ground)[one.keys.codes[host]] <= 0 for one in rules.full)
            if (
                full
                or ground.number(index) >= maximum
                or not ground.fits(index, host)
                or any(extra(host) for extra in extras)
            ):
                break
            ground.put(index, host)
