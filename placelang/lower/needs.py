"""What one replica needs in all: its service's own needs, those of the models that it serves and of its sidecars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from placelang.containers import Port
from placelang.lower.amounts import SCALE, demand
from placelang.program import AmountNeed, Need, Service, Sidecar

PORT = "port:"
"""A host port is a resource of which every host has one."""


def amounts_of(needs: Iterable[Need]) -> dict[str, int]:
    """What the needs come to together, by resource."""
    found: dict[str, int] = defaultdict(int)
    for need in needs:
        if isinstance(need, AmountNeed):
            found[need.resource] += demand(need)
    return {resource: amount for resource, amount in sorted(found.items()) if amount}


def demand_of(service: Service) -> dict[str, int]:
    """What one replica takes from a host, ports too."""
    ports = {f"{PORT}{port.host}": 1 for port in ports_of(service)}
    return dict(sorted((amounts_of(service.needs) | ports).items()))


def containers_of(service: Service) -> tuple[Service | Sidecar, ...]:
    """The service as a container, and its sidecars."""
    return (service, *service.sidecars)


def ports_of(service: Service) -> Iterator[Port]:
    """The ports of the service and its sidecars."""
    for container in containers_of(service):
        yield from container.ports


def growing(needs: Iterable[Need]) -> Iterator[Need]:
    """The needs as written, each amount with those of its resource before it: what has to be there so far."""
    before: dict[str, int] = defaultdict(int)
    for need in needs:
        if isinstance(need, AmountNeed) and before[need.resource]:
            total = before[need.resource] + demand(need)
            before[need.resource] = total
            yield replace(need, amount=total / SCALE.get(need.resource, 1))
            continue
        if isinstance(need, AmountNeed):
            before[need.resource] = demand(need)
        yield need
