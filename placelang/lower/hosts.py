"""Hosts as the problem sees them: what they have, where they stand, and what using them costs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from placelang.columns import Numbers, Truth
from placelang.facts import AMOUNTS
from placelang.forms import every_need
from placelang.lower.amounts import supply
from placelang.lower.couplings import Fleet
from placelang.lower.dependencies import FLEET
from placelang.lower.devices import Classes
from placelang.lower.keys import domain
from placelang.lower.lending import SOURCE
from placelang.lower.needs import PORT
from placelang.lower.stock import DISK, is_counted
from placelang.program import AmountNeed, Program, ShareNeed
from placelang.world import World
from placelang_scheduler import Host, Workload
from placelang_scheduler.hours import Hours, heaviest
from placelang_scheduler.problem import LIMIT


def lower_hosts(
    program: Program, fleet: Fleet, classes: Classes, workloads: tuple[Workload, ...]
) -> tuple[Host, ...]:
    """The world's hosts, row by row."""
    world, columns = fleet.world, fleet.columns
    amounts = _amounts(program, world, workloads, classes)
    ports = {r: 1 for w in workloads for r in w.demand if r.startswith(PORT)}
    named = [(domain(key), column.names, column.values.tolist()) for key, column in columns.items() if key]
    wishes = {objective.name for objective in program.objectives}
    costs = _rates("cost", world) if "cost" in wishes else None
    power = _rates("power", world) if "power" in wishes else None
    emptied = _emptied(world, workloads)
    return tuple(
        Host(
            id=name,
            capacity={resource: have[row] for resource, have in amounts} | ports,
            domains={key: names[values[row]] for key, names, values in named if values[row] >= 0}
            | fleet.domains.of_host(row)
            | {FLEET: ""},
            devices=classes.of_host.get(row, ()),
            cost=costs[row] if costs else 0,
            power=power[row] if power else 0,
            vacate=row in emptied,
        )
        for row, name in enumerate(world.hosts.names)
    )


def known_supplies(program: Program, world: World) -> dict[str, Numbers]:
    """What each host has of every resource that some service or job needs, that is to be balanced, or that images and
    models take, by name."""
    facts = {
        need.resource: need.fact
        for app in program.apps
        for service in (*app.services, *(job.body for job in app.jobs))
        for need in every_need(service)
        if isinstance(need, AmountNeed)
    }
    services = (service for app in program.apps for service in app.services)
    if any(isinstance(need, ShareNeed) for service in services for need in every_need(service)):
        facts[SOURCE] = AMOUNTS[SOURCE]
    facts |= {o.resource: o.fact for o in program.objectives if o.resource is not None}
    if is_counted(program):
        facts[DISK] = AMOUNTS[DISK]
    return {resource: supply(resource, facts[resource], world) for resource in sorted(facts)}


def _amounts(
    program: Program, world: World, workloads: Iterable[Workload], classes: Classes
) -> list[tuple[str, list[int]]]:
    """Where it is not known what a host has, it has what runs there now: unknown moves nothing, and adds
    nothing."""
    used: dict[str, dict[int, dict[Hours, int]]] = {}
    for host, found_there in classes.of_host.items():
        for device in found_there:
            if device.draws is not None:
                amounts = used.setdefault(device.draws, {}).setdefault(host, {})
                amounts[None] = amounts.get(None, 0) + device.lends
    for workload in workloads:
        for host, replicas in workload.current.items():
            for resource, amount in workload.demand.items():
                taken = used.setdefault(resource, {}).setdefault(host, {})
                taken[workload.hours] = taken.get(workload.hours, 0) + replicas * amount
    found = []
    for resource, have in known_supplies(program, world).items():
        low = np.clip(np.where(np.isfinite(have.low), have.low, 0), 0, LIMIT).astype(np.int64).tolist()
        for host, taken in used.get(resource, {}).items():
            if not have.known[host]:
                low[host] = max(low[host], heaviest(taken))
        found.append((resource, low))
    return found


def _emptied(world: World, workloads: Iterable[Workload]) -> frozenset[int]:
    """The hosts that are drained and that something runs on."""
    drained = world.hosts.facts["draining"]
    if not isinstance(drained, Truth):
        raise TypeError("draining is true or false")
    rows = set(np.flatnonzero(drained.true).tolist())
    return (
        frozenset(rows.intersection(host for workload in workloads for host in workload.current))
        if rows
        else frozenset()
    )


def _rates(fact: str, world: World) -> list[int]:
    """In thousandths, rounded up; an unknown rate counts as the highest known one, so that nothing is gained
    by it."""
    column = world.hosts.facts[fact]
    if not isinstance(column, Numbers):
        raise TypeError(f"{fact} is no amount")
    known = column.known
    highest = column.low[known].max() if known.any() else 0.0
    rates = np.ceil(np.where(known, column.low, highest) * 1000)
    most = LIMIT // max(1, len(rates))  # the sum over all hosts is a level
    return [min(most, max(0, int(rate))) for rate in rates.tolist()]
