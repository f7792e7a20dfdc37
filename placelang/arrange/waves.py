"""Rollouts over the sites of a plan: which of them change with which wave, chosen by the seed."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from placelang.evaluate import truth
from placelang.lower import Lowered
from placelang.operations import Rollout, Wave
from placelang_runtime import operations as document

_WHOLE = 100


def find_rollouts(
    lowered: Lowered, apps: Mapping[str, Sequence[int]], seed: int
) -> tuple[document.Rollout, ...]:
    """The rollouts of `apps`, each with the sites (rows) where it runs something."""
    return tuple(
        _rollout(lowered, app.name, app.rollout, apps.get(app.name, ()), seed)
        for app in lowered.program.apps
        if app.rollout is not None
    )


def by_site(
    lowered: Lowered, rollouts: Sequence[document.Rollout]
) -> Mapping[str, Sequence[document.SiteRollout]]:
    """What each site needs to know of the rollouts that concern it."""
    specs = {app.name: app.rollout for app in lowered.program.apps if app.rollout is not None}
    found: dict[str, list[document.SiteRollout]] = defaultdict(list)
    for rollout in rollouts:
        spec = specs[rollout.app]
        waves: list[tuple[int, document.Wave | None]] = [*enumerate(rollout.waves, start=1), (0, None)]
        for number, wave in waves:
            for site in wave.sites if wave else rollout.never:
                found[site].append(_of_site(rollout, spec, number, wave))
    return found


def _of_site(
    rollout: document.Rollout, spec: Rollout, number: int, wave: document.Wave | None
) -> document.SiteRollout:
    most = spec.sites_at_once
    return document.SiteRollout(
        app=rollout.app,
        wave=wave.name if wave else None,
        number=number,
        healthy_ms=wave.healthy_ms if wave else None,
        approved=wave.approved if wave else False,
        hosts_at_once=spec.hosts_at_once,
        proceed_ms=spec.proceed_ms,
        rolls_back=spec.rolls_back,
        waits=wave is not None and most is not None and len(wave.sites) > most,
    )


def _rollout(
    lowered: Lowered, app: str, rollout: Rollout, sites: Sequence[int], seed: int
) -> document.Rollout:
    names = lowered.world.sites.names
    left = sorted(sites, key=lambda site: _lot(seed, app, names[site]))
    everywhere = tuple(left)
    waves = []
    for wave in rollout.waves:
        matching = _matching(lowered, wave, everywhere)
        taken = set([site for site in left if site in matching][: _size(wave, len(matching))])
        left = [site for site in left if site not in taken]
        waves.append(
            document.Wave(
                name=wave.name,
                healthy_ms=wave.healthy_ms,
                approved=wave.approved,
                sites=tuple(names[site] for site in sorted(taken)),
            )
        )
    never = tuple(names[site] for site in sorted(left))
    return document.Rollout(app=app, sites_at_once=rollout.sites_at_once, waves=tuple(waves), never=never)


def _lot(seed: int, app: str, site: str) -> str:
    """A site draws the same lot whatever other sites there are."""
    return hashlib.sha256(f"{seed}/{app}/{site}".encode()).hexdigest()


def _matching(lowered: Lowered, wave: Wave, sites: Sequence[int]) -> frozenset[int]:
    """The sites for which the wave's predicate is true."""
    if wave.predicate is None:
        return frozenset(sites)
    rows = np.array(sites, dtype=np.intp)
    holds = truth(wave.predicate, lowered.world, "site", rows).true
    return frozenset(rows[holds].tolist())


def _size(wave: Wave, matching: int) -> int:
    if wave.count is not None:
        return wave.count
    if wave.percent is not None:
        return math.ceil(round(matching * wave.percent / _WHOLE, 9))
    return matching
