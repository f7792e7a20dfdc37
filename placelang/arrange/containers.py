"""What the copies of a container have in common: commands, ports, volumes, references, limits, privileges."""

from __future__ import annotations

from typing import TypedDict, cast

from placelang.containers import Address as AddressReference
from placelang.containers import EnvEntry
from placelang.containers import Health as HealthClause
from placelang.containers import Secret as SecretReference
from placelang.lower.needs import amounts_of, containers_of
from placelang.program import Need, Program, Service
from placelang.program import Sidecar as SidecarSpec
from placelang_runtime.part import (
    Address,
    Health,
    HealthKind,
    Port,
    Privileges,
    Restart,
    Secret,
    Sidecar,
    Volume,
)


class Common(TypedDict):
    """The fields of `placelang_runtime.part.Container` but its name and privileges."""

    command: tuple[str, ...]
    ports: tuple[Port, ...]
    volumes: tuple[Volume, ...]
    health: Health | None
    restart: Restart
    secrets: tuple[Secret, ...]
    addresses: tuple[Address, ...]
    needs: dict[str, int]


def common(container: Service | SidecarSpec, needs: tuple[Need, ...], program: Program) -> Common:
    """The fields of a container of which each copy consumes `needs`."""
    return Common(
        command=container.command,
        ports=tuple(Port(host=p.host, container=p.container) for p in container.ports),
        volumes=tuple(
            Volume(path=v.path, source=v.source, keep=v.keep, readonly=v.readonly) for v in container.volumes
        ),
        health=_health(container.health) if container.health else None,
        restart=cast("Restart", container.restart),
        secrets=_secrets(container.env),
        addresses=_addresses(container.env, program),
        needs=amounts_of(needs),
    )


def sidecars(service: Service, program: Program) -> tuple[Sidecar, ...]:
    """The sidecars of a service, as written."""
    return tuple(
        Sidecar(
            name=sidecar.name,
            privileges=Privileges(
                user=sidecar.user,
                writable_root=sidecar.writable_root,
                capabilities=tuple(sorted(sidecar.capabilities)),
                host_network=service.host_network,
                privileged=sidecar.privileged,
            ),
            **common(sidecar, sidecar.needs, program),
        )
        for sidecar in service.sidecars
    )


def _secrets(env: tuple[EnvEntry, ...]) -> tuple[Secret, ...]:
    return tuple(
        Secret(variable=e.name, secret=e.value.name, plain=e.unsafe)
        for e in env
        if isinstance(e.value, SecretReference)
    )


def _addresses(env: tuple[EnvEntry, ...], program: Program) -> tuple[Address, ...]:
    return tuple(
        Address(variable=e.name, service=e.value.service, port=_published(e.value.service, program))
        for e in env
        if isinstance(e.value, AddressReference)
    )


def _published(name: str, program: Program) -> int | None:
    """The first port of the host that the containers of a service publish."""
    found = (service for app in program.apps for service in app.services if service.name == name)
    ports = (
        port.host for service in found for container in containers_of(service) for port in container.ports
    )
    return next(ports, None)


def _health(health: HealthClause) -> Health:
    return Health(
        kind=cast("HealthKind", health.kind),
        port=health.port,
        path=health.path,
        command=health.command,
        every_ms=health.every_ms,
        timeout_ms=health.timeout_ms,
        retries=health.retries,
    )
