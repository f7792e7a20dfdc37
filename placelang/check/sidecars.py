"""Sidecars: containers that stand with each replica of a service and share its placement, count and network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placelang import syntax
from placelang.check.clauses import of
from placelang.check.container import check_container
from placelang.check.faults import quoted
from placelang.check.needs import Supplies, check_needs
from placelang.check.placement import Place
from placelang.check.scope import Scope
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.program import Model, Sidecar


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the services of all apps can name; `models` are None where their declaration is at fault."""

    supplies: Supplies
    devices: Mapping[str, object]
    services: Mapping[str, syntax.Service | syntax.Job]
    models: Mapping[str, Model | None]


def check_sidecars(
    nodes: Sequence[syntax.Service], place: Place, fleet: Fleet, ports: dict[int, Span]
) -> tuple[tuple[Sidecar, tuple[str, ...]], ...]:
    """The sidecars of a service, each with the tags that it brings to it."""
    return tuple(_sidecar(node, place, fleet, ports) for node in nodes)


def _sidecar(
    node: syntax.Service, place: Place, fleet: Fleet, ports: dict[int, Span]
) -> tuple[Sidecar, tuple[str, ...]]:
    scope = place.scope
    container = check_container(node.clauses, place, ports)
    if not of(node.clauses, syntax.Image) and not of(node.clauses, syntax.Command):
        warn_of_no_image(node, "sidecar", scope)
    allowed = of(node.clauses, syntax.Allow)
    for clause in allowed:
        if clause.what == "host-network":
            message = "a sidecar shares the network of its service"
            hint = "write it in the service"
            scope.faults.error(Code.MISPLACED, clause.span, message, hint=hint)
    found = Sidecar(
        name=node.name.text,
        image=container.image,
        command=container.command,
        needs=check_needs(of(node.clauses, syntax.Needs), fleet.supplies, fleet.devices, scope),
        ports=container.ports,
        env=container.env,
        volumes=container.volumes,
        health=container.health,
        restart=container.restart,
        user=container.user,
        writable_root=container.writable_root,
        capabilities=container.capabilities,
        privileged=any(clause.what == "privileged" for clause in allowed),
        span=Span(node.span.path, node.span.start, node.name.span.end),
    )
    return found, container.tags


def warn_of_no_image(node: syntax.Service | syntax.Job, kind: str, scope: Scope) -> None:
    """Warns of what cannot run: neither on an engine, nor, by its command, without one."""
    if not scope.faults.is_read(node.span):
        return
    scope.faults.warn(
        Code.MISSING_IMAGE,
        node.name.span,
        f"the {kind} {quoted(node.name.text)} has no image: it can be planned, but not run",
        hint='add a clause such as `image "registry.example.com/team/name:1.2"`',
    )
