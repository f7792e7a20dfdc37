"""Apps and their services, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from placelang import syntax
from placelang.check.container import (
    check_allowed,
    check_command,
    check_env,
    check_health,
    check_image,
    check_ports,
    check_tags,
    check_user,
    check_volumes,
)
from placelang.check.declarations import Declarations
from placelang.check.faults import quoted
from placelang.check.needs import Supplies, check_needs, check_replicas
from placelang.check.placement import Place, check_constraint, check_filter, check_service
from placelang.check.scope import Scope
from placelang.check.unsupported import refused
from placelang.check.values import integer
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.frozen import dataclass
from placelang.program import App, AtLeast, Constraint, Filter, Replicas, Service

Clause = TypeVar("Clause")
Single = TypeVar(
    "Single",
    syntax.Image,
    syntax.Command,
    syntax.Health,
    syntax.Restart,
    syntax.User,
    syntax.Priority,
    syntax.Replicas,
)

_BETWEEN = (syntax.Spread, syntax.AtMostPer, syntax.AtLeastDifferent, syntax.Same, syntax.Different)
"""The constraints that say how replicas stand to each other."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What the services of all apps can name."""

    supplies: Supplies
    devices: Mapping[str, object]
    services: Mapping[str, syntax.Service | syntax.Job]


def check_apps(declarations: Declarations, fleet: Fleet, scope: Scope) -> tuple[App, ...]:
    """All apps, by name."""
    apps = [_app(node, fleet, scope) for node in declarations.apps]
    return tuple(sorted(apps, key=lambda app: app.name))


def _app(node: syntax.App, fleet: Fleet, outer: Scope) -> App:
    scope = Scope(outer.tables, outer.faults, node.name.text)
    clauses = [clause for clause in node.clauses if not refused(clause, scope.faults)]
    priority = _priority(_of(clauses, syntax.Priority), scope) or 0
    filters = _filters(clauses, scope)
    for clause in _of(clauses, syntax.Prefer):
        if not isinstance(clause.constraint, syntax.Where) and not refused(clause.constraint, scope.faults):
            scope.faults.error(
                Code.MISPLACED,
                clause.span,
                "this preference belongs in a service: an app only prefers sites and hosts",
            )
    services = [_service(clause, priority, filters, fleet, scope) for clause in _of(clauses, syntax.Service)]
    return App(node.name.text, priority, tuple(services), _header(node))


def _header(node: syntax.App | syntax.Service) -> Span:
    """`service NAME`, without the block that follows."""
    return Span(node.span.path, node.span.start, node.name.span.end)


def _of(clauses: Sequence[object], kind: type[Clause]) -> list[Clause]:
    return [clause for clause in clauses if isinstance(clause, kind)]


def _one(clauses: list[Single], what: str, scope: Scope) -> Single | None:
    """The clause of a kind that may stand once; each further one is reported."""
    for clause in clauses[1:]:
        scope.faults.error(
            Code.DUPLICATE,
            clause.span,
            f"`{what}` stands twice here",
            labels=[(clauses[0].span, "first here")],
            hint="keep one of them",
        )
    return clauses[0] if clauses else None


def _priority(clauses: list[syntax.Priority], scope: Scope) -> int | None:
    clause = _one(clauses, "priority", scope)
    return integer(clause.value, "a priority", scope, low=0, high=1000) if clause else None


def _filters(clauses: Sequence[object], scope: Scope) -> tuple[Filter, ...]:
    """The filters, hard and preferred, as they are written."""
    found = []
    for clause in clauses:
        if isinstance(clause, syntax.Where):
            found.append(check_filter(clause, None, scope))
        elif isinstance(clause, syntax.Prefer) and isinstance(clause.constraint, syntax.Where):
            found.append(check_filter(clause.constraint, clause, scope))
    return tuple(item for item in found if item is not None)


