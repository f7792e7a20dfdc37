"""The plan of all sites, told from that of the few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from placelang.alike.likeness import Classes
from placelang.alike.names import StrayError, classes_in, named, template_in
from placelang.alike.summed import find_all_relied, find_all_rollouts, find_all_unknown
from placelang.arrange import header as head
from placelang.lower import Lowered
from placelang.world import World
from placelang_runtime.canonical import canonical_text, digest, part_digest, part_text
from placelang_runtime.part import SitePart
from placelang_runtime.parts import Parts, Template
from placelang_runtime.plan import Change, Changes, PartDigest, Plan
from placelang_runtime.steps import Schedule
from placelang_scheduler import Level, Solution
from placelang_scheduler.levels import combined

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A class: its sites, ascending, and the names of each and of its hosts; none for one that is planned under its own
    names."""

    sites: tuple[int, ...]
    names: tuple[Names, ...]


def told_of(world: World, hosts: Sequence[Sequence[int]], found: Classes) -> list[Told]:
    """The classes with their names."""
    called = world.hosts.names
    return [
        Told(
            sites,
            tuple((world.sites.names[s], *[called[h] for h in hosts[s]]) for s in sites)
            if len(sites) > 1
            else (),
        )
        for sites in found
    ]


def mentioned(plan: Plan) -> set[int]:
    """The classes of which the header tells more than what is told of all sites at once: they have to be planned site
    by site."""
    told = {"changes": None, "parts": (), "rollouts": (), "unknown_preferences": (), "relied": None}
    return classes_in(plan.header.model_copy(update=told).model_dump_json())


def sums_up(plan: Plan) -> bool:
    """Whether the header sums up over hosts in a way that cannot be told of a few."""
    schedule = plan.header.schedule
    return bool(plan.header.nowhere or (schedule is not None and schedule.between))


def tell(
    world: World,
    hosts: Sequence[Sequence[int]],
    made: tuple[Lowered, Solution, Plan],
    every: Sequence[Told],
) -> Plan:
    """The plan of every site, from that of the first of each class, which are in the order of the classes. Raises
    `StrayError` where a site's plan speaks of another's."""
    lowered, solution, plan = made
    members = [one.sites for one in every]
    rollouts = find_all_rollouts(lowered, world, plan, members)
    rows: dict[int, tuple[Template, Names]] = {}
    digests: dict[int, tuple[str, str]] = {}
    for number, (one, part, known) in enumerate(zip(every, plan.parts, plan.header.parts, strict=True)):
        kinds: dict[object, tuple[Template, Template]] = {}
        for site, names in zip(one.sites, one.names or ((),), strict=True):
            name = world.sites.names[site]
            own = tuple(rollouts.at.get(name, ()))
            if not names:
                mine = part if own == part.rollouts else part.model_copy(update={"rollouts": own})
                rows[site] = Template((part_text(mine),), ()), ()
                digests[site] = name, known.digest if mine is part else part_digest(mine)
                continue
            if own not in kinds:
                kinds[own] = _templates(part.model_copy(update={"rollouts": own}), number)
            text, bare = kinds[own]
            rows[site] = text, names
            digests[site] = name, digest(bare.filled(names))
    header = plan.header.model_copy(
        update={
            "levels": head.levels(replace(solution, levels=_levels(lowered, solution, every))),
            "changes": _changes(plan, every),
            "schedule": _schedule(plan, every),
            "rollouts": rollouts.every,
            "unknown_preferences": find_all_unknown(lowered, world, plan, members, hosts),
            "relied": find_all_relied(lowered, world, plan, members, hosts),
            "parts": tuple(
                PartDigest(site=site, digest=found) for _, (site, found) in sorted(digests.items())
            ),
        }
    )
    return Plan.model_construct(
        format=plan.format, header=header, parts=Parts(row for _, row in sorted(rows.items()))
    )


def _templates(part: SitePart, number: int) -> tuple[Template, Template]:
    """A part of a class as it stands in the plan, and as its digest is over."""
    return template_in(part_text(part), number), template_in(canonical_text(part), number)


def _levels(lowered: Lowered, solution: Solution, every: Sequence[Told]) -> tuple[Level, ...]:
    site_of = {unit.group: unit.site for unit in lowered.units}
    return combined(
        lowered.problem,
        ((len(every[site_of[group]].sites), levels) for group, levels in solution.parts.items()),
    )


def _schedule(plan: Plan, every: Sequence[Told]) -> Schedule | None:
    schedule = plan.header.schedule
    if schedule is None:
        return None
    counts = (len(part.steps.nodes) if part.steps is not None else 0 for part in plan.parts)
    steps = sum(len(one.sites) * count for one, count in zip(every, counts, strict=True))
    return schedule.model_copy(update={"steps": steps})


def _changes(plan: Plan, every: Sequence[Told]) -> Changes | None:
    if plan.header.changes is None:
        return None
    found = sorted(
        (told for one in plan.header.changes.list for told in _everywhere(one, every)),
        key=lambda c: c.replica,
    )
    stand = sum(
        len(one.sites) * sum(len(service.replicas) for group in part.groups for service in group.services)
        for one, part in zip(every, plan.parts, strict=True)
    )
    start = sum(c.source is None for c in found)
    stop = sum(c.target is None for c in found)
    move = len(found) - start - stop
    return Changes(start=start, stop=stop, move=move, keep=stand - start - move, list=tuple(found))


def _everywhere(change: Change, every: Sequence[Told]) -> Iterator[Change]:
    """The same change at all sites of its class."""
    within = {
        number for text in (change.replica, change.source, change.target) for number in classes_in(text or "")
    }
    if len(within) > 1:
        raise StrayError
    for names in every[within.pop()].names if within else ():
        yield Change(
            replica=named(change.replica, names) or "",
            source=named(change.source, names),
            target=named(change.target, names),
        )
    if not within and not classes_in(change.replica):
        yield change
