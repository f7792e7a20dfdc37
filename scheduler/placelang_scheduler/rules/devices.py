"""`devices`: whole devices that replicas on a host hold are there, accepted, and held once.

Counts per class suffice: devices of a class are interchangeable, and the devices of one replica may be of several
classes. Whether counts fit is Hall's condition, one row per union of overlapping sets of accepted classes: all that
can only be served by a union fits into it. Filters of one kind mostly nest (`compute >= 7`, `compute >= 8`), then
there are no more unions than filters; `validate` refuses a host with more than `UNIONS` of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.placement import Violation
from placelang_scheduler.rules.row import Row, pack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.problem import DeviceDemand, Problem, Workload
    from placelang_scheduler.solution import Solution

KEYWORD = "devices"
UNIONS = 256

Held = tuple["Mapping[str, int]", ...]
"""Devices held per class id, for each device demand of a workload in order."""


def accepted(problem: Problem, demand: DeviceDemand, host: int) -> tuple[str, ...]:
    """Ids of the classes on `host` that serve `demand`, in the host's order."""
    return tuple(
        device.id
        for device in problem.hosts[host].devices
        if device.kind == demand.kind and (demand.accepts is None or (host, device.id) in demand.accepts)
    )


def most(problem: Problem, workload: Workload, host: int) -> int:
    """How many replicas of `workload` an empty `host` serves, as far as this rule goes."""
    needs = _needs(problem, host, ((0, demand) for demand in workload.devices))
    rows = _rows(problem, host, needs)
    return min((row.capacity // row.demand[0] for row in rows), default=workload.maximum)


def rows(problem: Problem, host: int, workloads: Sequence[int]) -> Iterator[Row]:
    """Hall's condition for what `workloads` demand on `host`."""
    demands = ((index, demand) for index in workloads for demand in problem.workloads[index].devices)
    return _rows(problem, host, _needs(problem, host, demands))


def overlaps(problem: Problem, host: int, workloads: Sequence[int]) -> bool:
    """Whether the filters of `workloads` overlap in more than `UNIONS` ways on `host`."""
    demands = ((index, demand) for index in workloads for demand in problem.workloads[index].devices)
    needs = _needs(problem, host, demands)
    return any(len(_unions(filters)) > UNIONS for filters in needs.values())


def post(model: Model, part: Part) -> None:
    """All rows of this rule."""
    pack(model, part, KEYWORD)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Devices that are not accepted, not there, held twice, or missing."""
    held: dict[tuple[int, str], int] = {}
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        if not workload.devices:
            continue
        for host in sorted(found):
            named = solution.devices.get((index, host), ())
            wrong = 0 if len(named) == len(workload.devices) else 1
            for demand, taken in zip(workload.devices, named, strict=False):
                right = accepted(problem, demand, host)
                wrong += sum(
                    abs(count) for device, count in taken.items() if device not in right or count < 0
                )
                wrong += abs(sum(taken.values()) - demand.count * found[host])
                for device, count in taken.items():
                    held[host, device] = held.get((host, device), 0) + count
            if wrong:
                yield Violation(KEYWORD, wrong, workload=index, host=host)
    for host, shape in enumerate(problem.hosts):
        for group in shape.devices:
            beyond = held.get((host, group.id), 0) - group.count
            if beyond > 0:
                yield Violation(KEYWORD, beyond, host=host, resource=group.kind)


def hold(problem: Problem, host: int, present: Mapping[int, int]) -> dict[int, Held]:
    """Which devices the replicas `present` on `host` hold, per workload; the rows of this rule hold for them.

    The demands with the fewest accepted classes choose first; who finds too little has others give way.
    """
    free = {device.id: device.count for device in problem.hosts[host].devices}
    asks = [
        (
            len(classes := accepted(problem, demand, host)),
            index,
            position,
            classes,
            demand.count * present[index],
        )
        for index in sorted(present)
        for position, demand in enumerate(problem.workloads[index].devices)
    ]
    asks.sort()
    taken: list[dict[str, int]] = [{} for _ in asks]
    classes_of = [ask[3] for ask in asks]
    for number, ask in enumerate(asks):
        missing = ask[4]
        while missing:
            missing -= _take(number, missing, classes_of, taken, free)
    result: dict[int, list[dict[str, int]]] = {}
    for number in sorted(range(len(asks)), key=lambda number: asks[number][1:3]):
        result.setdefault(asks[number][1], []).append(
            {device: count for device, count in sorted(taken[number].items()) if count}
        )
    return {index: tuple(found) for index, found in result.items()}


def _take(
    number: int,
    wanted: int,
    classes_of: Sequence[Sequence[str]],
    taken: Sequence[dict[str, int]],
    free: dict[str, int],
) -> int:
    """Give ask `number` up to `wanted` more devices along the shortest chain of asks that give way."""
    reached: dict[str, tuple[int, str | None]] = {}
    queue: list[tuple[int, str | None]] = [(number, None)]
    for asker, given in queue:
        for device in classes_of[asker]:
            if device in reached:
                continue
            reached[device] = (asker, given)
            if free[device]:
                return _shift(device, wanted, reached, taken, free)
            queue.extend((other, device) for other in range(len(taken)) if taken[other].get(device))
    raise AssertionError("the rows of a host hold, its devices do not suffice")


def _shift(
    device: str,
    wanted: int,
    reached: Mapping[str, tuple[int, str | None]],
    taken: Sequence[dict[str, int]],
    free: dict[str, int],
) -> int:
    chain = []
    amount = min(wanted, free[device])
    step: str | None = device
    while step is not None:
        asker, given = reached[step]
        chain.append((asker, step, given))
        if given is not None:
            amount = min(amount, taken[asker][given])
        step = given
    free[device] -= amount
    for asker, gained, given in chain:
        taken[asker][gained] = taken[asker].get(gained, 0) + amount
        if given is not None:
            taken[asker][given] -= amount
    return amount


Needs = dict[str, dict[frozenset[str], dict[int, int]]]


def _needs(problem: Problem, host: int, demands: Iterator[tuple[int, DeviceDemand]]) -> Needs:
    """Per kind and set of accepted classes: what a replica of each workload needs."""
    needs: Needs = {}
    for index, demand in demands:
        if demand.count:
            filters = needs.setdefault(demand.kind, {})
            asked = filters.setdefault(frozenset(accepted(problem, demand, host)), {})
            asked[index] = asked.get(index, 0) + demand.count
    return needs


def _rows(problem: Problem, host: int, needs: Needs) -> Iterator[Row]:
    counts = {device.id: device.count for device in problem.hosts[host].devices}
    for kind in sorted(needs):
        for union in _unions(needs[kind]):
            demand: dict[int, int] = {}
            for classes, asked in needs[kind].items():
                if classes <= union:
                    for index, count in asked.items():
                        demand[index] = demand.get(index, 0) + count
            yield Row(KEYWORD, kind, sum(counts[device] for device in union), demand)


def _unions(filters: Collection[frozenset[str]]) -> list[frozenset[str]]:
    """All unions of overlapping filters, up to one more than `UNIONS`."""
    found = sorted(filters, key=sorted)
    for union in found:
        for other in list(filters):
            joined = union | other
            if len(found) <= UNIONS and union & other and joined not in found:
                found.append(joined)
    return found
