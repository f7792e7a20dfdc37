"""What groups require of each other, as hard `same` and `after` say.

Where one group alone can serve, it is required, and a plan names it where it is left out. Where any of several would
do, or groups require each other in a circle, a constraint holds instead that some replica of the other service stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from placelang.diagnostics import Span
from placelang.graph import sort
from placelang.lower.couplings import Fleet
from placelang.lower.keys import SITE
from placelang.program import Key, Same, Service
from placelang_scheduler import constraints as posed

FLEET = "fleet"
"""A key that has one value on every host."""


@dataclass(frozen=True, slots=True)
class Wait:
    """`unit` cannot stand without a replica of one of `others`. `span` is that of the `after` that says so, None where
    a `same` does, which is a constraint already."""

    unit: int
    others: tuple[int, ...]
    service: str
    span: Span | None


def waits(service: Service, fleet: Fleet) -> Iterator[Wait]:
    """All that the units of `service` cannot stand without."""
    for unit in fleet.of_service[service.name]:
        for clause in service.constraints:
            if isinstance(clause, Same) and clause.weight is None and clause.within is None:
                local = SITE if fleet.columns[clause.key].site_bound else None
                yield Wait(unit, _near(unit, clause.service, fleet, local), clause.service, None)
        for other, span in service.after:
            yield Wait(unit, _near(unit, other, fleet, service.replicas.per or SITE), other, span)


def in_turn(found: list[Wait]) -> dict[int, tuple[int, ...]]:
    """By unit, those that run before it starts, as `after` says."""
    turns: dict[int, tuple[int, ...]] = {}
    for wait in found:
        if wait.span is not None:
            turns[wait.unit] = turns.get(wait.unit, ()) + wait.others
    return turns


def require(
    found: list[Wait], fleet: Fleet
) -> tuple[dict[int, tuple[int, ...]], list[tuple[Span, posed.Constraint]]]:
    """The groups that each group requires, and the constraints that stand for the rest."""
    single: dict[int, set[int]] = defaultdict(set)
    for wait in found:
        group, others = _groups(wait, fleet)
        if len(others) == 1:
            single[group] |= others - {group}
    _, _, circular = sort({group: sorted(others) for group, others in sorted(single.items())})
    required: dict[int, set[int]] = defaultdict(set)
    constraints: list[tuple[Span, posed.Constraint]] = []
    for wait in found:
        group, others = _groups(wait, fleet)
        if len(others) == 1 and not (group in circular and others <= circular):
            required[group] |= others - {group}
        elif others - {group} and wait.span is not None:
            name = f"{fleet.units[wait.unit].id}>{wait.service}"
            constraints.append((wait.span, posed.Same(name, (wait.unit,), wait.others, FLEET)))
    return {group: tuple(sorted(others)) for group, others in required.items()}, constraints


def _groups(wait: Wait, fleet: Fleet) -> tuple[int, frozenset[int]]:
    return fleet.units[wait.unit].group, frozenset(fleet.units[u].group for u in wait.others)


def _near(unit: int, other: str, fleet: Fleet, key: Key | None) -> tuple[int, ...]:
    """The units of the service `other` that belong with `unit`: where both are counted by `key`, the one of its value;
    for any key, where both are of sites, those of its site; else all."""
    mine, others = fleet.units[unit], fleet.of_service[other]
    if key is not None and others:
        if mine.service.replicas.per == key == fleet.units[others[0]].service.replicas.per:
            return fleet.of_value.get((other, mine.value), ())
        if mine.site >= 0 and fleet.units[others[0]].site >= 0:
            return fleet.of_site.get((other, mine.site), ())
    return others
