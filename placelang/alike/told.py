"""The plan of all sites, told from that of the few."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from placelang.alike.ahead import changes_of, names_of
from placelang.alike.batch import Kin, timetable_holds
from placelang.alike.likeness import Classes
from placelang.alike.names import StrayError, classes_in, named, template_in
from placelang.alike.summed import find_all_rollouts, hosts_everywhere
from placelang.arrange import header as head
from placelang.arrange.relied import find_relied
from placelang.arrange.stays import find_unknown_preferences
from placelang.lower import Lowered
from placelang.timing import Effort
from placelang.world import World
from placelang_runtime.canonical import canonical_text, digest, part_digest, part_text
from placelang_runtime.part import SitePart
from placelang_runtime.parts import Parts, Template
from placelang_runtime.plan import Change, Changes, PartDigest, Plan
from placelang_runtime.steps import Schedule
from placelang_scheduler import Level, Solution
from placelang_scheduler.levels import combined

Names = tuple[str, ...]


class Planned(NamedTuple):
    """A plan, what it was made from, and what its timetable took."""

    lowered: Lowered
    solution: Solution
    plan: Plan
    effort: Effort | None


class Here(NamedTuple):
    """The classes that were planned here, by number, and their plan, with its parts in their order."""

    numbers: Sequence[int]
    made: Planned


@dataclass(frozen=True, slots=True)
class Told:
    """A class: its sites, ascending, and the names of each and of its hosts; none for one that is planned under its own
    names."""

    sites: tuple[int, ...]
    names: tuple[Names, ...]


def mentioned(plan: Plan) -> set[int]:
    """The classes of which the header tells more than what is told of all sites at once: they have to be planned site
    by site."""
    told = {"changes": None, "parts": (), "rollouts": (), "unknown_preferences": (), "relied": None}
    return classes_in(plan.header.model_copy(update=told).model_dump_json())


def sums_up(made: Planned, wanted: Collection[str], sites: int) -> bool:
    """Whether the header sums up over hosts in a way that cannot be told of a few of so many sites; elsewhere these
    services are `wanted`."""
    schedule = made.plan.header.schedule
    nowhere = any(service.name not in wanted for service in made.lowered.nowhere)
    jobs = sum(len(app.jobs) for app in made.lowered.program.apps)
    timed = timetable_holds(made.plan.header.timetable, made.effort, jobs, sites)
    return nowhere or not timed or (schedule is not None and bool(schedule.between))


def tell(
    world: World, hosts: Sequence[Sequence[int]], here: Here, found: Classes, kins: Mapping[int, Kin]
) -> Plan:
    """The plan of every site, from that of the first of each class: some were planned `here`, of the others there are
    `kins`. Raises `StrayError` where a site's plan speaks of another's."""
    lowered, solution, plan, _ = here.made
    every = [
        Told(sites, tuple(names_of(world, hosts, s) for s in sites) if len(sites) > 1 else ())
        for sites in (found[number] for number in here.numbers)
    ]
    rows, digests = _rows_here(world, here, every)
    for number, kin in kins.items():
        for site in found[number]:
            names = names_of(world, hosts, site)
            rows[site] = kin.text, names
            bare = kin.bare
            digests[site] = names[0], bare if isinstance(bare, str) else digest(bare.filled(names))
    whole = replace(lowered, world=world)
    where = hosts_everywhere(plan, [one.sites for one in every], hosts)
    for number, kin in kins.items():
        for service, at in kin.standing:
            where.setdefault(service, []).extend([hosts[site][at] for site in found[number]])
    far = [(len(found[number]), kin) for number, kin in kins.items()]
    changed = [
        Change(replica=replica, source=source, target=target)
        for number, kin in kins.items()
        if kin.changes
        for replica, source, target in changes_of(kin, (names_of(world, hosts, s) for s in found[number]))
    ]
    header = plan.header.model_copy(
        update={
            "levels": head.levels(replace(solution, levels=_levels(lowered, solution, every, far))),
            "changes": _changes(
                plan,
                dict(zip(here.numbers, every, strict=True)),
                changed,
                sum(times * len(kin.standing) for times, kin in far),
            ),
            "schedule": _schedule(plan, every, far),
            "rollouts": find_all_rollouts(lowered, world, plan, [one.sites for one in every]).every,
            "unknown_preferences": find_unknown_preferences(whole, where),
            "relied": find_relied(whole, where),
            "nowhere": (),
            "parts": tuple(
                PartDigest(site=site, digest=found) for _, (site, found) in sorted(digests.items())
            ),
        }
    )
    return Plan.model_construct(
        format=plan.format, header=header, parts=Parts(row for _, row in sorted(rows.items()))
    )


def _rows_here(
    world: World, here: Here, every: Sequence[Told]
) -> tuple[dict[int, tuple[Template, Names]], dict[int, tuple[str, str]]]:
    """The text of the part of each site that was planned here, or is like one that was, and its name and digest."""
    lowered, plan = here.made.lowered, here.made.plan
    rollouts = find_all_rollouts(lowered, world, plan, [one.sites for one in every])
    rows: dict[int, tuple[Template, Names]] = {}
    digests: dict[int, tuple[str, str]] = {}
    for number, one, part, known in zip(here.numbers, every, plan.parts, plan.header.parts, strict=True):
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
    return rows, digests


def _templates(part: SitePart, number: int) -> tuple[Template, Template]:
    """A part of a class as it stands in the plan, and as its digest is over."""
    return template_in(part_text(part), number), template_in(canonical_text(part), number)


def _levels(
    lowered: Lowered, solution: Solution, every: Sequence[Told], far: Sequence[tuple[int, Kin]]
) -> tuple[Level, ...]:
    site_of = {unit.group: unit.site for unit in lowered.units}
    near = ((len(every[site_of[group]].sites), levels) for group, levels in solution.parts.items())
    return combined(
        lowered.problem, (*near, *((times, levels) for times, kin in far for levels in kin.levels))
    )


def _schedule(plan: Plan, every: Sequence[Told], far: Sequence[tuple[int, Kin]]) -> Schedule | None:
    schedule = plan.header.schedule
    if schedule is None:
        return None
    counts = (len(part.steps.nodes) if part.steps is not None else 0 for part in plan.parts)
    steps = sum(len(one.sites) * count for one, count in zip(every, counts, strict=True))
    steps += sum(times * kin.steps for times, kin in far)
    seconds = max([schedule.seconds, *(kin.seconds for _, kin in far)])
    return schedule.model_copy(update={"steps": steps, "seconds": seconds})


def _changes(plan: Plan, every: Mapping[int, Told], far: Sequence[Change], standing: int) -> Changes | None:
    """All changes, of which those `far` are at other sites, where so many replicas are `standing`."""
    if plan.header.changes is None:
        return None
    near = (told for one in plan.header.changes.list for told in _everywhere(one, every))
    found = sorted((*near, *far), key=lambda c: c.replica)
    stand = standing + sum(
        len(one.sites) * sum(len(service.replicas) for group in part.groups for service in group.services)
        for one, part in zip(every.values(), plan.parts, strict=True)
    )
    start = sum(c.source is None for c in found)
    stop = sum(c.target is None for c in found)
    move = len(found) - start - stop
    return Changes(start=start, stop=stop, move=move, keep=stand - start - move, list=tuple(found))


def _everywhere(change: Change, every: Mapping[int, Told]) -> Iterator[Change]:
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
