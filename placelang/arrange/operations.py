"""What each site carries beside its replicas: models, monitors, its place in rollouts, windows and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypedDict

from placelang.arrange.monitors import carried
from placelang.arrange.naming import Placed
from placelang.arrange.waves import find_rollouts, of_site
from placelang.arrange.windows import transfers_of, windows_of
from placelang.lower import Lowered
from placelang.program import Service
from placelang_runtime.operations import (
    ChangeWindow,
    Model,
    Monitor,
    Rollout,
    SiteRollout,
    TransferLimit,
)

Standing = Mapping[int, frozenset[int]]
"""By site, the units that have a replica there."""


class Operations(TypedDict):
    """The fields of a site's part that are not about hosts and replicas."""

    models: tuple[Model, ...]
    monitors: tuple[Monitor, ...]
    rollouts: tuple[SiteRollout, ...]
    windows: tuple[ChangeWindow, ...]
    transfers: tuple[TransferLimit, ...]


def standing(lowered: Lowered, placed: tuple[Placed, ...]) -> Standing:
    """Where the replicas of each unit stand."""
    found: dict[int, set[int]] = {}
    for p in placed:
        found.setdefault(int(lowered.world.hosts.parents[p.host]), set()).add(p.unit)
    return {site: frozenset(units) for site, units in found.items()}


def find_operations(lowered: Lowered, where: Standing, seed: int) -> tuple[Operations, ...]:
    """By site, what it carries."""
    rollouts = rollouts_of(lowered, where, seed)
    return tuple(
        _operations(lowered, site, name, where.get(site, frozenset()), rollouts)
        for site, name in enumerate(lowered.world.sites.names)
    )


def rollouts_of(lowered: Lowered, where: Standing, seed: int) -> tuple[Rollout, ...]:
    """The rollouts of all apps over the sites where they run something."""
    sites: dict[str, set[int]] = {}
    for site, units in where.items():
        for unit in units:
            sites.setdefault(lowered.units[unit].service.app, set()).add(site)
    return find_rollouts(lowered, {app: sorted(found) for app, found in sites.items()}, seed)


def _operations(
    lowered: Lowered, site: int, name: str, units: frozenset[int], rollouts: tuple[Rollout, ...]
) -> Operations:
    services = {lowered.units[unit].service.name: lowered.units[unit].service for unit in sorted(units)}
    return Operations(
        models=_models(lowered, services),
        monitors=tuple(_monitors(lowered, services)),
        rollouts=of_site(lowered, rollouts, name),
        windows=windows_of(lowered, site),
        transfers=transfers_of(lowered, site),
    )


def _models(lowered: Lowered, services: Mapping[str, Service]) -> tuple[Model, ...]:
    served = {name for service in services.values() for name in service.serves}
    return tuple(
        Model(
            name=model.name,
            version=model.version,
            file=model.file,
            variant=model.variant,
            providers=model.providers,
            baseline=model.baseline,
            retain=model.retain,
        )
        for model in lowered.program.models
        if model.name in served
    )


def _monitors(lowered: Lowered, services: Mapping[str, Service]) -> Iterator[Monitor]:
    """Those of apps of which the site runs what is watched."""
    for app in lowered.program.apps:
        own = [service for service in services.values() if service.app == app.name]
        watched = {name for service in own for name in (service.name, *service.serves)}
        for monitor in app.monitors:
            if monitor.target in watched:
                yield carried(lowered, app.name, monitor)
