"""Whether a host has room for a run between two moments, beside the services that are awake then and other runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from placelang_runtime import part as document
from placelang_runtime.containers import ReplicaSpec
from placelang_runtime.hours import open_times
from placelang_runtime.jobs.slots import Slot


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody holds of a host from `since` until just before `until`: amounts, and things that nobody else may
    hold."""

    since: datetime
    until: datetime
    amounts: Mapping[str, int]
    things: frozenset[tuple[str, object]]


def has_room(
    part: document.SitePart, host: str, claim: Claim, services: Iterable[ReplicaSpec], runs: Iterable[Claim]
) -> bool:
    """Whether the claim holds beside the services that stand on the host, in their hours, and beside runs. An amount of
    which nobody knows what the host has is no matter."""
    fill = next((one for one in part.hosts if one.name == host), None)
    if fill is None:
        return False
    others = [*_services(part, services, claim), *runs]
    for moment in _moments(claim, others):
        there = [one for one in others if one.since <= moment < one.until]
        taken = Counter(claim.amounts)
        for one in there:
            taken.update(one.amounts)
        room = {name: amount - fill.reserved.get(name, 0) for name, amount in fill.capacity.items()}
        if any(taken[name] > room[name] for name in claim.amounts if name in room):
            return False
        if any(one.things & claim.things for one in there):
            return False
    return True


def claim_of(slot: Slot, part: document.SitePart, since: datetime, until: datetime) -> Claim:
    """What a run holds."""
    amounts, things = _held(slot.spec(part))
    return Claim(since, until, amounts, things)


def _services(part: document.SitePart, services: Iterable[ReplicaSpec], asked: Claim) -> Iterator[Claim]:
    """What services hold: a thing at all times, an amount while they are awake."""
    hours = {service.name: service.active for group in part.groups for service in group.services}
    for spec in services:
        amounts, things = _held(spec)
        for one in open_times(hours.get(spec.service), asked.since, asked.until):
            yield Claim(one.opens, one.closes, amounts, things)


def _held(spec: ReplicaSpec) -> tuple[Mapping[str, int], frozenset[tuple[str, object]]]:
    amounts: Counter[str] = Counter()
    things: set[tuple[str, object]] = set()
    for container in spec.containers:
        amounts.update(container.needs)
        things |= {("port", port.host) for port in container.ports}
        things |= {("gpu", gpu) for gpu in (*container.gpus, *(share.gpu for share in container.shares))}
        things |= {("device", device.name) for device in container.devices if not device.shared}
    return amounts, frozenset(things)


def _moments(claim: Claim, others: Iterable[Claim]) -> Iterator[datetime]:
    """At which anybody's claim begins, as it can get no tighter in between."""
    yield claim.since
    yield from (one.since for one in others if claim.since < one.since < claim.until)
