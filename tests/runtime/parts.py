"""Parts of plans, made by hand: what a test says, and nothing else beside it."""

from __future__ import annotations

from typing import Any

from placelang_runtime.part import (
    Group,
    Port,
    Privileges,
    Replica,
    Service,
    Sidecar,
    SidecarCopy,
    SitePart,
)

NOTHING_ALLOWED = Privileges(
    user=None, writable_root=False, capabilities=(), host_network=False, privileged=False
)
_COMMON: dict[str, Any] = {
    "command": (),
    "ports": (),
    "volumes": (),
    "health": None,
    "restart": "always",
    "secrets": (),
    "addresses": (),
    "needs": {},
    "privileges": NOTHING_ALLOWED,
}


def service(name: str = "shop.till", *hosts: str, image: str | None = "till:1", **said: Any) -> Service:
    """A service with a replica on each host; `sidecars` are told by name and image."""
    beside: dict[str, str] = said.pop("sidecars", {})
    env: dict[str, str] = said.pop("env", {})
    held = {name: said.pop(name, ()) for name in ("gpus", "devices", "shares")}
    copies = tuple(SidecarCopy(name=of, image=its, env={}, gpus=(), devices=()) for of, its in beside.items())
    replicas = tuple(
        Replica(name=f"{name}@gbg/{n}", host=host, image=image, env=env, sidecars=copies, **held)
        for n, host in enumerate(hosts or ("gbg-1",), 1)
    )
    sidecar_ports = tuple(Port(host=9000 + n, container=9000 + n) for n in range(len(beside)))
    sidecars = tuple(
        Sidecar(name=of, **(_COMMON | {"ports": (port,)}))
        for of, port in zip(beside, sidecar_ports, strict=True)
    )
    fields = {"tags": (), "after": (), "serves": (), "single": False, "sidecars": sidecars}
    return Service(name=name, replicas=replicas, **(_COMMON | fields | said))


def part(*services: Service, group: str = "shop@gbg", **said: Any) -> SitePart:
    """The part of the site gbg with one group."""
    empty = dict.fromkeys(("hosts", "models", "monitors", "rollouts", "windows", "transfers"), ())
    groups = (Group(name=group, priority=0, services=services),)
    return SitePart(site="gbg", groups=groups, **(empty | said))
