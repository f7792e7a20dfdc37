"""What shares take of a resource of the host, beside what replicas demand of it.

Where all devices that serve a demand draw on a resource, it is sure what a replica takes of it there; where only some
do, that depends on which of them it gets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.rules.filters import accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from placelang_scheduler.problem import DeviceDemand, Problem, Workload


def draws(problem: Problem, host: int) -> dict[str, str]:
    """The resources that shares of the host's devices draw on, by class."""
    return {device.id: device.draws for device in problem.hosts[host].devices if device.draws is not None}


def sure(problem: Problem, workload: Workload, host: int) -> Mapping[str, int]:
    """What a replica takes of each resource of `host`, whatever devices it gets: its demand, and what it is sure to
    draw."""
    if not workload.devices:
        return workload.demand
    found = dict(workload.demand)
    sources = draws(problem, host) if any(demand.share for demand in workload.devices) else {}
    for demand in workload.devices if sources else ():
        if demand.share:
            used = _sources(problem, demand, host, sources)
            if len(used) == 1 and None not in used:
                resource = str(*used)
                found[resource] = found.get(resource, 0) + demand.count * demand.share
    return found


def drawn(
    problem: Problem, workload: Workload, host: int, held: Iterable[Mapping[str, int]]
) -> dict[str, int]:
    """What the shares that are held of the devices of `host` draw on its resources."""
    found: dict[str, int] = {}
    sources = draws(problem, host) if any(demand.share for demand in workload.devices) else {}
    for demand, taken in zip(workload.devices, held, strict=False) if sources else ():
        for device, count in taken.items():
            if device in sources:
                found[sources[device]] = found.get(sources[device], 0) + count * demand.share
    return found


def possible(problem: Problem, workload: Workload, host: int, resource: str) -> int:
    """The most that a replica may take of `resource` on `host`."""
    found = workload.demand.get(resource, 0)
    sources = draws(problem, host) if any(demand.share for demand in workload.devices) else {}
    for demand in workload.devices if sources else ():
        if demand.share and resource in _sources(problem, demand, host, sources):
            found += demand.count * demand.share
    return found


def _sources(problem: Problem, demand: DeviceDemand, host: int, sources: dict[str, str]) -> set[str | None]:
    return {sources.get(device) for device in accepted(problem, demand, host)}
