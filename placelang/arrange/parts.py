"""The parts of a plan: what each site needs to know, and nothing of any other site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placelang.arrange.better import Missed, find_missed
from placelang.arrange.containers import common, sidecars
from placelang.arrange.links import Linked, booked_uplinks
from placelang.arrange.members import find_members
from placelang.arrange.naming import Placed, number_of
from placelang.arrange.operations import find_operations, standing
from placelang.arrange.things import Holding
from placelang.arrange.windows import hours_at
from placelang.forms import forms_of
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.hosts import known_supplies
from placelang.lower.lending import size_of
from placelang.lower.needs import PORT, containers_of
from placelang.lower.running import copies_of
from placelang.lower.steps import noun_of
from placelang.lower.stock import DISK
from placelang.lower.values import Values, values_of
from placelang.program import Choice, DeviceNeed, GpuNeed, Need, Service, ShareNeed, ThingNeed
from placelang_runtime import part as document
from placelang_runtime.part import (
    Better,
    Device,
    GpuShare,
    Group,
    HostFill,
    Link,
    Privileges,
    Replica,
    Served,
    SidecarCopy,
    SitePart,
)
from placelang_scheduler import Reserve
from placelang_scheduler.hours import Hours, heaviest


def site_parts(
    lowered: Lowered,
    placed: tuple[Placed, ...],
    holdings: Mapping[str, tuple[Holding, ...]],
    linked: Linked,
    *,
    seed: int,
) -> tuple[SitePart, ...]:
    """One part for every site, by name."""
    world = lowered.world
    services = {lowered.units[p.unit].service.name: None for p in placed}
    forms = (form for name in services for form in forms_of(lowered.service(name)))
    kinds = {form.form: describe(form, lowered) for form in forms}
    by_site: dict[int, dict[int, list[Replica]]] = defaultdict(lambda: defaultdict(list))
    missed = find_missed(lowered, placed)
    for p in placed:
        kind = kinds[lowered.units[p.unit].service.form]
        replica = replica_of(lowered, p, kind, holdings.get(p.name, ()), linked.get(p.name, ()))
        if p.name in missed:
            replica = replica.model_copy(update={"better": tuple(_better(kind, missed[p.name]))})
        by_site[int(world.hosts.parents[p.host])][p.unit - kind.service.chosen].append(replica)
    fills, uplinks = _fills(lowered, placed, holdings), booked_uplinks(lowered, linked, placed)
    members = find_members(lowered)
    operations = find_operations(lowered, standing(lowered, placed), seed)
    rules = {device.name: device.rules for device in lowered.program.devices if device.rules}
    program, gpu_ids = lowered.program, _gpu_ids(lowered)
    image_ids, image_sizes = (
        dict(sorted(program.image_ids.items())),
        dict(sorted(program.image_sizes.items())),
    )
    return tuple(
        SitePart(
            site=name,
            hosts=fills.get(site, ()),
            groups=_groups(lowered, kinds, site, by_site.get(site, {})),
            uplink=uplinks.get(site),
            device_rules=rules,
            image_ids=image_ids,
            image_sizes=image_sizes,
            gpu_ids=gpu_ids.get(site, {}),
            members=members.get(site, ()),
            **operations[site],
        )
        for site, name in enumerate(world.sites.names)
    )


def _gpu_ids(lowered: Lowered) -> Mapping[int, dict[str, str]]:
    """By site, what drivers call its GPUs, as far as that is known. Nobody looks at that unless something is to have a
    GPU: it makes each site unlike all others."""
    bodies = [
        body for app in lowered.program.apps for body in (*app.services, *(job.body for job in app.jobs))
    ]
    needs = [
        need for body in bodies for needs in (body.needs, *(s.needs for s in body.sidecars)) for need in needs
    ]
    if not any(isinstance(need, ThingNeed) and noun_of(need) == "gpu" for need in needs):
        return {}
    table, hosts = lowered.world.gpus, lowered.world.hosts
    column, found = table.facts["uuid"], defaultdict[int, dict[str, str]](dict)
    for row, name in enumerate(table.names):
        uuid = column.value(row)
        if isinstance(uuid, str) and uuid:
            found[int(hosts.parents[table.parents[row]])][name] = uuid
    return found


@dataclass(frozen=True, slots=True)
class Kind:
    """A form of a service with what all its units have in common: `fields` of its documents, the `values` of its
    containers and what its own container needs of `things`."""

    service: Service
    fields: Mapping[str, Any]
    values: tuple[Values, ...]
    things: tuple[ThingNeed, ...]

    @property
    def varies(self) -> bool:
        """Whether there are other forms of it."""
        return len(self.service.choices) > 1


def describe(service: Service, lowered: Lowered) -> Kind:
    """What all units of a service have in common."""
    shared = {need for sidecar in service.sidecars for need in sidecar.needs}
    fields = {
        "name": service.name,
        "tags": service.tags,
        "after": tuple(name for name, _ in service.after),
        "serves": service.serves,
        "single": service.single is not None,
        "privileges": Privileges(
            user=service.user,
            writable_root=service.writable_root,
            capabilities=tuple(sorted(service.capabilities)),
            host_network=service.host_network,
            privileged=service.privileged,
        ),
        "sidecars": sidecars(service, lowered.program),
        **common(service, tuple(need for need in service.needs if need not in shared), lowered.program),
    }
    values = tuple(
        values_of(container, lowered.world, lowered.program.images) for container in containers_of(service)
    )
    own = [need for need in thing_needs(service) if not any(need in s.needs for s in service.sidecars)]
    return Kind(service, fields, values, tuple(own))


def _groups(
    lowered: Lowered, kinds: Mapping[str, Kind], site: int, replicas: Mapping[int, Sequence[Replica]]
) -> tuple[Group, ...]:
    by_group: dict[int, list[document.Service]] = defaultdict(list)
    for unit, found in replicas.items():
        kind = kinds[lowered.units[unit].service.form]
        own = sorted(found, key=lambda replica: number_of(replica.name)) if kind.varies else found
        by_group[lowered.units[unit].group].append(_service(lowered, kind, site, own))
    groups = (
        Group(
            name=lowered.problem.groups[number].id,
            priority=lowered.problem.groups[number].priority,
            services=tuple(sorted(services, key=lambda s: s.name)),
        )
        for number, services in by_group.items()
    )
    return tuple(sorted(groups, key=lambda g: g.name))


def _service(lowered: Lowered, kind: Kind, site: int, replicas: Sequence[Replica]) -> document.Service:
    hours = kind.service.active
    active = hours_at(lowered, hours.window, site) if hours else None
    return document.Service(active=active, replicas=tuple(replicas), **kind.fields)


def replica_of(
    lowered: Lowered,
    placed: Placed,
    kind: Kind,
    holdings: tuple[Holding, ...],
    links: tuple[Link, ...],
) -> Replica:
    """A replica with all that is its own on its host."""
    before = placed.before if placed.stands else None
    copies = {copy.name: copy for copy in before.sidecars} if before else {}
    held = _held(lowered, placed, holdings, kind.things)
    found = []
    for sidecar, value in zip(kind.service.sidecars, kind.values[1:], strict=True):
        its = _held(lowered, placed, holdings, sidecar.needs)
        copy = copies.get(sidecar.name)
        found.append(
            SidecarCopy(
                name=sidecar.name,
                image=value.image_on(placed.host, copy),
                env=value.env_on(placed.host, copy),
                gpus=its.gpus,
                devices=its.devices,
                shares=its.shares,
            )
        )
    return Replica(
        name=placed.name,
        host=lowered.world.hosts.names[placed.host],
        image=kind.values[0].image_on(placed.host, before),
        variants=served(kind.service.choice) if kind.varies else (),
        needs=kind.fields["needs"] if kind.varies else None,
        env=kind.values[0].env_on(placed.host, before),
        gpus=held.gpus,
        devices=held.devices,
        shares=held.shares,
        sidecars=tuple(found),
        links=links,
    )


def _better(kind: Kind, missed: Sequence[Missed]) -> Iterator[Better]:
    return (Better(variants=served(kind.service.choices[one.choice]), text=one.text) for one in missed)


def served(choice: Choice) -> tuple[Served, ...]:
    """The variants of a choice."""
    return tuple(Served(model=model, variant=variant) for model, variant in choice.variants)


def visiting(lowered: Lowered, placed: Placed) -> Replica:
    """A replica that holds nothing and is linked to nobody, as it would be on its host."""
    return replica_of(lowered, placed, describe(lowered.units[placed.unit].service, lowered), (), ())


@dataclass(frozen=True, slots=True)
class _Held:
    gpus: tuple[str, ...]
    devices: tuple[Device, ...]
    shares: tuple[GpuShare, ...]


_NOTHING = _Held((), (), ())


def _held(lowered: Lowered, placed: Placed, holdings: tuple[Holding, ...], needs: Sequence[Need]) -> _Held:
    """What a replica holds for `needs`."""
    if not holdings:
        return _NOTHING
    column = lowered.world.devices.facts["path"]
    copies = copies_of(placed.before if placed.stands else None)
    paths = {device.name: device.path for copy in copies for device in copy.devices}
    gpus, devices, shares = [], [], []
    wanted = thing_needs(lowered.units[placed.unit].service)
    for need, member in ((wanted[h.need], h.member) for h in holdings if wanted[h.need] in needs):
        if isinstance(need, GpuNeed):
            gpus.append(member.name)
        elif isinstance(need, ShareNeed):
            shares.append(GpuShare(gpu=member.name, memory=size_of(need)))
        elif isinstance(need, DeviceNeed):
            path = column.value(member.row) if member.row >= 0 else None
            path = path if isinstance(path, str) else paths.get(member.name)
            devices.append(Device(kind=need.device, name=member.name, path=path, shared=need.shared))
    return _Held(tuple(gpus), tuple(devices), tuple(shares))


def _fills(
    lowered: Lowered, placed: tuple[Placed, ...], holdings: Mapping[str, tuple[Holding, ...]]
) -> dict[int, tuple[HostFill, ...]]:
    """By site, what each of its hosts has and what is used of it."""
    world = lowered.world
    used: dict[int, dict[str, dict[Hours, int]]] = defaultdict(lambda: defaultdict(dict))
    for p in placed:
        workload = lowered.problem.workloads[p.unit]
        for resource, amount in workload.demand.items():
            if not resource.startswith(PORT):
                taken = used[p.host][resource]
                taken[workload.hours] = taken.get(workload.hours, 0) + amount
        for resource, amount in drawn(lowered, p, holdings.get(p.name, ())):
            taken = used[p.host][resource]
            taken[workload.hours] = taken.get(workload.hours, 0) + amount
    reserved, stock = _reserved(lowered), _stock(lowered, placed)
    supplies = known_supplies(lowered.program, world)
    have = {r: (s.known.tolist(), s.low.tolist()) for r, s in supplies.items()}
    found: dict[int, list[HostFill]] = defaultdict(list)
    for host, (name, site) in enumerate(zip(world.hosts.names, world.hosts.parents.tolist(), strict=True)):
        capacity = {r: max(0, int(low[host])) for r, (known, low) in have.items() if known[host]}
        used_here = {r: heaviest(taken) for r, taken in sorted(used[host].items())} if host in used else {}
        free = dict(reserved.get(host, {}))
        if stock.get(host):
            free = dict(sorted({**free, DISK: free.get(DISK, 0) + stock[host]}.items()))
        found[site].append(
            HostFill(name=name, used=used_here, capacity=capacity, reserved=free, stock=stock.get(host, 0))
        )
    return {site: tuple(hosts) for site, hosts in found.items()}


def drawn(lowered: Lowered, placed: Placed, holdings: Sequence[Holding]) -> Iterator[tuple[str, int]]:
    """What the shares of a replica take of its host's own memory."""
    if not any(isinstance(need, ShareNeed) for need in lowered.units[placed.unit].service.needs):
        return
    classes = lowered.problem.hosts[placed.host].devices
    draws = {lowered.classes.members[placed.host, c.id][0].name: c.draws for c in classes if c.draws}
    needs = thing_needs(lowered.units[placed.unit].service)
    for holding in holdings:
        need, resource = needs[holding.need], draws.get(holding.member.name)
        if isinstance(need, ShareNeed) and resource is not None:
            yield resource, size_of(need)


def _stock(lowered: Lowered, placed: Sequence[Placed]) -> Mapping[int, int]:
    """By host, what images and models take of its disk."""
    units: dict[int, set[int]] = defaultdict(set)
    for p in placed:
        units[p.host].add(p.unit)
    hosts = {*lowered.stock.things, *lowered.stock.kept}
    return {host: lowered.stock.taken(host, units.get(host, ())) for host in sorted(hosts)}


def _reserved(lowered: Lowered) -> dict[int, dict[str, int]]:
    """By host, what has to stay free: the most that any policy asks for."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for constraint in lowered.problem.constraints:
        if isinstance(constraint, Reserve) and constraint.weight is None:
            for host, amount in constraint.free.items():
                found[host][constraint.resource] = max(amount, found[host].get(constraint.resource, 0))
    return {host: dict(sorted(amounts.items())) for host, amounts in found.items()}
