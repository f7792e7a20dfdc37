"""Whether an expectation holds of a plan; where it does not: what was expected, what is, and the plan's reasons."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import numpy as np

from placelang.cite import cite
from placelang.columns import Mask
from placelang.evaluate import truth
from placelang.expectations import (
    Expect,
    ExpectLeftOut,
    ExpectMoves,
    ExpectPlaced,
    ExpectUndecided,
    Named,
)
from placelang.expressions import Expr
from placelang.forms import forms_of
from placelang.lower.steps import missing_facts
from placelang.planning import Worked
from placelang.testing.reasons import (
    left_out,
    reasons_left_out,
    some,
    suiting,
    units_at,
    verdicts,
    why_not_wanted,
    with_clause,
)
from placelang.testing.result import Failure
from placelang.testing.runs import is_job, late_of, reasons_late, runs_of, shown
from placelang_runtime.plan import Change

MOST_LINES = 12
"""Lines that are shown of the reasons for one failure."""

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def judge(expect: Expect, worked: Worked) -> Failure | None:
    """None where the expectation holds."""
    match expect:
        case ExpectPlaced():
            expected, check = _expected_placed(expect, worked), partial(_placed, expect, worked)
        case ExpectLeftOut():
            expected, check = _expected_left_out(expect), partial(_left_out, expect, worked)
        case ExpectUndecided():
            expected, check = _expected_undecided(expect, worked), partial(_undecided, expect, worked)
        case ExpectMoves():
            return _moves(expect, worked)
        case _:
            assert_never(expect)
    misses = {service: miss for service in expect.services if (miss := check(service)) is not None}
    if not misses:
        return None
    several = len(expect.services) > 1
    actual = "; ".join(f"{name}: {miss.actual}" if several else miss.actual for name, miss in misses.items())
    return _failure(expect, expected, actual, (line for miss in misses.values() for line in miss.because))


@dataclass(frozen=True, slots=True)
class _Miss:
    """What an expectation found instead, of one service; the reasons are worked out as far as they are shown."""

    actual: str
    because: Iterator[str]


def _failure(expect: Expect, expected: str, actual: str, because: Iterator[str]) -> Failure:
    lines: dict[str, None] = {}
    for line in because:
        if len(lines) == MOST_LINES and line not in lines:
            return Failure(expect.span, expected, actual, (*lines, "…"))
        lines[line] = None
    return Failure(expect.span, expected, actual, tuple(lines))


# --- placed --------------------------------------------------------------------------------------------------------


def _expected_placed(expect: ExpectPlaced, worked: Worked) -> str:
    every = "every replica" if expect.hosts is not None else "a replica"
    if any(is_job(worked, name) for name in expect.services):
        every = "every run" if expect.hosts is not None else "a run"
    many = every if expect.count is None else _counted(expect.count, _noun(worked, expect.services[0]))
    on = f" on hosts where {_said(expect.hosts, worked)}" if expect.hosts is not None else ""
    return f"{many} of {_who(expect)}{_in(expect.site)}{on}"


def _placed(expect: ExpectPlaced, worked: Worked, service: str) -> _Miss | None:
    hosts = _standing(service, expect.site, worked)
    holds = _holds(expect.hosts, worked)
    rows = worked.lowered.world.hosts.rows
    there = [host for host in hosts if holds[rows[host]]]
    elsewhere = [host for host in hosts if not holds[rows[host]]]
    due = bool(there) and not elsewhere if expect.count is None else len(there) == expect.count
    if due:
        return None
    actual = f"{len(there)}, {_on(there)}" if there else "none"
    if elsewhere:
        actual = f"{actual}; {len(elsewhere)} elsewhere, {_on(elsewhere)}"
    because = _why_elsewhere if elsewhere else _why_placed
    return _Miss(actual, because(expect, service, hosts, worked))


def _standing(service: str, site: Named | None, worked: Worked) -> list[str]:
    """The host of each replica, or run, at the site, of all sites for None."""
    if is_job(worked, service):
        return [run.host for run in runs_of(worked, service, site.text if site else None)]
    parts = [part for part in worked.plan.parts if site is None or part.site == site.text]
    services = [of for part in parts for group in part.groups for of in group.services]
    return [replica.host for of in services if of.name == service for replica in of.replicas]


def _why_placed(expect: ExpectPlaced, service: str, hosts: Sequence[str], worked: Worked) -> Iterator[str]:
    """Why there are not more, or not fewer."""
    site = expect.site.text if expect.site else None
    if is_job(worked, service):
        yield from reasons_late(worked, service, site)
        yield from shown(worked, service, site)
        return
    if not units_at(worked, service, site):
        yield from why_not_wanted(worked, service, site)
        return
    yield from reasons_left_out(worked, service, site)
    if hosts:
        clause = cite(worked.lowered.sources, worked.lowered.service(service).replicas.span)
        yield with_clause("this is how many are wanted", clause)
        yield from verdicts(worked, service, site, worked.lowered.world.hosts.names)


def _why_elsewhere(expect: ExpectPlaced, service: str, hosts: Sequence[str], worked: Worked) -> Iterator[str]:
    """What those came to where replicas stand, and those where they should."""
    if is_job(worked, service):
        yield from shown(worked, service, expect.site.text if expect.site else None)
        return
    holds = _holds(expect.hosts, worked)
    meant = {name for name, row in worked.lowered.world.hosts.rows.items() if holds[row]}
    site = expect.site.text if expect.site else None
    yield from verdicts(worked, service, site, [*sorted(set(hosts) - meant), *sorted(meant)])


# --- left out ------------------------------------------------------------------------------------------------------


def _expected_left_out(expect: ExpectLeftOut) -> str:
    return f"{_who(expect)} left out{_in(expect.site)}{_because(expect.because)}"


def _left_out(expect: ExpectLeftOut, worked: Worked, service: str) -> _Miss | None:
    site = expect.site.text if expect.site else None
    if is_job(worked, service):
        return _late(expect, worked, service)
    units = units_at(worked, service, site)
    others = [name for name in expect.services if name != service]
    if not units and any(units_at(worked, name, site) for name in others):
        return None  # of an app, only what would be there is meant
    if not units:
        return _Miss("not wanted there", why_not_wanted(worked, service, site))
    if not left_out(worked, units):
        hosts = _standing(service, expect.site, worked)
        actual = f"{_counted(len(hosts), 'replica')}{f', {_on(hosts)}' if hosts else ' there'}"
        return _Miss(actual, iter([suiting(worked, service, units)]))
    reasons = reasons_left_out(worked, service, site)
    return None if _says(reasons, expect.because) else _Miss("left out for other reasons", iter(reasons))


def _late(expect: ExpectLeftOut, worked: Worked, job: str) -> _Miss | None:
    """A round of the job has no run."""
    site = expect.site.text if expect.site else None
    if not late_of(worked, job, site):
        hosts = _standing(job, expect.site, worked)
        actual = f"every round has its run, {_on(hosts)}" if hosts else "no round comes there"
        return _Miss(actual, shown(worked, job, site))
    reasons = reasons_late(worked, job, site)
    return None if _says(reasons, expect.because) else _Miss("left out for other reasons", iter(reasons))


def _says(reasons: Sequence[str], because: str | None) -> bool:
    return because is None or any(because.casefold() in reason.casefold() for reason in reasons)


# --- undecided -----------------------------------------------------------------------------------------------------


def _expected_undecided(expect: ExpectUndecided, worked: Worked) -> str:
    every = f"every host where {_said(expect.hosts, worked)}" if expect.hosts is not None else "a host"
    return f"{_who(expect)} undecided on {every}{_in(expect.site)}{_because(expect.because)}"


def _undecided(expect: ExpectUndecided, worked: Worked, service: str) -> _Miss | None:
    world = worked.lowered.world
    meant = _holds(expect.hosts, worked)
    if expect.site is not None:
        meant = meant & (world.hosts.parents == world.sites.rows.get(expect.site.text, -1))
    undecided = meant & _open(worked, service)
    rows = np.flatnonzero(undecided).tolist()
    if rows and (expect.hosts is None or not (meant & ~undecided).any()):
        if expect.because is None:
            return None
        facts = [line for row in rows for line in _missing(worked, service, row)]
        return None if _says(facts, expect.because) else _Miss("undecided for other reasons", iter(facts))
    names = [world.hosts.names[row] for row in np.flatnonzero(meant).tolist()]
    actual = f"undecided {_on([world.hosts.names[row] for row in rows])}" if rows else "undecided on no host"
    site = expect.site.text if expect.site else None
    wanted = units_at(worked, service, site)
    because = verdicts(worked, service, site, names) if wanted else why_not_wanted(worked, service, site)
    return _Miss(actual, because)


def _forms(worked: Worked, service: str) -> list[str]:
    return [form.form for form in forms_of(worked.lowered.service(service))]


def _open(worked: Worked, service: str) -> Mask:
    """The hosts that may suit some form of the service and are known to suit none."""
    steps = [worked.lowered.steps[form] for form in _forms(worked, service)]
    found: Mask = np.logical_or.reduce([one.undecided for one in steps])
    suits: Mask = np.logical_or.reduce([one.candidates for one in steps])
    return found & ~suits


def _missing(worked: Worked, service: str, host: int) -> Iterator[str]:
    """What would have to be known of the host, each with the clause that asks for it."""
    name = worked.lowered.world.hosts.names[host]
    for step in (s for form in _forms(worked, service) for s in worked.lowered.unknown(form, host)):
        clause = cite(worked.lowered.sources, step.span) if step.span else None
        for fact in missing_facts(step, worked.lowered.world, host):
            yield with_clause(f"{name}: {fact}", clause)


# --- moves ---------------------------------------------------------------------------------------------------------


def _moves(expect: ExpectMoves, worked: Worked) -> Failure | None:
    changes = worked.plan.header.changes
    moved = [c for c in changes.list if c.source and c.target] if changes else []
    if _COMPARE[expect.operator](len(moved), expect.limit):
        return None
    expected = f"moves {expect.operator} {expect.limit}"
    return _failure(expect, expected, str(len(moved)), map(_move, moved))


def _move(change: Change) -> str:
    return f"{change.replica}: {change.source} → {change.target}"


# --- words ---------------------------------------------------------------------------------------------------------


def _holds(hosts: Expr | None, worked: Worked) -> Mask:
    """The hosts for which a predicate is true; all for None."""
    world = worked.lowered.world
    if hosts is None:
        return np.ones(len(world.hosts), dtype=np.bool_)
    return truth(hosts, world, "host").true


def _noun(worked: Worked, name: str) -> str:
    return "run" if is_job(worked, name) else "replica"


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'s' * (count > 1)}"


def _on(hosts: Sequence[str]) -> str:
    return f"on {some(sorted(hosts))}"


def _who(expect: ExpectPlaced | ExpectLeftOut | ExpectUndecided) -> str:
    return expect.subject if expect.subject in expect.services else f"each service of {expect.subject}"


def _in(site: Named | None) -> str:
    return f" in site {site.text}" if site else ""


def _said(hosts: Expr, worked: Worked) -> str:
    return cite(worked.lowered.sources, hosts.span).text


def _because(because: str | None) -> str:
    return f", for a reason that says `{because}`" if because is not None else ""
