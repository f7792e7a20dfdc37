"""What a plan sums up over all sites, from where the replicas of the few stand: rollouts, preferences that nobody
knows of, and how old the facts are that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from placelang.alike.batch import standing_in
from placelang.arrange.waves import by_site, find_rollouts
from placelang.lower import Lowered
from placelang.world import World
from placelang_runtime.operations import Rollout, SiteRollout
from placelang_runtime.plan import Plan

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


def hosts_everywhere(plan: Plan, members: Members, hosts: Sequence[Sequence[int]]) -> dict[str, list[int]]:
    """By service, the host of each of its replicas at every site."""
    found: dict[str, list[int]] = {}
    for part, own in zip(plan.parts, members, strict=True):
        for service, at in standing_in(part):
            found.setdefault(service, []).extend([hosts[site][at] for site in own])
    return found
