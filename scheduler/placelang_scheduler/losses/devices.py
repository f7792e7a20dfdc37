"""Who holds which devices, in a placement and after a loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.rules import devices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from placelang_scheduler.placement import Contingency, Held, Loss
    from placelang_scheduler.problem import Problem


def hold(
    problem: Problem, counts: Mapping[int, Mapping[int, int]], hosts: Collection[int] | None = None
) -> dict[tuple[int, int], Held]:
    """Who holds which devices, on all hosts or on some, by workload and host."""
    wanted = {
        host
        for index, workload in enumerate(problem.workloads)
        if workload.devices
        for host in counts.get(index, {})
        if hosts is None or host in hosts
    }
    present: dict[int, dict[int, int]] = {}
    for index in range(len(problem.workloads)) if wanted else ():
        found = counts.get(index, {})
        for host in wanted.intersection(found):
            present.setdefault(host, {})[index] = found[host]
    return {
        (index, host): held
        for host in sorted(present)
        for index, held in devices.hold(problem, host, present[host]).items()
    }


def after(
    counts: Mapping[int, Mapping[int, int]], loss: Loss, contingency: Contingency
) -> dict[int, Mapping[int, int]]:
    """All replicas after a loss."""
    left = {
        index: {host: count for host, count in found.items() if host not in loss}
        for index, found in counts.items()
    }
    return {**left, **contingency.placements}


def holding(problem: Problem, held: Mapping[tuple[int, int], Held]) -> Problem:
    """The problem in which they hold what they hold: whoever can keep it does."""
    found: dict[int, dict[int, Held]] = {}
    for (index, host), taken in held.items():
        found.setdefault(index, {})[host] = taken
    workloads = list(problem.workloads)
    for index, holds in found.items():
        workloads[index] = replace(workloads[index], holds=holds)
    return replace(problem, workloads=tuple(workloads)) if found else problem


def with_devices(
    problem: Problem, counts: Mapping[int, Mapping[int, int]], loss: Loss, contingency: Contingency
) -> Contingency:
    """The contingency, with who holds which devices on the hosts where other replicas stand than before."""
    changed = set()
    for index, then in contingency.placements.items():
        before = counts[index]
        changed |= {host for host in {*before, *then} - set(loss) if before.get(host) != then.get(host)}
    if not any(problem.hosts[host].devices for host in changed):
        return contingency
    return replace(contingency, devices=hold(problem, after(counts, loss, contingency), changed))
