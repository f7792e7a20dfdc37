"""Parts before and after, made by hand, and their rollouts."""

from __future__ import annotations

from typing import Any

from placelang_runtime.containers import ReplicaSpec, replicas_on
from placelang_runtime.operations import ChangeWindow, SiteRollout
from placelang_runtime.part import HostFill, Service, SitePart
from placelang_runtime.rollout.changes import Change, find_changes
from placelang_runtime.steps import Step, Steps
from tests.runtime.parts import part, service

HOSTS = ("gbg-1", "gbg-2", "gbg-3")


def site(*services: Service, hosts: tuple[str, ...] = HOSTS, **said: Any) -> SitePart:
    """The part of a site with these hosts."""
    fills = tuple(HostFill(name=host, used={}, capacity={}, reserved={}) for host in hosts)
    return part(*services, **({"hosts": fills} | said))


def rollout(app: str = "shop", **said: Any) -> SiteRollout:
    """One host at a time, in the first wave, unless something else is said."""
    usual: dict[str, Any] = {"wave": "all", "number": 1, "healthy_ms": None, "approved": False}
    careful: dict[str, Any] = {"hosts_at_once": 1, "proceed_ms": None, "rolls_back": True}
    return SiteRollout(app=app, **(usual | careful | said))


def window(rule: str = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", **said: Any) -> ChangeWindow:
    """Two hours in Gothenburg, for everything."""
    usual: dict[str, Any] = {"policy": "calm", "zone": "Europe/Stockholm", "minutes": 120}
    return ChangeWindow(rule=rule, **(usual | {"closed": None, "hosts": None, "services": None} | said))


def all_of(of: SitePart) -> tuple[ReplicaSpec, ...]:
    return tuple(spec for host in of.hosts for spec in replicas_on(of, host.name))


def changes(before: SitePart, after: SitePart) -> tuple[Change, ...]:
    return find_changes(all_of(before), all_of(after), {host.name for host in after.hosts})


def update(version: str = "2", *, hosts: tuple[str, ...] = HOSTS, **said: Any) -> tuple[SitePart, SitePart]:
    """A service with a copy on each host, and the same in another version."""
    first = site(service("shop.till", *hosts, image="till:1"))
    return first, site(service("shop.till", *hosts, image=f"till:{version}"), **said)


def steps(*nodes: tuple[str, str, str], edges: tuple[tuple[int, int], ...] = ()) -> Steps:
    """Steps by kind, replica and host."""
    return Steps(
        nodes=tuple(Step(kind=kind, of=of, host=host, seconds=1) for kind, of, host in nodes),  # type: ignore[arg-type]
        edges=edges,
    )
