"""`fill`: many replicas of one workload at once, onto the hosts that a score likes best.

Enters a ground in which all that columns know of holds; leaves one in which it holds. Hosts are filled in order by
cumulative sums; over groups of hosts, such as zones, quotas say how many each gets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from placelang_scheduler.pool.columns import Ints
    from placelang_scheduler.pool.ground import Ground
    from placelang_scheduler.pool.rules import Rules
    from placelang_scheduler.state import State

    Floats = NDArray[np.float64]

Score = Callable[["Ground", int, "Ints"], "Floats"]
"""How little hosts are liked for one more replica of a workload."""


class Some(NamedTuple):
    """Hosts, how many replicas each holds, and how little it is liked."""

    hosts: Ints
    fit: Ints
    values: Floats


def fill(ground: Ground, workload: int, wanted: int, score: Score, depth: int = 2**62) -> int:
    """Place up to `wanted` replicas, on a host at most `depth` before it is looked at again; how many there are."""
    rules = ground.rules[workload]
    if rules.others:
        return _one_by_one(ground, workload, wanted, score)
    left = wanted
    for _ in range(_ROUNDS):
        if not left:
            break
        hosts, fit = ground.room(workload, min(left, depth))
        if not hosts.size:
            break
        some = Some(hosts, fit, score(ground, workload, hosts))
        took = (_simply if rules.plain else _by_quotas)(ground, workload, left, some)
        if not took:
            break
        left -= took
    return wanted - left


_ROUNDS = 1000
"""A round that places nothing is the last one anyway."""


def _simply(ground: Ground, workload: int, wanted: int, some: Some) -> int:
    """Fill the best hosts; equals in their order."""
    hosts, fit, values = some
    if hosts.size > 2 * wanted:
        edge = np.partition(values, wanted - 1)[wanted - 1]
        near = np.flatnonzero(values <= edge)
        hosts, fit, values = hosts[near], fit[near], values[near]
    order = np.argsort(values, kind="stable")
    return _put(ground, workload, wanted, hosts[order], fit[order])


def _put(ground: Ground, workload: int, wanted: int, hosts: Ints, fit: Ints) -> int:
    before = np.cumsum(fit) - fit
    counts = np.clip(wanted - before, 0, fit)
    some = counts > 0
    counts = counts[some]
    ground.add(workload, hosts[some], counts)
    return int(counts.sum())


def _by_quotas(ground: Ground, workload: int, wanted: int, some: Some) -> int:
    """Fill the best hosts within what each group of them may get."""
    hosts, fit, values = some
    rules = ground.rules[workload]
    order = np.argsort(values, kind="stable")
    hosts, fit = hosts[order], fit[order]
    for full in rules.full:
        fit = _within(full.keys.codes[hosts], fit, full.quota(ground))
    wanted, fit = _distinct(ground, rules, wanted, hosts, fit)
    for even in rules.even:
        codes = even.keys.codes[hosts]
        room = np.bincount(codes, fit, even.keys.exempt + 1).astype(np.int64)
        fit = _within(codes, fit, even.quota(ground, room, wanted))
    return _put(ground, workload, wanted, hosts, fit)


def _distinct(ground: Ground, rules: Rules, wanted: int, hosts: Ints, fit: Ints) -> tuple[int, Ints]:
    """As long as too few different values are used, one replica each for others."""
    for one in rules.distinct:
        keys = ground.columns.key(one.key)
        used = ground.sums(one.key, one.workloads) > 0
        used[keys.exempt] = False
        missing = one.count - int(used.sum())
        if missing > 0:
            quota = np.where(used, 0, 1).astype(np.int64)
            fit = _within(keys.codes[hosts], fit, quota)
            wanted = min(wanted, missing)
    return wanted, fit


def _within(codes: Ints, fit: Ints, quota: Ints) -> Ints:
    """`fit` where each group has a quota, the first of it first served."""
    order = np.argsort(codes, kind="stable")
    sorted_codes, sorted_fit = codes[order], fit[order]
    total = np.cumsum(sorted_fit)
    before = total - sorted_fit
    starts = np.flatnonzero(np.diff(sorted_codes, prepend=-1))
    before -= np.repeat(before[starts], np.diff(np.append(starts, codes.size)))
    allowed = np.empty_like(fit)
    allowed[order] = np.clip(quota[sorted_codes] - before, 0, sorted_fit)
    return allowed


def _one_by_one(ground: Ground, workload: int, wanted: int, score: Score) -> int:
    """Place replicas where constraints of any kind say that they break nothing."""
    rules = ground.rules[workload]
    for placed in range(wanted):
        hosts, _ = ground.room(workload, 1)
        extras = [one.marginal(cast("State", ground), workload) for one in rules.others]
        values = score(ground, workload, hosts)
        for host in hosts[np.argsort(values, kind="stable")].tolist():
            limits = (one.limit(ground.problem, workload, host) for one in rules.others)
            if ground.counts[workload].get(host, 0) < min(limits) and not any(
                extra(host) for extra in extras
            ):
                ground.put(workload, host)
                break
        else:
            return placed
    return wanted


def trim(ground: Ground, workloads: tuple[int, ...]) -> None:
    """Take replicas away from values that hold too many beside the least used."""
    for index in workloads:
        for even in ground.rules[index].even:
            above = even.surplus(ground)
            while above.any():
                for member in reversed(even.workloads):
                    for host, count in reversed(list(ground.counts[member].items())):
                        less = min(count, int(above[even.keys.codes[host]]))
                        if less:
                            ground.put(member, host, -less)
                            above[even.keys.codes[host]] -= less
                above = even.surplus(ground)
