"""`devices`: what replicas on a host hold of its devices is there, serves them, and is shared by those only who share.

Counts per class suffice for what is held alone: devices of a class are interchangeable, and the devices of one replica
may be of several classes. Whether counts fit is Hall's condition, one row per union of overlapping sets of accepted
classes: all that can only be served by a union fits into it. Filters of one kind mostly nest (`compute >= 7`,
`compute >= 8`), then there are no more unions than filters; `validate` refuses a host with more than `UNIONS` of them.

Shares lie on single devices, and no row over counts says whether they fit: `desk` finds out for one host, `sharing` for
a model. Rows say how much can be lent in all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placelang_scheduler.placement import Violation
from placelang_scheduler.rules import sharing
from placelang_scheduler.rules.desk import Pins, TiredError, seat
from placelang_scheduler.rules.draws import drawn, draws
from placelang_scheduler.rules.filters import accepted, alone, crowded, lent, serving
from placelang_scheduler.rules.row import Row, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.model import Model
    from placelang_scheduler.parts import Part
    from placelang_scheduler.placement import Held
    from placelang_scheduler.problem import DeviceDemand, Problem, Workload
    from placelang_scheduler.solution import Solution

KEYWORD = "devices"
_QUICK = 50
_STEPS = 500
_LONG = 20_000
"""Choices in looking for seats: while many placements are tried, for one of a few, and for the one that was chosen."""
_TRIES = 8
"""Of how many workloads each is tried as the one that does not keep what it holds."""


def most(problem: Problem, workload: Workload, host: int) -> int:
    """How many replicas of `workload` an empty `host` serves, as far as is seen at once."""
    own = [(0, demand) for demand in workload.devices]
    limits = (row.capacity // row.demand[0] for row in _rows(problem, host, own))
    limit = min((workload.maximum, *limits))
    if all(demand.alone for demand in workload.devices):
        return limit
    if len(workload.devices) == 1 and not draws(problem, host):
        return min(limit, _single(problem, host, workload.devices[0], limit))
    least = 0
    while least < limit:
        middle = (least + limit + 1) // 2
        if _may_fit(problem, host, workload, middle):
            least = middle
        else:
            limit = middle - 1
    return limit


def _single(problem: Problem, host: int, demand: DeviceDemand, limit: int) -> int:
    """The same of one demand that shares."""
    found = [device for device in serving(problem, demand, host) if device.lends >= demand.share]
    if demand.share:
        return sum(device.lends // demand.share for device in found) // demand.count
    return limit if sum(device.count for device in found) >= demand.count else 0


def seated(problem: Problem, host: int, present: Mapping[int, int]) -> dict[int, Held] | None:
    """What the replicas present hold, if they all find what they need, and that is soon seen."""
    try:
        return seat(
            problem, host, tuple((n, problem.workloads[n], present[n]) for n in sorted(present)), _QUICK
        )
    except TiredError:
        return None


def _may_fit(problem: Problem, host: int, workload: Workload, count: int) -> bool:
    """Whether an empty host serves so many replicas, or that is not soon seen."""
    try:
        return seat(problem, host, ((0, workload, count),), _STEPS) is not None
    except TiredError:
        return True


def rows(problem: Problem, host: int, workloads: Sequence[int]) -> Iterator[Row]:
    """What `workloads` hold alone on `host`, and what they are lent."""
    return _rows(problem, host, _demands(problem, workloads))


def overlaps(problem: Problem, host: int, workloads: Sequence[int]) -> bool:
    """Whether the filters of `workloads` overlap in more ways on `host` than there may be."""
    return crowded(problem, host, _demands(problem, workloads))


def post(model: Model, part: Part) -> None:
    """All rows of this rule."""
    pack(model, part, KEYWORD)
    sharing.post(model, part)


def check(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Devices that do not serve, are not there, held by too many, or missing."""
    held: dict[tuple[int, str], _Use] = {}
    for index, (workload, found) in enumerate(zip(problem.workloads, solution.placements, strict=True)):
        for host in sorted(found) if workload.devices else ():
            named = solution.devices.get((index, host), ())
            wrong = 0 if len(named) == len(workload.devices) else 1
            for demand, taken in zip(workload.devices, named, strict=False):
                wrong += _wrong(problem, demand, host, found[host], taken)
                for device, count in taken.items():
                    held.setdefault((host, device), _Use()).add(demand, count)
            if wrong:
                yield Violation(KEYWORD, wrong, workload=index, host=host)
    for host, shape in enumerate(problem.hosts):
        for group in shape.devices:
            use = held.get((host, group.id))
            if use is not None and use.alone + use.open > group.count:
                beyond = use.alone + use.open - group.count
                yield Violation(KEYWORD, beyond, host=host, resource=group.kind)
            if use is not None and use.lent > group.lends:
                resource = sharing.share_of(group.kind)
                yield Violation(KEYWORD, use.lent - group.lends, host=host, resource=resource)


