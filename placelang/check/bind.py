"""What policies lay on services, laid on them: constraints become theirs, and what they may not be is said at their own
lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from placelang import syntax
from placelang.check.clauses import of
from placelang.check.declarations import Declarations
from placelang.check.faults import Faults, quoted
from placelang.check.judge import binds, judge
from placelang.check.placement import on_each_host
from placelang.check.possible import check_possible
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.expressions import Constant, Expr
from placelang.frozen import dataclass
from placelang.policies import Within
from placelang.program import (
    App,
    AtLeast,
    AtMost,
    Constraint,
    Different,
    Filter,
    Job,
    Link,
    Same,
    Service,
    Spread,
    Survive,
)
from placelang.types import BOOL


@dataclass(frozen=True, slots=True)
class Extent:
    """What a clause of a policy binds: services of which `services` is not false, at places `within`."""

    policy: str
    services: Expr | None = None
    within: Within | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Only services of which `predicate` is true."""

    predicate: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Ceiling:
    """No priority above `most`."""

    most: int
    span: Span


@dataclass(frozen=True, slots=True)
class Prohibition:
    """`what` is as in `allow`, or writable-root."""

    what: str
    capability: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Laid:
    """A clause, laid on all services that the extent binds."""

    extent: Extent
    clause: Filter | Constraint | Acceptance | Ceiling | Prohibition


def bind(
    apps: Sequence[App], laid: Sequence[Laid], declarations: Declarations, faults: Faults
) -> tuple[App, ...]:
    """The apps, each service with what is laid on it."""
    if not laid:
        return tuple(apps)
    binding = _Binding(declarations, faults)
    return tuple(
        replace(
            app,
            services=tuple(binding.service(s, laid) for s in app.services),
            jobs=tuple(binding.job(job, laid) for job in app.jobs),
        )
        for app in apps
    )


class _Binding:
    """Where breaches are reported, and at which lines."""

    def __init__(self, declarations: Declarations, faults: Faults) -> None:
        self.services = declarations.services
        self.apps = {node.name.text: node for node in declarations.apps}
        self.faults = faults

    def job(self, job: Job, laid: Sequence[Laid]) -> Job:
        """The job with what is laid on services such as it. What is said of how replicas stand to each other says
        nothing of runs, which come and go."""
        about = [
            one for one in laid if not isinstance(one.clause, Spread | AtMost | AtLeast | Link | Survive)
        ]
        return replace(job, body=self.service(job.body, about))

    def service(self, service: Service, laid: Sequence[Laid]) -> Service:
        """The service with what is laid on it."""
        filters: list[Filter] = []
        constraints: list[Constraint] = []
        for one in laid:
            if binds(one.extent.services, service):
                for clause in self._clauses(one, service):
                    if isinstance(clause, Filter):
                        filters.append(clause)
                    elif not (isinstance(clause, Survive) and on_each_host(service.replicas)):
                        constraints.append(clause)
        everywhere = tuple(clause for clause in constraints if clause.within is None)
        check_possible(everywhere, service.replicas, self.faults)
        return replace(
            service,
            filters=(*service.filters, *filters),
            constraints=(*service.constraints, *constraints),
        )

    def _clauses(self, one: Laid, service: Service) -> Iterator[Filter | Constraint]:
        match one.clause:
            case Acceptance(predicate=predicate):
                found = judge(predicate, service)
                if not (isinstance(found, Constant) and found.value is True):
                    yield _only_where(found, one)
            case Ceiling():
                yield from self._too_important(one, one.clause, service)
            case Prohibition():
                yield from self._forbidden(one, one.clause, service)
            case Same(service=other) | Different(service=other) | Link(service=other) if (
                other == service.name
            ):
                return
            case _:
                yield replace(one.clause, policy=one.extent.policy, within=one.extent.within)

    def _too_important(self, one: Laid, clause: Ceiling, service: Service) -> Iterator[Filter]:
        if service.priority <= clause.most:
            return
        if one.extent.within is not None:
            yield _nowhere(one)
            return
        nodes = (self.services.get(service.name), self.apps.get(service.app))
        clauses = [found for node in nodes if node for found in of(node.clauses, syntax.Priority)]
        self.faults.error(
            Code.AGAINST_POLICY,
            clauses[0].span if clauses else service.span,
            f"{quoted(service.name)} has priority {service.priority}, and may have {clause.most} at most",
            labels=[(clause.span, "by this policy")],
            hint=f"write `priority {clause.most}`: no app can loosen a policy",
        )

    def _forbidden(self, one: Laid, clause: Prohibition, service: Service) -> Iterator[Filter]:
        node = self.services.get(service.name)
        uses = list(_uses(node, clause)) if node is not None else []
        if uses and one.extent.within is not None:
            yield _nowhere(one)
            return
        named = quoted(clause.capability or clause.what.replace("-", " "))
        for use in uses:
            message = f"{quoted(service.name)} may not have this: {named} is forbidden"
            hint = "remove it: no app can loosen a policy"
            labels = [(clause.span, "by this policy")]
            self.faults.error(Code.AGAINST_POLICY, use, message, labels=labels, hint=hint)


def _only_where(predicate: Expr, one: Laid) -> Filter:
    return Filter("host", predicate, None, one.clause.span, one.extent.policy, one.extent.within)


def _nowhere(one: Laid) -> Filter:
    """What is not allowed everywhere keeps a service from the places of the policy."""
    return _only_where(Constant(BOOL, one.clause.span, value=False), one)


def _uses(node: syntax.Service | syntax.Job, forbidden: Prohibition) -> Iterator[Span]:
    """Where a service or one of its sidecars is allowed what is forbidden; who is privileged has every capability."""
    for clause in node.clauses:
        match clause:
            case syntax.Allow(what="privileged") if forbidden.what == "capability":
                yield clause.span
            case syntax.Allow(what=what, capability=capability) if what == forbidden.what:
                if capability is None or capability.text == forbidden.capability:
                    yield clause.span
            case syntax.WritableRoot() if forbidden.what == "writable-root":
                yield clause.span
            case syntax.Service():
                yield from _uses(clause, forbidden)
