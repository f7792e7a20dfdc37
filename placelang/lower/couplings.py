"""The program's constraints over keys as the problem's.

`spread` and `at least` speak of one unit each. The others speak of all units of a service at once; the
scheduler divides them where the units cannot meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from placelang.columns import Mask
from placelang.lower.keys import KeyColumn
from placelang.lower.scopes import Domains, within_truth
from placelang.lower.units import Unit
from placelang.program import AtLeast, AtMost, Constraint, Different, Key, Link, Same, Service, Spread
from placelang.world import World
from placelang_scheduler import constraints as posed


@dataclass(frozen=True, slots=True)
class Fleet:
    """What constraints are lowered against, by unit. `candidates`: hosts that may take a replica; `wanted`:
    hosts that its own filters accept, whether or not they have what it needs."""

    units: tuple[Unit, ...]
    of_service: Mapping[str, tuple[int, ...]]
    columns: Mapping[Key | None, KeyColumn]
    candidates: Sequence[tuple[int, ...]]
    wanted: Sequence[tuple[int, ...]]
    of_value: Mapping[tuple[str, int], tuple[int, ...]]
    of_site: Mapping[tuple[str, int], tuple[int, ...]]
    world: World
    domains: Domains

    def together(self, unit: int) -> tuple[int, ...]:
        """The unit and its other forms, the best first."""
        first = unit - self.units[unit].service.chosen
        return tuple(range(first, first + len(self.units[unit].service.choices)))

    def each(self, units: Iterable[int]) -> tuple[tuple[int, ...], ...]:
        """`units` with their other forms, each once."""
        return tuple(dict.fromkeys(self.together(unit) for unit in units))

    def values(self, key: Key, hosts: tuple[int, ...]) -> frozenset[str]:
        """The values of `key` on `hosts`."""
        column = self.columns[key]
        return frozenset(column.names[v] for v in column.values[list(hosts)].tolist() if v >= 0)


def constrain(service: Service, fleet: Fleet, running: Mask) -> Iterator[tuple[Constraint, posed.Constraint]]:
    """What the constraints of `service` but its links come to, each with its clause; ids are unique in the fleet.
    `running` are the hosts on which it runs now."""
    mine = fleet.of_service[service.name]
    for number, clause in enumerate(service.constraints) if mine else ():
        if isinstance(clause, Link):
            continue
        hosts = _looked_at(clause, running, fleet)
        unseen = frozenset(np.flatnonzero(~hosts).tolist())
        for constraint in _pose(f"{service.name}#{number}", clause, mine, hosts, fleet):
            yield from ((clause, one) for one in without_partners(constraint, unseen))


def _looked_at(clause: Constraint, running: Mask, fleet: Fleet) -> Mask:
    """The hosts that a constraint binds. A hard one of which that is unknown leaves hosts alone on which the service
    runs."""
    if clause.within is None:
        return np.ones(len(fleet.world.hosts), dtype=np.bool_)
    about = within_truth(clause.within, fleet.world)
    bound: Mask = about.true | (about.unknown & ~running) if clause.weight is None else ~about.false
    return bound


def without_partners(constraint: posed.Constraint, unseen: frozenset[int]) -> Iterator[posed.Constraint]:
    """The constraint, or what it comes to where there is no partner: nothing is the same, everything different.
    `unseen` are the hosts that it does not look at."""
    match constraint:
        case posed.Uplinks(links=links):
            served = tuple(link for link in links if link.partners)
            if served:
                yield replace(constraint, links=served)
        case posed.Same(partners=()) | posed.Link(partners=()) | posed.LinkEvery(partners=()):
            name, workloads, weight = constraint.id, constraint.workloads, constraint.weight
            for workload in workloads:
                yield posed.Hosts(f"{name}/{workload}", workload, unseen, weight)
        case posed.Different(partners=()):
            return
        case _:
            yield constraint


def _pose(
    name: str, clause: Constraint, mine: tuple[int, ...], hosts: Mask, fleet: Fleet
) -> Iterator[posed.Constraint]:
    if not hosts.any():
        return
    key = fleet.domains.looking_at(clause.key, fleet.columns[clause.key], hosts)
    match clause:
        case Spread(skew=skew, weight=weight):
            for units in fleet.each(mine):
                values = _spread_values(clause.key, units, hosts, fleet)
                scope = fleet.units[units[0]].scope
                yield posed.Spread(f"{name}@{scope}", units, key, skew, values, weight)
        case AtLeast(count=count, weight=weight):
            for units in fleet.each(mine):
                scope = fleet.units[units[0]].scope
                yield posed.AtLeast(f"{name}@{scope}", units, key, count, weight)
        case AtMost(count=count, weight=weight):
            yield posed.AtMost(name, mine, key, count, weight)
        case Same(service=other, weight=weight):
            yield posed.Same(name, mine, fleet.of_service[other], key, weight)
        case Different(service=other, weight=weight):
            yield posed.Different(name, mine, fleet.of_service[other], key, weight)


def _spread_values(key: Key, units: tuple[int, ...], hosts: Mask, fleet: Fleet) -> tuple[str, ...] | None:
    """None where the candidates themselves have all values: the usual case, and a smaller problem."""
    if all(fleet.wanted[unit] == fleet.candidates[unit] for unit in units):
        return None
    wanted, candidates = (
        fleet.values(key, tuple(sorted({h for unit in units for h in found[unit] if hosts[h]})))
        for found in (fleet.wanted, fleet.candidates)
    )
    return None if wanted == candidates else tuple(sorted(wanted))
