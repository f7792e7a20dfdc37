"""What runs at each site, as the plan that runs tells it: alike where the text is, but for names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from placelang.alike.names import MARK
from placelang.world import World
from placelang_runtime.canonical import part_text
from placelang_runtime.part import SitePart
from placelang_runtime.parts import Parts, Template, template_of
from placelang_runtime.plan import Plan

_DECODER = json.JSONDecoder()
_SITE = '"site": '
Row = tuple[Template, tuple[str, ...]]


def rows_of(plan: Plan) -> Sequence[Row]:
    """The parts of a plan as templates with names."""
    if isinstance(plan.parts, Parts):
        return plan.parts.rows
    found = ((part, (part.site, *(host.name for host in part.hosts))) for part in plan.parts)
    return [(template_of(part_text(part), names), names) for part, names in found]


def site_of(row: Row) -> str:
    """The name of the site of a part."""
    template, names = row
    return (
        names[0]
        if names
        else str(_DECODER.raw_decode(template.pieces[0], template.pieces[0].index(_SITE) + len(_SITE))[0])
    )


def running_at(
    world: World, hosts: Sequence[Sequence[int]], rows: Sequence[Row]
) -> tuple[Mapping[int, object], set[int]]:
    """By site, what tells apart what runs there; and the sites of which the plan has other hosts than the inventory."""
    numbers: dict[Template, int] = {}
    found: dict[int, object] = {}
    strange: set[int] = set()
    for row in rows:
        site = world.sites.rows.get(site_of(row))
        if site is None:
            continue
        template, names = row
        found[site] = numbers.setdefault(template, len(numbers))
        if names[1:] != tuple([world.hosts.names[host] for host in hosts[site]]):
            strange.add(site)
    return found, strange


def few_running(
    world: World, plan: Plan, rows: Sequence[Row], firsts: set[int], names: Mapping[int, tuple[str, ...]]
) -> Plan:
    """The plan with the parts of some sites, under the `names` that these have, and of sites that are gone."""
    parts = []
    for number, row in enumerate(rows):
        site = world.sites.rows.get(site_of(row))
        if site is not None and site in names:
            parts.append(SitePart.model_validate_json(row[0].filled(names[site])))
        elif site is None or site in firsts:
            parts.append(plan.parts[number])
    return plan.model_copy(update={"parts": tuple(parts)})


def strays(part: SitePart) -> bool:
    """Whether a part under made-up names tells of a replica or run that is not one of the site's own."""
    return any(
        MARK not in replica.name or MARK not in replica.host
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    ) or any(MARK not in run.host for job in part.jobs for run in job.runs)