def _constraints(clauses: Sequence[object], place: Place) -> tuple[Constraint, ...]:
    """The constraints between replicas, hard and preferred, as they are written."""
    found = []
    for clause in clauses:
        if isinstance(clause, _BETWEEN):
            found.append(check_constraint(clause, None, place))
        elif isinstance(clause, syntax.Prefer) and not isinstance(clause.constraint, syntax.Where):
            found.append(check_constraint(clause.constraint, clause, place))
    return tuple(item for item in found if item is not None)


def _service(
    node: syntax.Service, app_priority: int, outer: tuple[Filter, ...], fleet: Fleet, scope: Scope
) -> Service:
    name = f"{scope.app}.{node.name.text}"
    place = Place(scope, str(scope.app), name, fleet.services)
    clauses = [clause for clause in node.clauses if not refused(clause, scope.faults)]
    priority = _priority(_of(clauses, syntax.Priority), scope)
    image = _one(_of(clauses, syntax.Image), "image", scope)
    command = _one(_of(clauses, syntax.Command), "command", scope)
    health = _one(_of(clauses, syntax.Health), "health", scope)
    restart = _one(_of(clauses, syntax.Restart), "restart", scope)
    user = _one(_of(clauses, syntax.User), "user", scope)
    allowed = _of(clauses, syntax.Allow)
    if image is None and not _of(node.clauses, syntax.Serves):
        _warn_of_no_image(node, scope)
    how_many = _one(_of(clauses, syntax.Replicas), "replicas", scope)
    replicas = check_replicas(how_many, scope) if how_many else Replicas(1, 1, None, _header(node))
    constraints = _constraints(clauses, place)
    if replicas is not None:
        _check_possible(constraints, replicas, scope)
    return Service(
        name=name,
        app=place.app,
        priority=app_priority if priority is None else priority,
        image=check_image(image, scope) if image else None,
        command=check_command(command, scope) if command else (),
        tags=check_tags(_of(clauses, syntax.Tags), scope),
        replicas=replicas or Replicas(1, 1, None, _header(node)),
        needs=check_needs(_of(clauses, syntax.Needs), fleet.supplies, fleet.devices, scope),
        filters=outer + _filters(clauses, scope),
        constraints=constraints,
        ports=check_ports(_of(clauses, syntax.Port), scope),
        env=check_env(_of(clauses, syntax.Env), scope),
        volumes=check_volumes(_of(clauses, syntax.Volume), scope),
        health=check_health(health, scope) if health else None,
        restart=restart.mode.text if restart else "always",
        after=_after(_of(clauses, syntax.After), place),
        user=check_user(user, scope) if user else None,
        writable_root=bool(_of(clauses, syntax.WritableRoot)),
        capabilities=check_allowed(allowed, scope),
        host_network=any(clause.what == "host-network" for clause in allowed),
        privileged=any(clause.what == "privileged" for clause in allowed),
        span=_header(node),
    )


def _after(clauses: list[syntax.After], place: Place) -> tuple[tuple[str, Span], ...]:
    found: dict[str, Span] = {}
    for clause in clauses:
        service = check_service(clause.service, place)
        if service is not None:
            found.setdefault(service, clause.span)
    return tuple(found.items())


def _warn_of_no_image(node: syntax.Service, scope: Scope) -> None:
    scope.faults.warn(
        Code.MISSING_IMAGE,
        node.name.span,
        f"the service {quoted(node.name.text)} has no image: it can be planned, but not run",
        hint='add a clause such as `image "registry.example.com/team/name:1.2"`',
    )


def _check_possible(constraints: tuple[Constraint, ...], replicas: Replicas, scope: Scope) -> None:
    """Refuses `at least 3 different zone` of two replicas, which no fleet can satisfy."""
    for constraint in constraints:
        if isinstance(constraint, AtLeast) and constraint.weight is None and constraint.count > replicas.high:
            few = "one replica" if replicas.high == 1 else f"{replicas.high} replicas"
            scope.faults.error(
                Code.IMPOSSIBLE,
                constraint.span,
                f"{few} cannot stand in {constraint.count} different places",
                labels=[(replicas.span, f"at most {few}")],
                hint=f"write `replicas {constraint.count}`, or lower this number",
            )
