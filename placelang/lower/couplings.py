"""The program's constraints over keys as the problem's, and what a group requires of others.

`spread` and `at least` speak of one unit each. The others speak of all units of a service at once; the
scheduler divides them where the units cannot meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placelang import program as said
from placelang.diagnostics import Span
from placelang.lower.keys import SITE, KeyColumn, domain
from placelang.lower.units import Unit
from placelang.program import Key, Service
from placelang_scheduler import constraints as posed

FLEET = "fleet"
"""A key that has one value on every host."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What constraints are lowered against, by unit. `candidates`: hosts that may take a replica; `wanted`:
    hosts that its filters accept, whether or not they have what it needs."""

    units: tuple[Unit, ...]
    of_service: Mapping[str, tuple[int, ...]]
    columns: Mapping[Key | None, KeyColumn]
    candidates: Sequence[tuple[int, ...]]
    wanted: Sequence[tuple[int, ...]]
    of_value: Mapping[tuple[str, int], tuple[int, ...]]
    of_site: Mapping[tuple[str, int], tuple[int, ...]]

    def values(self, key: Key, hosts: tuple[int, ...]) -> frozenset[str]:
        """The values of `key` on `hosts`."""
        column = self.columns[key]
        return frozenset(column.names[v] for v in column.values[list(hosts)].tolist() if v >= 0)


def constrain(service: Service, fleet: Fleet) -> Iterator[tuple[said.Constraint, posed.Constraint]]:
    """What the constraints of `service` come to, each with its clause; ids are unique in the fleet."""
    for number, clause in enumerate(service.constraints):
        for constraint in _pose(f"{service.name}#{number}", clause, fleet.of_service[service.name], fleet):
            yield clause, constraint


def _pose(
    name: str, clause: said.Constraint, mine: tuple[int, ...], fleet: Fleet
) -> Iterator[posed.Constraint]:
    key = domain(clause.key)
    match clause:
        case said.Spread(skew=skew, weight=weight):
            for unit in mine:
                values = _spread_values(clause.key, unit, fleet)
                yield posed.Spread(f"{name}@{fleet.units[unit].scope}", unit, key, skew, values, weight)
        case said.AtLeast(count=count, weight=weight):
            for unit in mine:
                yield posed.AtLeast(f"{name}@{fleet.units[unit].scope}", unit, key, count, weight)
        case said.AtMost(count=count, weight=weight):
            yield posed.AtMost(name, mine, key, count, weight)
        case said.Same(service=other, weight=weight):
            yield posed.Same(name, mine, fleet.of_service[other], key, weight)
        case said.Different(service=other, weight=weight):
            yield posed.Different(name, mine, fleet.of_service[other], key, weight)


def _spread_values(key: Key, unit: int, fleet: Fleet) -> tuple[str, ...] | None:
    """None where the candidates themselves have all values: the usual case, and a smaller problem."""
    if fleet.wanted[unit] == fleet.candidates[unit]:
        return None
    wanted = fleet.values(key, fleet.wanted[unit])
    return None if wanted == fleet.values(key, fleet.candidates[unit]) else tuple(sorted(wanted))


def depend(
    service: Service, fleet: Fleet
) -> tuple[dict[int, set[int]], tuple[tuple[Span, posed.Constraint], ...]]:
    """By unit of `service`, the groups without which it is left out, as hard `same` and `after` say.

    Where any of several groups would do for `after`, none of them is required by itself: a constraint holds
    that one of them stands.
    """
    required: dict[int, set[int]] = {unit: set() for unit in fleet.of_service[service.name]}
    some: list[tuple[Span, posed.Constraint]] = []
    for clause in service.constraints:
        if isinstance(clause, said.Same) and clause.weight is None:
            local = fleet.columns[clause.key].site_bound
            for unit, groups in required.items():
                met = _groups(_near(unit, clause.service, fleet, SITE if local else None), fleet)
                groups.update(met if len(met) == 1 else ())
    for other, span in service.after:
        for unit, groups in required.items():
            first = _near(unit, other, fleet, service.replicas.per or SITE)
            met = _groups(first, fleet)
            if len(met) == 1:
                groups.update(met)
            elif met:
                name = f"{service.name}>{other}@{fleet.units[unit].scope}"
                some.append((span, posed.Same(name, (unit,), first, FLEET)))
    for unit, groups in required.items():
        groups.discard(fleet.units[unit].group)
    return required, tuple(some)


def _groups(units: tuple[int, ...], fleet: Fleet) -> frozenset[int]:
    return frozenset(fleet.units[u].group for u in units)


def _near(unit: int, other: str, fleet: Fleet, key: Key | None) -> tuple[int, ...]:
    """The units of the service `other` that belong with `unit`: where both are counted by `key`, the one of
    its value; for any key, where both are of sites, those of its site; else all."""
    mine, others = fleet.units[unit], fleet.of_service[other]
    if key is not None and others:
        if mine.service.replicas.per == key == fleet.units[others[0]].service.replicas.per:
            return fleet.of_value.get((other, mine.value), ())
        if mine.site >= 0 and fleet.units[others[0]].site >= 0:
            return fleet.of_site.get((other, mine.site), ())
    return others
