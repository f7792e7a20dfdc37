"""`build_world`: an inventory seen through a program's declarations at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from placelang.columns import Column, Mask, Numbers, Rows, Texts, Truth, take
from placelang.diagnostics import Diagnostic
from placelang.facts import FACTS
from placelang.inventory import Inventory, Record, Things
from placelang.inventory.faults import Fault, diagnose
from placelang.inventory.shape import IDENTIFIED
from placelang.program import Program
from placelang.world.fresh import Clock, column, without_children_of
from placelang.world.labels import label_column, profile_columns, resource_column
from placelang.world.tables import Table, World


def build_world(
    inventory: Inventory, program: Program | None = None, at: int | None = None
) -> tuple[World, tuple[Diagnostic, ...]]:
    """The world at the time `at`, by default that of the newest observation; and warnings of what does not fit its
    declaration.

    Without a program there are no labels, resources and derived facts, and devices are counted by every kind found.
    """
    clock = Clock(inventory.newest if at is None else at)
    faults: list[Fault] = []
    sites = _table(inventory.sites, program, clock, faults)
    hosts = _table(inventory.hosts, program, clock, faults)
    gpus = _table(_members(inventory.gpus, hosts, clock), program, clock, faults)
    devices = _table(_members(inventory.devices, hosts, clock), program, clock, faults)
    kinds = _texts(devices.facts["kind"])
    counted = (
        sorted(map(str, kinds.vocabulary)) if program is None else [spec.name for spec in program.devices]
    )
    counts = {
        f"device.{kind}": _count(kind, kinds, devices.parents, hosts.complete["devices"]) for kind in counted
    }
    world = World(
        recorded=lambda: inventory,
        at=clock.at,
        sites=sites,
        hosts=replace(hosts, facts={**hosts.facts, **counts}),
        gpus=replace(gpus, facts={**gpus.facts, "memory": _memory_of_gpus(gpus, hosts)}),
        devices=devices,
        latency=_latency(inventory, clock, sites),
        derived={(derived.noun, derived.name): derived.value for derived in program.derived}
        if program
        else {},
        stale=tuple(sorted(clock.stale, key=lambda stale: (_NOUNS.index(stale.noun), stale.row, stale.fact))),
    )
    return world, diagnose(inventory.source, faults)


_NOUNS = ("site", "host", "gpu", "device")


def _table(things: Things, program: Program | None, clock: Clock, faults: list[Fault]) -> Table:
    size = len(things.names)
    facts: dict[str, Column] = {}
    if things.noun in IDENTIFIED:
        facts["name"] = Texts(np.arange(size, dtype=np.int32), things.names)
    for name, record in things.facts.items():
        fresh = clock.fresh(record, things, name)
        facts[name] = column(
            FACTS[things.noun][name].type, size, dict(zip(fresh.rows, fresh.values, strict=True))
        )
    for spec in program.labels if program else ():
        if spec.noun == things.noun:
            facts[spec.name] = label_column(spec, things, clock, faults, facts.get(spec.name))
    if things.noun == "host":
        facts |= profile_columns(things, clock, faults)
    return Table(
        noun=things.noun,
        names=things.names,
        parents=np.array(things.parents, dtype=np.intp),
        facts=facts,
        resources={
            spec.name: resource_column(spec, things, clock, faults)
            for spec in (program.resources if program and things.noun == "host" else ())
        },
        complete={
            name: _complete(clock.fresh(record, things, name), size) for name, record in things.sets.items()
        },
        rows={name: row for row, name in enumerate(things.names)},
    )


def _complete(record: Record[bool], size: int) -> Mask:
    complete = np.zeros(size, dtype=np.bool_)
    complete[np.array(record.rows, dtype=np.intp)] = np.array(record.values, dtype=np.bool_)
    return complete


def _members(things: Things, hosts: Table, clock: Clock) -> Things:
    """The GPUs or devices that are known to be there: those of a stale list are not."""
    gone = {s.row for s in clock.stale if s.noun == "host" and s.fact == f"{things.noun}s"}
    return without_children_of(things, [row in gone for row in range(len(hosts))])


def _texts(column: Column) -> Texts:
    if not isinstance(column, Texts):
        raise TypeError(column)
    return column


def _count(kind: str, kinds: Texts, parents: Rows, complete: Mask) -> Numbers:
    """How many devices of one kind each host has: a device of unknown kind may be one, and so may one not listed."""
    code = kinds.vocabulary.index(kind) if kind in kinds.vocabulary else len(kinds.vocabulary)
    low = np.bincount(parents[kinds.codes == code], minlength=len(complete)).astype(np.float64)
    high = low + np.bincount(parents[kinds.codes < 0], minlength=len(complete))
    return Numbers(low, np.where(complete, high, np.inf))


def _memory_of_gpus(gpus: Table, hosts: Table) -> Column:
    """What is said, and the memory of the host where nothing is and the two are known to share it."""
    own, unified, shared = (
        gpus.facts["memory"],
        gpus.facts["unified"],
        take(hosts.facts["memory"], gpus.parents),
    )
    if not (isinstance(own, Numbers) and isinstance(shared, Numbers) and isinstance(unified, Truth)):
        raise TypeError(own, shared, unified)
    borrowed = unified.true & ~own.known
    return Numbers(np.where(borrowed, shared.low, own.low), np.where(borrowed, shared.high, own.high))


def _latency(inventory: Inventory, clock: Clock, sites: Table) -> Mapping[str, Mapping[int, float]]:
    """A round trip is as long either way, so what one site measured holds for the other, unless that measured too."""
    measured: dict[str, dict[int, float]] = {}
    for name, record in inventory.latency.items():
        fresh = clock.fresh(record, inventory.sites, f'latency("{name}")')
        measured[name] = {
            row: float(v) for row, v in zip(fresh.rows, fresh.values, strict=True) if isinstance(v, float)
        }
    both = {name: dict(rows) for name, rows in measured.items()}
    for name, rows in measured.items():
        if name in sites.rows:
            for row, value in rows.items():
                both.setdefault(sites.names[row], {}).setdefault(sites.rows[name], value)
    for name, row in sites.rows.items():
        both.setdefault(name, {})[row] = 0.0
    return both