@dataclass(slots=True)
class _Use:
    """Devices of a class that are held `alone`, that are `open` to several, and what is `lent` of them."""

    alone: int = 0
    open: int = 0
    lent: int = 0

    def add(self, demand: DeviceDemand, count: int) -> None:
        if demand.alone:
            self.alone += count
        else:
            self.open = max(self.open, count if demand.shared else min(count, 1))
            self.lent += count * demand.share


def _wrong(problem: Problem, demand: DeviceDemand, host: int, replicas: int, taken: Mapping[str, int]) -> int:
    """How much of what is `taken` for a demand is not as it should be. What is shared is counted once, whether each
    replica holds the same or not."""
    right = accepted(problem, demand, host)
    wrong = sum(abs(count) for device, count in taken.items() if device not in right or count < 0)
    total, most = sum(taken.values()), demand.count * replicas
    least = min(demand.count, most) if demand.shared else most
    return wrong + max(0, least - total, total - most)


def hold(problem: Problem, host: int, present: Mapping[int, int]) -> dict[int, Held]:
    """Which devices the replicas `present` on `host` hold, per workload, where there is a way: what they hold now if
    that can be, or all but one workload of them."""
    standing = tuple((index, problem.workloads[index], present[index]) for index in sorted(present))
    pins = held_now(problem, host, present)
    moving = [None, *sorted({index for index, _ in pins})] if pins else []
    for index in moving[: _TRIES + 1]:
        kept = {at: held for at, held in pins.items() if at[0] != index}
        with suppress(TiredError):
            found = seat(problem, host, standing, _STEPS, kept)
            if found is not None:
                return found
    try:
        held = seat(problem, host, standing, _LONG)
    except TiredError:
        from placelang_scheduler.rules.exactly import exactly  # noqa: PLC0415 - the solver, where it is needed

        held = exactly(problem, host, present)
    if held is None:
        raise AssertionError("the rules of a host hold, its devices do not suffice")
    return held


def held_now(problem: Problem, host: int, present: Mapping[int, int]) -> Pins:
    """What those present hold already of what serves them, alone or as shares, as far as they still want it."""
    found: Pins = {}
    for index in sorted(present):
        workload = problem.workloads[index]
        for position, (demand, held) in enumerate(
            zip(workload.devices, workload.holds.get(host, ()), strict=False)
        ):
            left = 0 if demand.shared else demand.count * present[index]
            right = accepted(problem, demand, host)
            for device in (name for name in sorted(held) if name in right):
                kept = min(held[device], left)
                left -= kept
                if kept > 0:
                    found.setdefault((index, position), {})[device] = kept
    return found


def largest(problem: Problem, host: int, demand: DeviceDemand, present: Mapping[int, int]) -> int:
    """The largest share that a device that serves `demand` has left, as those present hold them."""
    shapes = problem.workloads
    held = hold(problem, host, present) if any(shapes[index].devices for index in present) else {}
    left = {device.id: device.lends for device in serving(problem, demand, host)}
    budget = {
        resource: problem.hosts[host].capacity.get(resource, 0)
        - sum(shapes[index].demand.get(resource, 0) * count for index, count in present.items())
        for resource in draws(problem, host).values()
    }
    for index, taken in held.items():
        for other, counts in zip(shapes[index].devices, taken, strict=True):
            for device, count in counts.items():
                if device in left:
                    left[device] = 0 if other.alone else left[device] - count * other.share
        for resource, amount in drawn(problem, shapes[index], host, taken).items():
            budget[resource] -= amount
    sources = draws(problem, host)
    return max((min(n, budget[sources[d]]) if d in sources else n for d, n in left.items()), default=0)


def concerned(problem: Problem, host: int, workloads: Sequence[int]) -> tuple[int, ...]:
    """Those of `workloads` that have to be looked at together on `host` to know whether their devices suffice, since
    one of them shares; none where the rows say it."""
    if all(demand.alone for _, demand in _demands(problem, workloads)):
        return ()
    drawn = {device.draws for device in problem.hosts[host].devices}
    return tuple(
        index
        for index in workloads
        if problem.workloads[index].devices or not drawn.isdisjoint(problem.workloads[index].demand)
    )


def _demands(problem: Problem, workloads: Iterable[int]) -> list[tuple[int, DeviceDemand]]:
    return [(index, demand) for index in workloads for demand in problem.workloads[index].devices]


def _rows(problem: Problem, host: int, demands: Sequence[tuple[int, DeviceDemand]]) -> Iterator[Row]:
    devices = {device.id: device for device in problem.hosts[host].devices}
    for union in alone(problem, host, demands):
        count = sum(devices[name].count for name in union.classes)
        yield Row(KEYWORD, union.kind, count, union.demand)
    for union in lent(problem, host, demands):
        lends = sum(devices[name].lends for name in union.classes)
        yield Row(KEYWORD, sharing.share_of(union.kind), lends, union.demand)
