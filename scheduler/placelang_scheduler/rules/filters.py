"""Which devices of a host serve which demands, and how the demands of replicas compete for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from placelang_scheduler.problem import DeviceClass, DeviceDemand, Problem

UNIONS = 256
"""The most unions of overlapping filters on a host."""

Filter = frozenset[str]
"""Ids of the classes that serve a demand."""


@dataclass(frozen=True, slots=True)
class Union:
    """What can only be served by `classes` of `kind`: per workload, what a replica takes of them."""

    kind: str
    classes: Filter
    demand: Mapping[int, int]


def serving(problem: Problem, demand: DeviceDemand, host: int) -> Iterator[DeviceClass]:
    """The classes on `host` that a demand accepts, whatever it wants of them, in the host's order."""
    for device in problem.hosts[host].devices:
        if device.kind == demand.kind and (demand.accepts is None or (host, device.id) in demand.accepts):
            yield device


def accepted(problem: Problem, demand: DeviceDemand, host: int) -> tuple[str, ...]:
    """Ids of the classes on `host` that serve `demand`."""
    return tuple(device.id for device in serving(problem, demand, host) if device.lends >= demand.share)


def alone(problem: Problem, host: int, demands: Iterable[tuple[int, DeviceDemand]]) -> Iterator[Union]:
    """Hall's condition over devices that are held alone: each union of overlapping filters has to have as many."""
    return _compete(problem, host, ((w, d, d.count) for w, d in demands if d.alone))


def lent(problem: Problem, host: int, demands: Iterable[tuple[int, DeviceDemand]]) -> Iterator[Union]:
    """The same over what is lent: each union of overlapping filters has to have as much."""
    return _compete(problem, host, ((w, d, d.count * d.share) for w, d in demands if d.share))


def crowded(problem: Problem, host: int, demands: Iterable[tuple[int, DeviceDemand]]) -> bool:
    """Whether the filters of demands overlap in more than `UNIONS` ways on `host`."""
    asked = list(demands)
    for which in ([d for d in asked if d[1].alone], [d for d in asked if d[1].share]):
        needs = _needs(problem, host, ((w, d, 1) for w, d in which))
        if any(len(_unions(filters)) > UNIONS for filters in needs.values()):
            return True
    return False


def _compete(
    problem: Problem, host: int, demands: Iterable[tuple[int, DeviceDemand, int]]
) -> Iterator[Union]:
    needs = _needs(problem, host, demands)
    for kind in sorted(needs):
        for union in _unions(needs[kind]):
            demand: dict[int, int] = {}
            for classes, asked in needs[kind].items():
                if classes <= union:
                    for index, count in asked.items():
                        demand[index] = demand.get(index, 0) + count
            yield Union(kind, union, demand)


Needs = dict[str, dict[Filter, dict[int, int]]]


def _needs(problem: Problem, host: int, demands: Iterable[tuple[int, DeviceDemand, int]]) -> Needs:
    """Per kind and set of accepted classes: what a replica of each workload needs."""
    needs: Needs = {}
    for index, demand, amount in demands:
        filters = needs.setdefault(demand.kind, {})
        asked = filters.setdefault(frozenset(accepted(problem, demand, host)), {})
        asked[index] = asked.get(index, 0) + amount
    return needs


def _unions(filters: Collection[Filter]) -> list[Filter]:
    """All unions of overlapping filters, up to one more than `UNIONS`."""
    found = sorted(filters, key=sorted)
    for union in found:
        for other in list(filters):
            joined = union | other
            if len(found) <= UNIONS and union & other and joined not in found:
                found.append(joined)
    return found
