"""What runs now, from the current plan, in terms of the units and hosts that are planned now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placelang.lower.keys import KeyColumn
from placelang.lower.units import Unit
from placelang.program import Key
from placelang.world import World
from placelang_runtime.part import Replica
from placelang_runtime.plan import Plan


@dataclass(frozen=True, slots=True)
class Running:
    """A replica that counts for unit `unit`, on a host that is still known."""

    unit: int
    host: int
    replica: Replica


def find_running(
    current: Plan, world: World, units: tuple[Unit, ...], columns: Mapping[Key | None, KeyColumn]
) -> tuple[Running, ...]:
    """The running replicas that units can keep, by name.

    A replica counts for the unit that its name speaks of, if its host is, or may be, one of that unit's; where there
    is no such unit, since the service is counted otherwise now, for the unit that has its host.
    """
    by_scope = {(u.service.name, u.scope): i for i, u in enumerate(units)}
    by_value = {(u.service.name, u.value): i for i, u in enumerate(units)}
    services = {u.service.name: u.service for u in units}
    found: list[Running] = []
    for name, replica in replicas_of(current):
        host, service = world.hosts.rows.get(replica.host), services.get(name)
        if host is None or service is None:
            continue
        column = columns[service.replicas.per]
        value = int(column.values[host])
        unit = by_scope.get((name, scope_of(name, replica)))
        if unit is None:
            unit = by_value.get((name, value if value >= 0 else int(column.open_values[host])))
        elif value != units[unit].value and not _may_be(column, host, units[unit]):
            continue
        if unit is not None:
            found.append(Running(unit, host, replica))
    return tuple(sorted(found, key=lambda r: r.replica.name))


def replicas_of(plan: Plan) -> list[tuple[str, Replica]]:
    """Every replica of the plan with the name of its service."""
    return [
        (service.name, replica)
        for part in plan.parts
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    ]


def scope_of(service: str, replica: Replica) -> str:
    """What the replica was counted by, as its name says: `gbg` in `shop.till@gbg/1`."""
    counted = replica.name.removeprefix(service).rpartition("/")[0]
    return counted.removeprefix("@")


def _may_be(column: KeyColumn, host: int, unit: Unit) -> bool:
    opened = int(column.open_values[host])
    return opened >= 0 and int(column.sites[opened]) == unit.site
