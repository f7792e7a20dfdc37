"""What runs now, from the current plan, in terms of the units and hosts that are planned now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from placelang.lower.keys import KeyColumn
from placelang.lower.units import Unit, has_host
from placelang.program import Key, Service
from placelang.world import World
from placelang_runtime.part import Replica, SidecarCopy
from placelang_runtime.plan import Plan


@dataclass(frozen=True, slots=True)
class Running:
    """A replica that counts for unit `unit`; `host` is -1 where it stood on a host that is gone, or is the
    unit's no more."""

    unit: int
    host: int
    replica: Replica


def find_running(
    current: Plan, world: World, units: tuple[Unit, ...], columns: Mapping[Key | None, KeyColumn]
) -> tuple[Running, ...]:
    """The running replicas of services that are still wanted, by name.

    A replica counts for the unit that its name speaks of; where there is none, since the service is counted
    otherwise now, for the unit that has its host. Of the forms of a service it counts for the one that it is.
    """
    best = [(i, u) for i, u in enumerate(units) if not u.service.chosen]
    by_scope = {(u.service.name, u.scope): i for i, u in best}
    by_value = {(u.service.name, u.value): i for i, u in best}
    services = {u.service.name: u.service for u in units}
    found: list[Running] = []
    for name, replica in replicas_of(current):
        if name not in services:
            continue
        column = columns[services[name].replicas.per]
        host = world.hosts.rows.get(replica.host, -1)
        unit = by_scope.get((name, scope_of(name, replica)))
        if unit is None and host >= 0:
            value = int(column.values[host])
            unit = by_value.get((name, value if value >= 0 else int(column.open_values[host])))
        if unit is not None:
            unit += choice_of(replica, units[unit].service)
            belongs = host >= 0 and has_host(units[unit], column, host)
            found.append(Running(unit, host if belongs else -1, replica))
    return tuple(sorted(found, key=lambda r: r.replica.name))


def choice_of(replica: Replica, service: Service) -> int:
    """The number of the choice of variants that a replica serves; the best where that is none of them."""
    served = {(one.model, one.variant) for one in replica.variants}
    return next((n for n, choice in enumerate(service.choices) if set(choice.variants) == served), 0)


def hosts_used(current: Plan | None, world: World) -> dict[str, list[int]]:
    """The hosts on which each service runs now, by row."""
    found: dict[str, set[int]] = {}
    for name, replica in replicas_of(current) if current is not None else ():
        if replica.host in world.hosts.rows:
            found.setdefault(name, set()).add(world.hosts.rows[replica.host])
    return {name: sorted(rows) for name, rows in found.items()}


def replicas_of(plan: Plan) -> list[tuple[str, Replica]]:
    """Every replica of the plan with the name of its service."""
    return [
        (service.name, replica)
        for part in plan.parts
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    ]


Copy = Replica | SidecarCopy
"""One container on one host."""


def copies_of(replica: Replica | None) -> tuple[Copy, ...]:
    """The containers of a replica, its own first."""
    return (replica, *replica.sidecars) if replica else ()


class Thing(NamedTuple):
    """A thing that a replica holds, alone or by a way of its own: `share` or `shared`."""

    kind: str
    name: str
    way: str


def things_of(replica: Replica) -> list[Thing]:
    """What the replica holds: for each kind and way in the order of its service's needs, those of sidecars last."""
    if not (replica.gpus or replica.shares or replica.devices or replica.sidecars):
        return []
    copies = copies_of(replica)
    gpus = [Thing("gpu", name, "alone") for copy in copies for name in copy.gpus]
    shares = [Thing("gpu", share.gpu, "share") for copy in copies for share in copy.shares]
    devices = [
        Thing(f"device.{d.kind}", d.name, "shared" if d.shared else "alone")
        for copy in copies
        for d in copy.devices
    ]
    return gpus + shares + devices


def scope_of(service: str, replica: Replica) -> str:
    """What the replica was counted by, as its name says: `gbg` in `shop.till@gbg/1`."""
    counted = replica.name.removeprefix(service).rpartition("/")[0]
    return counted.removeprefix("@")
