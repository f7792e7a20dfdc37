"""The parts of a plan: what each site needs to know, and nothing of any other site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

from placelang.arrange.naming import Placed
from placelang.arrange.things import Holding
from placelang.arrange.values import Values, service_values
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.hosts import PORT, known_supplies
from placelang.program import Address as AddressReference
from placelang.program import DeviceNeed, GpuNeed
from placelang.program import Health as HealthClause
from placelang.program import Secret as SecretReference
from placelang_runtime.part import (
    Address,
    Device,
    Group,
    Health,
    HealthKind,
    HostFill,
    Port,
    Privileges,
    Replica,
    Restart,
    Secret,
    Service,
    SitePart,
    Volume,
)


def site_parts(
    lowered: Lowered, placed: tuple[Placed, ...], holdings: Mapping[str, tuple[Holding, ...]]
) -> tuple[SitePart, ...]:
    """One part for every site, by name."""
    world = lowered.world
    services = {lowered.units[p.unit].service.name: lowered.units[p.unit].service for p in placed}
    values = {name: service_values(service, world) for name, service in services.items()}
    by_site: dict[int, dict[int, list[Replica]]] = defaultdict(lambda: defaultdict(list))
    for p in placed:
        replica = _replica(lowered, p, values[lowered.units[p.unit].service.name], holdings.get(p.name, ()))
        by_site[int(world.hosts.parents[p.host])][p.unit].append(replica)
    fills = _fills(lowered, placed)
    return tuple(
        SitePart(site=name, hosts=fills.get(site, ()), groups=_groups(lowered, by_site.get(site, {})))
        for site, name in enumerate(world.sites.names)
    )


def _groups(lowered: Lowered, replicas: Mapping[int, Sequence[Replica]]) -> tuple[Group, ...]:
    by_group: dict[int, list[Service]] = defaultdict(list)
    for unit, found in replicas.items():
        by_group[lowered.units[unit].group].append(_service(lowered, unit, found))
    groups = (
        Group(
            name=lowered.problem.groups[number].id,
            priority=lowered.problem.groups[number].priority,
            services=tuple(sorted(services, key=lambda s: s.name)),
        )
        for number, services in by_group.items()
    )
    return tuple(sorted(groups, key=lambda g: g.name))


def _service(lowered: Lowered, unit: int, replicas: Sequence[Replica]) -> Service:
    service = lowered.units[unit].service
    demand = lowered.problem.workloads[unit].demand
    return Service(
        name=service.name,
        command=service.command,
        ports=tuple(Port(host=p.host, container=p.container) for p in service.ports),
        volumes=tuple(
            Volume(path=v.path, source=v.source, keep=v.keep, readonly=v.readonly) for v in service.volumes
        ),
        health=_health(service.health) if service.health else None,
        restart=cast("Restart", service.restart),
        after=tuple(name for name, _ in service.after),
        secrets=tuple(
            Secret(variable=e.name, secret=e.value.name, plain=e.unsafe)
            for e in service.env
            if isinstance(e.value, SecretReference)
        ),
        addresses=tuple(
            Address(variable=e.name, service=e.value.service)
            for e in service.env
            if isinstance(e.value, AddressReference)
        ),
        needs={resource: amount for resource, amount in demand.items() if not resource.startswith(PORT)},
        privileges=Privileges(
            user=service.user,
            writable_root=service.writable_root,
            capabilities=tuple(sorted(service.capabilities)),
            host_network=service.host_network,
            privileged=service.privileged,
        ),
        replicas=tuple(replicas),
    )


def _health(health: HealthClause) -> Health:
    return Health(
        kind=cast("HealthKind", health.kind),
        port=health.port,
        path=health.path,
        command=health.command,
        every_ms=health.every_ms,
        timeout_ms=health.timeout_ms,
        retries=health.retries,
    )


def _replica(lowered: Lowered, placed: Placed, values: Values, holdings: tuple[Holding, ...]) -> Replica:
    needs = thing_needs(lowered.units[placed.unit].service)
    before = placed.before if placed.stands else None
    held = [(needs[h.need], h.member) for h in holdings]
    paths = {d.name: d.path for d in before.devices} if before else {}
    column = lowered.world.devices.facts["path"]
    devices = []
    for need, member in held:
        if isinstance(need, DeviceNeed):
            path = column.value(member.row) if member.row >= 0 else None
            path = path if isinstance(path, str) else paths.get(member.name)
            devices.append(Device(kind=need.device, name=member.name, path=path))
    return Replica(
        name=placed.name,
        host=lowered.world.hosts.names[placed.host],
        image=values.image_on(placed.host, before),
        env=values.env_on(placed.host, before),
        gpus=tuple(m.name for need, m in held if isinstance(need, GpuNeed)),
        devices=tuple(devices),
    )


def _fills(lowered: Lowered, placed: tuple[Placed, ...]) -> dict[int, tuple[HostFill, ...]]:
    """By site, what each of its hosts has and what is used of it."""
    world = lowered.world
    used: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for p in placed:
        for resource, amount in lowered.problem.workloads[p.unit].demand.items():
            if not resource.startswith(PORT):
                used[p.host][resource] += amount
    supplies = known_supplies(lowered.program, world)
    have = {r: (s.known.tolist(), s.low.tolist()) for r, s in supplies.items()}
    found: dict[int, list[HostFill]] = defaultdict(list)
    for host, (name, site) in enumerate(zip(world.hosts.names, world.hosts.parents.tolist(), strict=True)):
        capacity = {r: max(0, int(low[host])) for r, (known, low) in have.items() if known[host]}
        used_here = dict(sorted(used[host].items())) if host in used else {}
        found[site].append(HostFill(name=name, used=used_here, capacity=capacity))
    return {site: tuple(hosts) for site, hosts in found.items()}
