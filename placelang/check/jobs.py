"""Jobs: what they are made of as services are, how long they take, and when they come round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from placelang import syntax
from placelang.check.clauses import of, one, report_twice
from placelang.check.container import check_container
from placelang.check.faults import quoted
from placelang.check.needs import check_needs
from placelang.check.placement import Place, check_constraint, check_filter, check_service
from placelang.check.scope import Scope
from placelang.check.sidecars import Fleet, warn_of_no_image
from placelang.check.values import integer, positive
from placelang.check.windows import check_window, days_of
from placelang.codes import Code
from placelang.diagnostics import Span
from placelang.policies import Window
from placelang.program import Constraint, Filter, Job, Key, Need, Replicas, Rounds, Service, Transfer
from placelang.types import BYTES, DURATION

_SITE = Key("site", "name", "site")
_MINUTE = 60_000.0
_LONGEST = 31 * 1440
_MOST = 1000
_BESIDE = (syntax.Same, syntax.Different)
_STANDING = (syntax.Spread, syntax.AtMostPer, syntax.AtLeastDifferent, syntax.Link, syntax.Survive)


def check_job(
    node: syntax.Job, app_priority: int, outer: tuple[Filter, ...], fleet: Fleet, scope: Scope
) -> Job | None:
    """A job of an app; None, said why, where it cannot be told when it runs."""
    name = f"{scope.app}.{node.name.text}"
    place = Place(scope, str(scope.app), name, fleet.services)
    clauses = list(node.clauses)
    if not of(clauses, syntax.Image) and not of(clauses, syntax.Command):
        warn_of_no_image(node, "job", scope)
    lasts = _lasts(one(of(clauses, syntax.Lasts), "lasts", scope), node, scope)
    rounds = _rounds(clauses, lasts, scope)
    needs, transfers = _needs(of(clauses, syntax.Needs), fleet, scope)
    retries = one(of(clauses, syntax.Retries), "retries", scope)
    again = integer(retries.count, "how often it is tried again", scope, low=0, high=100) if retries else 0
    body = _body(node, place, needs, outer)
    priority = one(of(clauses, syntax.Priority), "priority", scope)
    own = integer(priority.value, "a priority", scope, low=0, high=1000) if priority else None
    if lasts is None or rounds is None or again is None:
        return None
    after = _after(of(clauses, syntax.After), place)
    return Job(
        body=replace(body, priority=app_priority if own is None else own, after=()),
        minutes=lasts,
        rounds=rounds,
        retries=again,
        transfers=transfers,
        after=after,
        span=_header(node),
    )


def _header(node: syntax.Job) -> Span:
    """`job NAME`, without the block that follows."""
    return Span(node.span.path, node.span.start, node.name.span.end)


def _body(node: syntax.Job, place: Place, needs: tuple[Need, ...], outer: tuple[Filter, ...]) -> Service:
    """What a run is made of and where it may be, as of a service."""
    scope, clauses = place.scope, node.clauses
    head = _header(node)
    container = check_container(clauses, place, {})
    for volume in of(clauses, syntax.Volume):
        if volume.keep:
            message = "`keep` ties a service to its host, and the runs of a job may go to different ones"
            scope.faults.error(Code.MISPLACED, volume.span, message, hint="leave `keep` out")
    allowed = of(clauses, syntax.Allow)
    return Service(
        name=place.service,
        app=place.app,
        priority=0,
        image=container.image,
        command=container.command,
        tags=container.tags,
        replicas=_replicas(one(of(clauses, syntax.Replicas), "replicas", scope), head, scope),
        needs=needs,
        filters=outer + _filters(clauses, scope),
        constraints=_constraints(clauses, place),
        ports=(),
        env=container.env,
        volumes=container.volumes,
        health=None,
        restart="never",
        after=(),
        user=container.user,
        writable_root=container.writable_root,
        capabilities=container.capabilities,
        host_network=any(clause.what == "host-network" for clause in allowed),
        privileged=any(clause.what == "privileged" for clause in allowed),
        span=head,
    )


def _replicas(node: syntax.Replicas | None, head: Span, scope: Scope) -> Replicas:
    if node is None:
        return Replicas(1, 1, _SITE, head)
    if node.per is not None or node.high is not None:
        message = "a job runs once at each site of its app, or `replicas N` times in all"
        scope.faults.error(Code.MISPLACED, node.span, message, hint="write a number, or leave the clause out")
    count = integer(node.low, "the number of runs", scope, low=1, high=_MOST) or 1
    return Replicas(count, count, None, node.span)


def _filters(clauses: Sequence[object], scope: Scope) -> tuple[Filter, ...]:
    found = []
    for clause in clauses:
        if isinstance(clause, syntax.Where):
            found.append(check_filter(clause, None, scope))
        elif isinstance(clause, syntax.Prefer) and isinstance(clause.constraint, syntax.Where):
            found.append(check_filter(clause.constraint, clause, scope))
    return tuple(item for item in found if item is not None)


def _constraints(clauses: Sequence[object], place: Place) -> tuple[Constraint, ...]:
    """`same` and `different`; what else is said of replicas says nothing of runs, which come and go."""
    found = []
    for clause in clauses:
        if isinstance(clause, _BESIDE):
            found.append(check_constraint(clause, None, place))
        elif isinstance(clause, _STANDING) or (
            isinstance(clause, syntax.Prefer) and not isinstance(clause.constraint, syntax.Where)
        ):
            place.scope.faults.error(
                Code.MISPLACED,
                clause.span,
                "this is about replicas that stand side by side, and the runs of a job come and go",
                hint="write `hosts where …`, `prefer hosts where …`, or `same host as` a service",
            )
    return tuple(item for item in found if item is not None)


def _after(nodes: Sequence[syntax.After], place: Place) -> tuple[tuple[str, Span], ...]:
    found: dict[str, Span] = {}
    for clause in nodes:
        name = check_service(clause.service, place, jobs=True)
        if name is not None:
            found.setdefault(name, clause.span)
    return tuple(found.items())


# --- what it needs ---------------------------------------------------------------------------------------------------


def _needs(
    clauses: Sequence[syntax.Needs], fleet: Fleet, scope: Scope
) -> tuple[tuple[Need, ...], tuple[Transfer, ...]]:
    """What a run takes of its host, and what it moves over the uplink."""
    others: list[syntax.Needs] = []
    transfers: dict[str, Transfer] = {}
    for clause in clauses:
        kept = []
        for item in clause.items:
            if isinstance(item, syntax.NeedAmount) and item.resource.text in {"upload", "download"}:
                amount = positive(item.amount, BYTES, f"the {item.resource.text}", scope)
                before = transfers.setdefault(
                    item.resource.text, Transfer(item.resource.text, amount or 0, item.span)
                )
                if before.span is not item.span:
                    report_twice(
                        item.span, f"{quoted(item.resource.text)} is needed twice", before.span, scope
                    )
            elif (isinstance(item, syntax.NeedGpu) and item.share) or (
                isinstance(item, syntax.NeedDevice) and item.shared
            ):
                message = "a job takes whole GPUs and devices, for as long as it runs"
                scope.faults.error(Code.MISPLACED, item.span, message, hint="write `gpu 1` or `device NAME`")
            else:
                kept.append(item)
        others.append(replace(clause, items=tuple(kept)))
    return check_needs(others, fleet.supplies, fleet.devices, scope), tuple(transfers.values())


# --- when ------------------------------------------------------------------------------------------------------------


def _lasts(node: syntax.Lasts | None, job: syntax.Job, scope: Scope) -> int | None:
    if node is None:
        if scope.faults.is_read(job.span):
            message = f"nothing says how long the job {quoted(job.name.text)} takes"
            scope.faults.error(
                Code.MISSING_VALUE, job.name.span, message, hint="add a clause such as `lasts 2h`"
            )
        return None
    return _minutes(node.duration, "how long a job takes", scope)


def _minutes(node: syntax.Expression, what: str, scope: Scope) -> int | None:
    """A duration in whole minutes, rounded up."""
    found = positive(node, DURATION, what, scope)
    if found is None:
        return None
    minutes = -int(-found // _MINUTE)
    if 1 <= minutes <= _LONGEST:
        return minutes
    scope.faults.error(Code.OUT_OF_RANGE, node.span, f"{what} is from 1min to 31d")
    return None


def _rounds(clauses: Sequence[object], lasts: int | None, scope: Scope) -> Rounds | None:
    every = one(of(clauses, syntax.Every), "every", scope)
    between = one(of(clauses, syntax.Between), "between", scope)
    by = one(of(clauses, syntax.By), "by", scope)
    window = check_window(between.window, scope) if between else None
    each = (
        _minutes(every.duration, "how often a job comes round", scope) if every and every.duration else None
    )
    if (between and window is None) or (every and every.duration and each is None):
        return None
    days = days_of(every.days, scope) if every and every.duration is None else None
    if window is None and (days is not None or by is not None):
        window = Window(days or days_of((), scope), 0, 1440)
    elif window is not None and days is not None:
        both = tuple(day for day in window.days if day in days)
        if not both and every and between:
            message = "no day is named both here and by `every`"
            scope.faults.error(Code.IMPOSSIBLE, between.span, message, labels=[(every.span, "these days")])
            return None
        window = replace(window, days=both)
    if window is not None and by is not None:
        until = (by.time.minutes - window.opens) % 1440 or 1440
        window = replace(window, minutes=min(window.minutes, until))
    clause = next((node.span for node in (by, between, every) if node), None)
    most = min(
        [room for room in (each, window.minutes if window else None) if room is not None], default=None
    )
    if lasts is not None and most is not None and lasts > most and clause is not None:
        message = f"this leaves {_say(most)} for a run, and it takes {_say(lasts)}"
        scope.faults.error(Code.IMPOSSIBLE, clause, message, hint="give it more time, or make it shorter")
        return None
    return Rounds(window, each, once=every is None, span=clause)


def _say(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(text for text, n in ((f"{hours}h", hours), (f"{rest}min", rest)) if n)
