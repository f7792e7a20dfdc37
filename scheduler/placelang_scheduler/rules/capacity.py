"""`capacity`: what the replicas on a host take of a resource at any one time is at most what the host has: their
demands, and what shares of devices draw on it. Of what devices of a host draw on, replicas take their demand at all
hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.hours import peak, together
from placelang_scheduler.placement import Violation
from placelang_scheduler.rules.draws import drawn, draws, sure
from placelang_scheduler.rules.row import Row, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import Problem, Workload
    from placelang_scheduler.solution import Solution

KEYWORD = "capacity"


def most(problem: Problem, workload: Workload, host: int) -> int:
    """How many replicas of `workload` an empty `host` holds, as far as this rule goes."""
    limit = workload.maximum
    capacity = problem.hosts[host].capacity
    for resource, need in sure(problem, workload, host).items():
        if need:
            limit = min(limit, capacity.get(resource, 0) // need)
    return limit


def rows(problem: Problem, host: int, workloads: Sequence[int]) -> Iterator[Row]:
    """One row per resource that any of `workloads` is sure to take, and per set of those who take it at one time."""
    needs: dict[str, dict[int, int]] = {}
    for index in workloads:
        for resource, need in sure(problem, problem.workloads[index], host).items():
            if need:
                needs.setdefault(resource, {})[index] = need
    for resource in sorted(needs):
        capacity = problem.hosts[host].capacity.get(resource, 0)
        shared = resource in draws(problem, host).values()
        for moment in (tuple(needs[resource]),) if shared else together(problem, needs[resource]):
            yield Row(KEYWORD, resource, capacity, {index: needs[resource][index] for index in moment})


def post(model: Model, part: Part) -> None:
    """All rows of this rule."""
    pack(model, part, KEYWORD)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Hosts of which more is used than they have."""
    crowded = _crowded(problem, solution)
    used: dict[tuple[int, str], dict[int, int]] = {}
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        for host, count in found.items() if crowded else ():
            if host not in crowded:
                continue
            taken = {resource: need * count for resource, need in workload.demand.items()}
            held = solution.devices.get((index, host), ())
            for resource, amount in drawn(problem, workload, host, held).items():
                taken[resource] = taken.get(resource, 0) + amount
            for resource, amount in taken.items():
                used.setdefault((host, resource), {})[index] = amount
    for host, resource in sorted(used):
        amounts = used[host, resource]
        shared = resource in draws(problem, host).values()
        most = sum(amounts.values()) if shared else peak(problem, amounts)
        beyond = most - problem.hosts[host].capacity.get(resource, 0)
        if beyond > 0:
            yield Violation(KEYWORD, beyond, host=host, resource=resource)


def _crowded(problem: Problem, solution: Solution) -> set[int]:
    """Hosts of which more is used than they have if all run at once: the only ones worth a closer look."""
    used: dict[int, dict[str, int]] = {}
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        demand = workload.demand.items()
        for host, count in found.items():
            taken = used.setdefault(host, {})
            for resource, need in demand:
                taken[resource] = taken.get(resource, 0) + need * count
            if workload.devices:
                held = solution.devices.get((index, host), ())
                for resource, amount in drawn(problem, workload, host, held).items():
                    taken[resource] = taken.get(resource, 0) + amount
    crowded = set()
    for host, taken in used.items():
        capacity = problem.hosts[host].capacity
        if any(amount > capacity.get(resource, 0) for resource, amount in taken.items()):
            crowded.add(host)
    return crowded
