"""`overload`: more is needed of one resource than the hosts have on which it has to be found.

Arithmetic over sets of hosts, no solver: where it finds something, that is a core already, if not always a minimal one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from placelang_scheduler.hours import peak
from placelang_scheduler.rules import candidates
from placelang_scheduler.solution import Instance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from placelang_scheduler.needs import Needs
    from placelang_scheduler.problem import Variants

_SETS = 64
"""Sets of hosts that are looked at: those on which workloads may stand, and their unions."""

Amounts = Mapping[int, int]


class _Overload(NamedTuple):
    """What workloads need of `resource` by group, of those that have to be on `hosts`."""

    resource: str
    hosts: frozenset[int]
    needed: Mapping[int, Amounts]


def overload(needs: Needs, group: int, others: Collection[int]) -> tuple[Instance, ...]:
    """The members of a core of `group` with the fewest of `others`; none where there is no overload."""
    own = needs.required(group)
    found = [
        (len(chosen), len(one.hosts), number, one, chosen)
        for number, one in enumerate(_overloads(needs, (*own, *others)))
        if (chosen := _fewest(needs, one, own)) is not None
    ]
    if not found:
        return ()
    _, _, _, one, chosen = min(found, key=lambda entry: entry[:3])
    return (
        *(Instance(group=other) for other in chosen),
        *(Instance(host=host, resource=one.resource) for host in sorted(one.hosts)),
    )


def _overloads(needs: Needs, groups: Iterable[int]) -> Iterator[_Overload]:
    """Every resource on every set of hosts, with what has to be found there."""
    places: dict[frozenset[int], list[Variants]] = {}
    problem = needs.problem
    for one in problem.counts(index for group in dict.fromkeys(groups) for index in needs.members[group]):
        if one.minimum:
            shapes = (problem.workloads[index] for index in one.workloads)
            hosts = frozenset(host for shape in shapes for host, most in candidates.places(shape) if most)
            places.setdefault(hosts, []).append(one)
    for hosts in _unions(places):
        inside = [one for own, found in places.items() if own <= hosts for one in found]
        by_resource: dict[str, dict[int, dict[int, int]]] = {}
        for one in inside:
            index = one.workloads[0]
            for resource, need in problem.least_demand(one).items():
                if need:
                    of_group = by_resource.setdefault(resource, {})
                    needed = of_group.setdefault(problem.workloads[index].group, {})
                    needed[index] = need * one.minimum
        yield from (_Overload(resource, hosts, needed) for resource, needed in sorted(by_resource.items()))


def _unions(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    found = dict.fromkeys(sets)
    queue = list(found)
    for one in queue:
        for other in tuple(found):
            if len(queue) < _SETS and one | other not in found:
                found[one | other] = None
                queue.append(one | other)
    return queue


def _fewest(needs: Needs, one: _Overload, own: Collection[int]) -> list[int] | None:
    """The groups beside `own`, largest first, that suffice for the overload; None where all of them do not."""
    hosts = needs.problem.hosts
    room = sum(hosts[host].capacity.get(one.resource, 0) for host in one.hosts)
    taken = {index: need for group in own for index, need in one.needed.get(group, {}).items()}
    chosen: list[int] = []
    others = (group for group in one.needed if group not in own)
    for group in sorted(others, key=lambda group: (-sum(one.needed[group].values()), group)):
        if peak(needs.problem, taken) > room:
            break
        chosen.append(group)
        taken |= one.needed[group]
    return chosen if peak(needs.problem, taken) > room else None
