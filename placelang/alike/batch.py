"""A batch of sites, each the first of its class, planned by itself in any process, as far as that takes no search.

Enters a `Batch`, plain data; leaves `Done`: of each site its plan, told under made-up names, or None where it needs a
search, or where a plan's header tells of it. What becomes of a site does not depend on the batch that it is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from pydantic import ValidationError

from placelang.alike.names import StrayError, classes_in, made_up, template_in
from placelang.alike.running import strays
from placelang.alike.watched import Looked, few_of
from placelang.arrange import Arranged, Inputs, arrange_parts
from placelang.arrange.changes import find_changes
from placelang.arrange.displaced import find_displaced
from placelang.arrange.operations import services_of, standing
from placelang.arrange.stays import find_stays
from placelang.arrange.windows import find_unread
from placelang.columns import Column, Texts
from placelang.garbage import seldom
from placelang.inventory import Inventory
from placelang.lower import Lowered, lower
from placelang.program import Program
from placelang.timing import Effort
from placelang.world import Table, World
from placelang_runtime.canonical import canonical_text, digest, part_text
from placelang_runtime.part import SitePart
from placelang_runtime.parts import Template
from placelang_runtime.plan import Header, Plan
from placelang_runtime.timetable import Timetable
from placelang_scheduler import Component, InvalidProblem, Level, Proof, Solution, outright


@dataclass(frozen=True, slots=True)
class First:
    """The first site of the class with that `number`, its part of the plan that runs as text under made-up names, if it
    has any, and its `names` where it is the only one of its class."""

    number: int
    running: str | None
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Sites in the order of the rows of `world`, of so many `sites` in all, and the `header` of the plan that runs."""

    program: Program
    world: World
    inputs: Inputs
    header: Header | None
    firsts: tuple[First, ...]
    sites: int


