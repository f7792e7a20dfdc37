"""What a plan sums up over all sites, from where the replicas of the few stand: rollouts, preferences that nobody
knows of, and how old the facts are that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.arrange.naming import Placed
from placelang.arrange.relied import find_relied
from placelang.arrange.stays import find_unknown_preferences
from placelang.arrange.waves import by_site, find_rollouts
from placelang.lower import Lowered
from placelang.world import World
from placelang_runtime.operations import Rollout, SiteRollout
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan, Relied, UnknownPreference

Members = Sequence[Sequence[int]]
"""The sites of each class."""


@dataclass(frozen=True, slots=True)
class Rollouts:
    """All rollouts, and by the name of a site those that concern it."""

    every: tuple[Rollout, ...]
    at: Mapping[str, Sequence[SiteRollout]]


def find_all_rollouts(lowered: Lowered, world: World, plan: Plan, members: Members) -> Rollouts:
    """The rollouts over all sites of each class that the parts of `plan` are of."""
    app_of = {service.name: app.name for app in lowered.program.apps for service in app.services}
    sites: dict[str, list[int]] = {}
    for part, own in zip(plan.parts, members, strict=True):
        for app in {app_of[s.name] for group in part.groups for s in group.services if s.replicas}:
            sites.setdefault(app, []).extend(own)
    whole = replace(lowered, world=world)
    found = find_rollouts(whole, {app: sorted(rows) for app, rows in sites.items()}, plan.header.seed)
    return Rollouts(found, by_site(whole, found))


def find_all_unknown(
    lowered: Lowered, world: World, plan: Plan, members: Members, hosts: Sequence[Sequence[int]]
) -> tuple[UnknownPreference, ...]:
    """The preferences that are unknown where a replica of any site stands."""
    if not plan.header.unknown_preferences:
        return ()
    placed = _placed(lowered, plan, members, hosts)
    return find_unknown_preferences(replace(lowered, world=world), placed)


def find_all_relied(
    lowered: Lowered, world: World, plan: Plan, members: Members, hosts: Sequence[Sequence[int]]
) -> Relied:
    """How old the facts are on which the plan of every site rests."""
    return find_relied(replace(lowered, world=world), _placed(lowered, plan, members, hosts))


def _placed(
    lowered: Lowered, plan: Plan, members: Members, hosts: Sequence[Sequence[int]]
) -> tuple[Placed, ...]:
    """Where replicas stand at every site."""
    unit_of = {unit.service.name: number for number, unit in enumerate(lowered.units)}
    return tuple(
        Placed(unit_of[service], hosts[site][at], "", None, stands=False)
        for part, own in zip(plan.parts, members, strict=True)
        for service, at in _standing(part)
        for site in own
    )


def _standing(part: SitePart) -> list[tuple[str, int]]:
    """The service of each replica, and on which of the site's hosts it stands."""
    numbers = {host.name: number for number, host in enumerate(part.hosts)}
    return [
        (service.name, numbers[replica.host])
        for group in part.groups
        for service in group.services
        for replica in service.replicas
    ]
