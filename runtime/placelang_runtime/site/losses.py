"""What is done where hosts are gone: the contingency of just that loss, or those of each at once if they fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from placelang_runtime.part import Contingency, Service, SitePart, Start


def covering(part: SitePart, gone: Collection[str]) -> Contingency | None:
    """None where nothing is done, or nobody knows what."""
    lost = tuple(sorted({*gone} & {host.name for host in part.hosts}))
    if not lost:
        return None
    known = {tuple(sorted(one.lost)): one for one in part.contingencies}
    if lost in known:
        return known[lost]
    found = [known[host,] for host in lost if (host,) in known]
    return _together(part, lost, found) if found and len(lost) > 1 else None


def is_covered(part: SitePart, gone: Collection[str]) -> bool:
    """Whether it is known what is done where these hosts are gone, be it nothing."""
    there = {*gone} & {host.name for host in part.hosts}
    alone = all(not any(host in one.lost for one in part.contingencies) for host in there)
    return len(there) < 2 or alone or covering(part, gone) is not None  # noqa: PLR2004 - one loss is always known


def _together(part: SitePart, lost: tuple[str, ...], found: Iterable[Contingency]) -> Contingency | None:
    """Several contingencies at once, None where they get in each other's way: each knows of its own loss only."""
    contingencies = tuple(found)
    stops = sorted({name for one in contingencies for name in one.stops})
    starts = [start for one in contingencies for start in one.starts]
    counted = Counter(start.replica.name for start in starts)
    if any(start.replica.host in lost or start.leaves in lost for start in starts):
        return None
    if max(counted.values(), default=0) > 1 or counted.keys() & {*stops} or not _fit(part, starts):
        return None
    return Contingency(lost=lost, stops=tuple(stops), starts=tuple(starts))


def _fit(part: SitePart, starts: Iterable[Start]) -> bool:
    """Whether there is room for all of them beside what runs, though nothing stops."""
    services = {service.name: service for group in part.groups for service in group.services}
    asked: dict[str, Counter[str]] = {}
    held: Counter[tuple[str, str]] = Counter()
    for start in starts:
        service, replica = services.get(start.service), start.replica
        if service is None:
            return False
        asked.setdefault(replica.host, Counter()).update(
            _needs(service) if replica.needs is None else replica.needs
        )
        held.update((replica.host, gpu) for gpu in replica.gpus)
        held.update((replica.host, device.name) for device in replica.devices if not device.shared)
        held.update((replica.host, f"port {port.host}") for port in service.ports)
    fills = {host.name: host for host in part.hosts}
    return max(held.values(), default=0) <= 1 and all(
        fill.used.get(resource, 0) + fill.reserved.get(resource, 0) + amount <= fill.capacity.get(resource, 0)
        for host, amounts in asked.items()
        for fill in (fills[host],)
        for resource, amount in amounts.items()
    )


def _needs(service: Service) -> Counter[str]:
    needs: Counter[str] = Counter(service.needs)
    for sidecar in service.sidecars:
        needs.update(sidecar.needs)
    return needs
