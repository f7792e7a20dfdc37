"""What each site carries beside its replicas: models, monitors, its place in rollouts, windows and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypedDict

from placelang.arrange.monitors import carried
from placelang.arrange.naming import Placed
from placelang.arrange.waves import by_site, find_rollouts
from placelang.arrange.windows import find_transfers, find_windows
from placelang.lower import Lowered
from placelang.operations import Trial
from placelang.program import Model as Trained
from placelang.program import Variant as Form
from placelang_runtime.operations import (
    BaselineFile,
    ChangeWindow,
    Model,
    ModelFile,
    Monitor,
    Phase,
    Rollout,
    SiteRollout,
    TransferLimit,
    Variant,
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


def hosts_of(lowered: Lowered, placed: tuple[Placed, ...]) -> dict[str, list[int]]:
    """By service, the host of each of its replicas."""
    found: dict[str, list[int]] = {}
    for p in placed:
        found.setdefault(lowered.units[p.unit].service.name, []).append(p.host)
    return found


def services_of(lowered: Lowered, where: Standing) -> dict[int, frozenset[str]]:
    """By site, the services that have a replica there."""
    return {
        site: frozenset(lowered.units[unit].service.name for unit in units) for site, units in where.items()
    }


def find_operations(lowered: Lowered, where: Standing, seed: int) -> tuple[Operations, ...]:
    """By site, what it carries."""
    rollouts = by_site(lowered, rollouts_of(lowered, where, seed))
    windows, transfers = find_windows(lowered, services_of(lowered, where)), find_transfers(lowered)
    models, monitors = _models(lowered), _monitors(lowered)
    found = []
    for site, name in enumerate(lowered.world.sites.names):
        services = [lowered.units[unit].service for unit in sorted(where.get(site, ()))]
        served = {model for service in services for model in service.serves}
        watched = {(s.app, target) for s in services for target in (s.name, *s.serves)}
        found.append(
            Operations(
                models=tuple(model for model in models if model.name in served),
                monitors=tuple(m for m in monitors if (m.app, m.target) in watched),
                rollouts=tuple(rollouts.get(name, ())),
                windows=tuple(windows.get(site, ())),
                transfers=tuple(transfers.get(site, ())),
            )
        )
    return tuple(found)


def rollouts_of(lowered: Lowered, where: Standing, seed: int) -> tuple[Rollout, ...]:
    """The rollouts of all apps over the sites where they run something."""
    sites: dict[str, set[int]] = {}
    for site, units in where.items():
        for unit in units:
            sites.setdefault(lowered.units[unit].service.app, set()).add(site)
    return find_rollouts(lowered, {app: sorted(found) for app, found in sites.items()}, seed)


def _models(lowered: Lowered) -> tuple[Model, ...]:
    return tuple(
        Model(
            name=model.name,
            version=model.version,
            variant=model.variants[0].name,
            **_files(model.variants[0]),
            worse=tuple(Variant(name=str(one.name), **_files(one)) for one in model.variants[1:]),
            providers=model.providers,
            baseline=model.baseline,
            retain=model.retain,
            drawn=_drawn(model),
            shadow=_phase(model.shadow),
            canary=_phase(model.canary),
        )
        for model in lowered.program.models
    )


def _phase(trial: Trial | None) -> Phase | None:
    return None if trial is None else Phase(**asdict(trial))


def _drawn(model: Trained) -> BaselineFile | None:
    if model.baseline is None or model.drawn is None:
        return None
    found = model.drawn
    return BaselineFile(path=model.baseline, digest=found.digest, bytes=found.size, model=found.model)


def _files(form: Form) -> dict[str, Any]:
    """What the forms of a model have in common: their files."""
    beside = tuple(ModelFile(path=path, digest=of, bytes=size) for path, of, size in form.beside)
    return {"file": form.file, "digest": form.digest, "bytes": form.size, "beside": beside}


def _monitors(lowered: Lowered) -> tuple[Monitor, ...]:
    return tuple(
        carried(lowered, app.name, monitor) for app in lowered.program.apps for monitor in app.monitors
    )
