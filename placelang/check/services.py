"""Apps and their services, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from placelang import syntax
from placelang.check.clauses import of, one
from placelang.check.container import check_container
from placelang.check.declarations import Declarations
from placelang.check.jobs import check_job
from placelang.check.models import check_serves, choices_of, variant_of
from placelang.check.monitors import check_monitors
from placelang.check.needs import check_needs, check_replicas
from placelang.check.placement import Place, check_constraint, check_filter, check_service, on_each_host
from placelang.check.possible import check_possible
from placelang.check.rollouts import check_rollout
from placelang.check.scope import Scope
from placelang.check.sidecars import Fleet, check_sidecars, warn_of_no_image
from placelang.check.values import integer
from placelang.check.windows import check_window
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.program import Active, App, Constraint, Filter, Replicas, Service, Survive

_BETWEEN = (
    syntax.Spread,
    syntax.AtMostPer,
    syntax.AtLeastDifferent,
    syntax.Same,
    syntax.Different,
    syntax.Link,
    syntax.Survive,
)
"""The constraints that say how replicas stand to each other."""


def check_apps(declarations: Declarations, fleet: Fleet, scope: Scope) -> tuple[App, ...]:
    """All apps, by name."""
    apps = [_app(node, declarations.units[node.name.text], fleet, scope) for node in declarations.apps]
    return tuple(sorted(apps, key=lambda app: app.name))


def _app(
    node: syntax.App, units: Mapping[str, syntax.Service | syntax.Job], fleet: Fleet, outer: Scope
) -> App:
    scope = Scope(outer.tables, outer.faults, node.name.text)
    clauses = list(node.clauses)
    priority = _priority(of(clauses, syntax.Priority), scope) or 0
    filters = _filters(clauses, scope)
    for clause in of(clauses, syntax.Prefer):
        if not isinstance(clause.constraint, syntax.Where | syntax.Survive):
            scope.faults.error(
                Code.MISPLACED,
                clause.span,
                "this preference belongs in a service: an app only prefers sites, hosts and what it survives",
            )
    guarantees = _guarantees(clauses, Place(scope, node.name.text, "", fleet.services))
    services = [_service(clause, priority, filters, fleet, scope) for clause in of(clauses, syntax.Service)]
    services = [_guarded(service, guarantees) for service in services]
    jobs = [check_job(clause, priority, filters, fleet, scope) for clause in of(clauses, syntax.Job)]
    return App(
        name=node.name.text,
        priority=priority,
        services=tuple(services),
        jobs=tuple(job for job in jobs if job is not None),
        span=_header(node),
        rollout=check_rollout(of(clauses, syntax.Rollout), scope),
        monitors=check_monitors(of(clauses, syntax.Monitor), units, fleet.models, scope),
    )


def _header(node: syntax.App | syntax.Service) -> Span:
    """`service NAME`, without the block that follows."""
    return Span(node.span.path, node.span.start, node.name.span.end)


def _priority(clauses: list[syntax.Priority], scope: Scope) -> int | None:
    clause = one(clauses, "priority", scope)
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


def _guarantees(clauses: Sequence[object], place: Place) -> tuple[Constraint, ...]:
    """What an app survives, as it is written."""
    wanted = [
        clause
        for clause in clauses
        if isinstance(clause.constraint if isinstance(clause, syntax.Prefer) else clause, syntax.Survive)
    ]
    return _constraints(wanted, place)


def _guarded(service: Service, guarantees: tuple[Constraint, ...]) -> Service:
    """The service with what its app survives; one that runs once on each host has nowhere else to go."""
    if on_each_host(service.replicas):
        return service
    return replace(service, constraints=(*service.constraints, *guarantees))


def _check_guarantees(constraints: tuple[Constraint, ...], replicas: Replicas, scope: Scope) -> None:
    """Refuses to promise another place to what runs once on each host."""
    for clause in constraints:
        if isinstance(clause, Survive) and on_each_host(replicas):
            scope.faults.error(
                Code.IMPOSSIBLE,
                clause.span,
                "what runs on each host has nowhere else to go",
                labels=[(replicas.span, "one on each host")],
                hint="remove it: a lost host loses its own replica, and no more",
            )


def _service(
    node: syntax.Service, app_priority: int, outer: tuple[Filter, ...], fleet: Fleet, scope: Scope
) -> Service:
    name = f"{scope.app}.{node.name.text}"
    clauses = list(node.clauses)
    models = check_serves(of(clauses, syntax.Serves), fleet.models, scope)
    place = Place(scope.with_own(variant_of(models)), str(scope.app), name, fleet.services)
    ports: dict[int, Span] = {}
    container = check_container(clauses, place, ports)
    if not any(of(clauses, kind) for kind in (syntax.Image, syntax.Serves, syntax.Command)):
        warn_of_no_image(node, "service", scope)
    allowed = of(clauses, syntax.Allow)
    how_many = one(of(clauses, syntax.Replicas), "replicas", scope)
    replicas = check_replicas(how_many, scope) if how_many else Replicas(1, 1, None, _header(node))
    constraints = _constraints(clauses, place)
    single = one(of(clauses, syntax.Single), "single", scope)
    if replicas is not None:
        check_possible(constraints, replicas, scope.faults)
        _check_guarantees(constraints, replicas, scope)
        _check_single(single, replicas, scope)
    priority = _priority(of(clauses, syntax.Priority), scope)
    needs = check_needs(of(clauses, syntax.Needs), fleet.supplies, fleet.devices, scope)
    active = one(of(clauses, syntax.Active), "active", scope)
    window = check_window(active.window, scope) if active else None
    sidecars = check_sidecars(of(clauses, syntax.Service), place, fleet, ports)
    serves = of(clauses, syntax.Serves)
    last = [need for sidecar, _ in sidecars for need in sidecar.needs]
    choices = choices_of(models, needs, last, serves[0].span if serves else _header(node), scope)
    return Service(
        name=name,
        app=place.app,
        priority=app_priority if priority is None else priority,
        image=container.image,
        command=container.command,
        tags=tuple(dict.fromkeys((*container.tags, *(tag for _, tags in sidecars for tag in tags)))),
        replicas=replicas or Replicas(1, 1, None, _header(node)),
        needs=choices[0].needs,
        filters=outer + _filters(clauses, scope),
        constraints=constraints,
        ports=container.ports,
        env=container.env,
        volumes=container.volumes,
        health=container.health,
        restart=container.restart,
        after=_after(of(clauses, syntax.After), place),
        user=container.user,
        writable_root=container.writable_root,
        capabilities=container.capabilities,
        host_network=any(clause.what == "host-network" for clause in allowed),
        privileged=any(clause.what == "privileged" for clause in allowed),
        span=_header(node),
        serves=tuple(model.name for model in models if model),
        sidecars=tuple(sidecar for sidecar, _ in sidecars),
        single=single.span if single else None,
        active=Active(window, active.span) if active and window else None,
        serving=serves[0].span if serves else None,
        choices=choices,
    )


def _check_single(node: syntax.Single | None, replicas: Replicas, scope: Scope) -> None:
    """Refuses several replicas of what never runs twice at once."""
    if node is not None and replicas.high > 1:
        scope.faults.error(
            Code.IMPOSSIBLE,
            node.span,
            "`single` is never two copies at once",
            labels=[(replicas.span, f"{replicas.high} replicas")],
            hint="write `replicas 1`, or `replicas 1 per site` for one at each site",
        )


def _after(clauses: list[syntax.After], place: Place) -> tuple[tuple[str, Span], ...]:
    found: dict[str, Span] = {}
    for clause in clauses:
        service = check_service(clause.service, place)
        if service is not None:
            found.setdefault(service, clause.span)
    return tuple(found.items())