class Moved(NamedTuple):
    """What changes of a replica, under made-up names."""

    replica: str
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Kin:
    """What there is to tell of a class: its part as it stands in a plan, and as its digest is over, or the digest where
    it has one site; by service on which of the site's hosts replicas stand; the levels of each piece of the
    problem; how many steps there are, and how long they take; what changes; and by digest and size the components."""

    text: Template
    bare: Template | str
    standing: tuple[tuple[str, int], ...]
    levels: tuple[tuple[Level, ...], ...]
    steps: int
    seconds: int
    changes: tuple[Moved, ...]
    components: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of each site of a batch, what was looked at, which services are wanted there, and the levels.
    `whole`: a group is left out, and what is told of that may speak of any site, so that all have to be planned
    together."""

    kins: tuple[Kin | None, ...]
    looked: frozenset[Looked]
    wanted: frozenset[str]
    levels: tuple[str, ...]
    whole: bool = False


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str: ...


class NotAtHandError(Exception):
    """Something of the inventory is asked for, which batches do not have."""


def _not_at_hand() -> Inventory:
    raise NotAtHandError


def plain(world: World) -> World:
    """A small world as plain data, without its inventory."""

    def of(table: Table) -> Table:
        facts = {name: _compact(column) for name, column in table.facts.items()}
        return replace(table, facts=facts, resources=dict(table.resources), complete=dict(table.complete))

    sites, hosts, gpus, devices = map(of, (world.sites, world.hosts, world.gpus, world.devices))
    return replace(world, recorded=_not_at_hand, sites=sites, hosts=hosts, gpus=gpus, devices=devices)


def _compact(column: Column) -> Column:
    """The column without the texts that nothing has."""
    if not isinstance(column, Texts):
        return column
    found, codes = np.unique(column.codes, return_inverse=True)
    known = found[found >= 0].tolist()
    return Texts(
        (codes - (len(found) - len(known))).astype(np.int32), tuple(column.vocabulary[code] for code in known)
    )


@seldom()
def work(batch: Batch) -> Done:
    """Plan a batch."""
    looked: set[Looked] = set()
    every = np.arange(len(batch.firsts), dtype=np.intp)
    hosts = np.bincount(batch.world.hosts.parents, minlength=len(every)).tolist()
    names = {row: made_up(one.number, hosts[row]) for row, one in enumerate(batch.firsts)}
    few = few_of(batch.world, every, names, looked)
    runs = _running(batch)
    lowered = lower(batch.program, few, runs)
    wanted = frozenset(unit.service.name for unit in lowered.units)
    nothing = Done((None,) * len(every), frozenset(looked), wanted, ())
    try:
        solution, components = outright(lowered.problem, batch.inputs.seed)
        if any(left.proof is Proof.PROVED for left in solution.left_out):
            return replace(nothing, whole=True)
        arranged = arrange_parts(lowered, solution, batch.inputs)
    except (InvalidProblem, ValidationError, NotAtHandError):
        return nothing
    timed, jobs = arranged.timed, sum(len(app.jobs) for app in batch.program.apps)
    if arranged.schedule.between or not timetable_holds(timed.timetable, timed.effort, jobs, batch.sites):
        return replace(nothing, whole=True)
    strange, changes = _told_elsewhere(lowered, solution, arranged)
    for part in runs.parts if runs is not None else ():
        strange |= classes_in(part.site) if strays(part) else set()
    by_site = _by_site(lowered, components)
    kins = tuple(
        None
        if one.number in strange or not all(c.sure for c in by_site.get(row, ()))
        else _kin(one, arranged.parts[row], by_site.get(row, ()), changes.get(one.number, ()))
        for row, one in enumerate(batch.firsts)
    )
    return Done(kins, frozenset(looked), wanted, level_names(solution.levels, timed.timetable))


def _running(batch: Batch) -> Plan | None:
    if batch.header is None:
        return None
    texts = (one.running for one in batch.firsts if one.running is not None)
    parts = tuple(map(SitePart.model_validate_json, texts))
    return Plan.model_construct(header=batch.header, parts=parts)


def _told_elsewhere(
    lowered: Lowered, solution: Solution, arranged: Arranged
) -> tuple[set[int], Mapping[int, tuple[Moved, ...]]]:
    """The classes of which a header tells beside what changes, and by class what changes."""
    placed = arranged.placed
    told = (
        *find_stays(lowered, placed),
        *find_displaced(lowered, solution, placed),
        *find_unread(lowered, services_of(lowered, standing(lowered, placed))),
    )
    strange = {number for one in told for number in classes_in(one.model_dump_json())}
    found: dict[int, list[Moved]] = defaultdict(list)
    changes = find_changes(lowered, placed)
    for one in changes.list if changes is not None else ():
        change = Moved(one.replica, one.source, one.target)
        within = {number for text in change if text is not None for number in classes_in(text)}
        if len(within) > 1:
            strange |= within
        for number in within:
            found[number].append(change)
    return strange, {number: tuple(changed) for number, changed in found.items()}


def _by_site(lowered: Lowered, components: Iterable[Component]) -> dict[int, list[Component]]:
    """The components that have to do with each site; one that has to do with several is not sure."""
    site_of = {unit.group: unit.site for unit in lowered.units}
    found: dict[int, list[Component]] = defaultdict(list)
    for component in components:
        sites = {site_of[group] for group in component.groups}
        own = component if len(sites) == 1 else replace(component, sure=False)
        for site in sites:
            found[site].append(own)
    return found


def _kin(
    one: First, part: SitePart, components: Iterable[Component], changes: tuple[Moved, ...]
) -> Kin | None:
    try:
        text = template_in(part_text(part), one.number)
        bare = template_in(canonical_text(part), one.number)
    except StrayError:
        return None
    return Kin(
        text=text,
        bare=bare if one.names is None else digest(bare.filled(one.names)),
        standing=standing_in(part),
        levels=tuple(levels for component in components for levels in component.levels),
        steps=0 if part.steps is None else len(part.steps.nodes),
        seconds=0 if part.steps is None else part.steps.seconds,
        changes=changes,
        components=tuple((c.digest, c.size) for c in components if c.digest is not None),
    )


def standing_in(part: SitePart) -> tuple[tuple[str, int], ...]:
    """The service of each replica, and on which of the site's hosts it stands."""
    numbers = {host.name: number for number, host in enumerate(part.hosts)}
    return tuple(
        (service.name, numbers[replica.host])
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    )


def timetable_holds(found: Timetable | None, effort: Effort | None, jobs: int, sites: int) -> bool:
    """Whether a timetable of a few sites holds for all: nothing is left out of it, or short of what is preferred, so
    that there is nothing to add up."""
    if found is None:
        return True
    plain = not found.late and not any(level.value or level.bound for level in found.levels)
    return plain and effort is not None and effort.holds_for(jobs, sites)


def level_names(levels: Iterable[Named], timetable: Timetable | None) -> tuple[str, ...]:
    """What the levels of a plan and of its timetable are called."""
    return (*(level.name for level in levels), *(one.name for one in (timetable.levels if timetable else ())))
