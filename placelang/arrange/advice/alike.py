"""Sites that are alike but for their names: what was found for one of them holds for the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from placelang.arrange.advice.finding import Finding
from placelang.arrange.advice.near import Near
from placelang.inventory import Record, Things
from placelang.inventory.sites import only_sites
from placelang.types import Version

_ALWAYS = {
    "site": {"timezone", "uplink.bandwidth"},
    "host": {
        *("cpu.cores", "memory", "disk", "bandwidth", "zone", "rack", "up", "draining", "cost", "power"),
    },
    "gpu": {"memory", "unified"},
    "device": {"kind"},
}
"""Facts on which it may depend where something runs though no expression reads them."""
_NAMES = ("name", "latency", "serial", "path")


def digest_of(
    near: Near, site: int, groups: Collection[int], due: Collection[int], wanted: int
) -> bytes | None:
    """All there is to know of a site and of the groups at it, of which one is `wanted`, but for names; None where names
    themselves matter."""
    if near.measured or any(fact in _NAMES for _, fact in near.read):
        return None
    lowered = near.lowered
    here = only_sites(lowered.world.inventory, [site], near.hosts[site])
    rows = {row: own for own, row in enumerate(near.hosts[site])}
    tables = (here.sites, here.hosts, here.gpus, here.devices)
    units = []
    for group in sorted(groups):
        for unit in near.units[group]:
            workload = lowered.problem.workloads[unit]
            now = [(rows[host], count) for host, count in workload.current.items()]
            holds = [(rows[host], held) for host, held in workload.holds.items()]
            units.append([lowered.units[unit].service.form, group in due, group == wanted, now, holds])
    text = json.dumps([[list(_told(near, things)) for things in tables], units], default=_text)
    return hashlib.sha256(text.encode()).digest()


def _told(near: Near, things: Things) -> Iterator[Any]:
    """What is recorded of things on which it may depend where anything runs."""
    specs = [spec for spec in near.lowered.program.labels if (things.noun, spec.name) in near.read]
    labels = {name for spec in specs for name in (spec.name, spec.external)}
    yield things.parents
    for name, record in things.facts.items():
        if name in _ALWAYS[things.noun] or (things.noun, name) in near.read:
            yield name, *_known(record, near.lowered.world.at)
    for kind, records in (("label", things.labels), ("resource", things.resources), ("list", things.sets)):
        for name, raw in records.items():
            if kind != "label" or name in labels:
                yield kind, name, *_known(raw, near.lowered.world.at)


def _known(record: Record[Any], at: int | None) -> tuple[Any, ...]:
    """The rows and values of a record; of what is out of date, that there was one."""
    fresh = [at is None or end is None or at <= end for end in record.expires]
    return record.rows, [v if f else None for v, f in zip(record.values, fresh, strict=True)], fresh


def _text(version: object) -> str:
    if not isinstance(version, Version):
        raise TypeError(version)
    return version.text


def elsewhere(
    near: Near, findings: Iterable[Finding], here: int, there: int, ages: Mapping[tuple[str, str, str], int]
) -> tuple[Finding, ...]:
    """What was found for the site `here`, for `there`, which is like it."""
    world = near.lowered.world
    names = world.hosts.names
    hosts = {names[one]: names[other] for one, other in zip(near.hosts[here], near.hosts[there], strict=True)}
    moved = []
    for finding in findings:
        host = None if finding.host is None else hosts[finding.host]
        thing = world.sites.names[there]
        if host is not None and finding.host is not None:
            thing = host + finding.thing.removeprefix(finding.host)
        age = ages.get((finding.noun, thing, finding.fact))
        moved.append(replace(finding, thing=thing, site=world.sites.names[there], host=host, age_ms=age))
    return tuple(moved)
