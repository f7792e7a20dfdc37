"""How passes like hosts: by the shape of what is left on them, and by what else could stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from placelang_scheduler.pool.columns import Columns, Ints
    from placelang_scheduler.pool.fill import Score
    from placelang_scheduler.pool.ground import Ground

    Floats = NDArray[np.float64]


def matching(columns: Columns, *, scarce: float = 1.0, tight: float = 0.1) -> Score:
    """Hosts whose remains have the shape of what a replica needs, which few others are in need of, and are nearly
    full."""
    demand = scarcity(columns) * scarce

    def score(ground: Ground, workload: int, hosts: Ints) -> Floats:
        needs = ground.columns.needs[workload]
        value = demand[hosts]
        if not needs:
            return value
        high = low = need_share(ground, needs[0], hosts)
        for one in needs[1:]:
            share = need_share(ground, one, hosts)
            high, low = np.maximum(high, share), np.minimum(low, share)
        return value + (1 - low / high) - tight * high

    return score


def need_share(ground: Ground, one: tuple[int, int], hosts: Ints) -> Floats:
    """What of the remains of hosts a replica takes."""
    row, need = one
    share: Floats = need / ground.free[row][hosts]
    return share


def scarcity(columns: Columns) -> Floats:
    """For each host, how much is asked of the sets of hosts that it is in, beside what these have."""
    hosts = columns.capacity.shape[1]
    found = np.zeros(hosts)
    asked: dict[int, Floats] = {}
    for index in columns.scope.workloads:
        amounts = asked.setdefault(columns.mask[index], np.zeros(len(columns.capacity)))
        for row, need in columns.needs[index]:
            amounts[row] += need * columns.problem.workloads[index].maximum
    for number, amounts in asked.items():
        mask = columns.masks[number]
        have = columns.capacity[:, mask].sum(axis=1, dtype=np.float64)
        used = amounts > 0
        if mask.size and used.any():
            with np.errstate(divide="ignore"):
                pressure = float(np.max(amounts[used] / have[used]))
            found[mask] += min(pressure, 10.0)
    return found
