"""Which runs are due: every round of every job, at each of its sites or so many times in all, and when it may run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from placelang.arrange.windows import rule_of
from placelang.codes import Code
from placelang.diagnostics import Diagnostic
from placelang.errors import InputError
from placelang.lower import Lowered
from placelang.lower.keys import SITE, KeyColumn, key_column
from placelang.lower.steps import Steps, service_steps
from placelang.lower.units import values_wanted
from placelang.policies import Window
from placelang.program import Active, Job, Key
from placelang_runtime.recurrence import Recurring, read_zone
from placelang_runtime.rounds import Round, rounds

_DAY = 1440
_WEEK = 7
_MOST = 1500
"""Rounds of one job at one site that are planned."""
_ALL = 200_000
"""Rounds that are planned in all, unless it takes more for one of each job at each of its sites."""
_MINUTE = timedelta(minutes=1)
FORM = "%Y-%m-%dT%H:%MZ"
"""How plans write a moment."""


MOST_WAYS = 1_000_000
"""Hosts and stretches of time in which runs could go, over all runs."""


def too_many(lowered: Lowered, job: Job, ways: int) -> InputError:
    """Runs could go in more ways than anybody can look at, mostly those of `job`."""
    message = f"jobs could run in {ways} ways, and {MOST_WAYS} can be looked at"
    hint = "narrow down its hosts or sites, or let it come round less often"
    return InputError([Diagnostic(Code.OUT_OF_RANGE, message, job.span, hint=hint)], lowered.sources)


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A job with the clauses that decide about hosts, and the columns of the keys that it names."""

    job: Job
    steps: Steps
    columns: Mapping[Key | None, KeyColumn]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """One run. `site` is -1 where the job is counted in all, of which this is the run number `copy`; `spans` are, by
    site, the times between which it belongs, in minutes."""

    job: int
    site: int
    copy: int
    round: str | None
    opens: datetime | None
    closes: datetime | None
    spans: Mapping[int, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class Span:
    """Rounds that open from `since` until just before `until` are planned."""

    since: datetime
    until: datetime

    def minute(self, moment: datetime) -> int:
        """Minutes since the beginning, rounded down."""
        return (moment - self.since) // _MINUTE

    def read(self, text: str) -> int | None:
        """The minute of a moment as plans write it, None if that is none."""
        try:
            return self.minute(datetime.strptime(text, FORM).replace(tzinfo=UTC))
        except ValueError:
            return None

    def moment(self, minute: int) -> datetime:
        return self.since + minute * _MINUTE


def pose(lowered: Lowered) -> tuple[Posed, ...]:
    """All jobs, by app and as written."""
    return tuple(_pose(lowered, job) for app in lowered.program.apps for job in app.jobs)


def _pose(lowered: Lowered, job: Job) -> Posed:
    world, window = lowered.world, job.rounds.window
    clock = Active(window, job.rounds.span or job.span) if window is not None else None
    body = replace(job.body, active=clock)
    columns = {
        key: key_column(key, world)
        for key in dict.fromkeys((None, SITE, body.replicas.per, *(c.key for c in body.constraints)))
    }
    steps = service_steps(body, lowered.program.policies, world, columns)
    if body.replicas.per is None:
        sites = np.unique(world.hosts.parents[steps.wanted]).tolist()
    else:
        sites = values_wanted(body, world, steps, columns[SITE])
    return Posed(job, steps, columns, tuple(sites))


def find_span(lowered: Lowered, posed: tuple[Posed, ...]) -> Span | None:
    """From the plan's time on, a day, or as long as it takes until all has come round; None where no time is known."""
    if lowered.world.at is None:
        return None
    since = datetime.fromtimestamp(0, UTC) - (-lowered.world.at // 60_000) * _MINUTE
    days = 1
    for one in posed:
        window, each = one.job.rounds.window, one.job.rounds.each
        if window is not None and len(window.days) < _WEEK:
            days = max(days, _WEEK)
        days = max(days, -(-(each or 0) // _DAY))
    return Span(since, since + timedelta(days=days))


def find_dues(lowered: Lowered, posed: tuple[Posed, ...], span: Span) -> tuple[Due, ...]:
    """Every run that is due, by job, site, round and copy."""
    most = rounds_at(sum(len(one.sites) for one in posed))
    return tuple(due for number, one in enumerate(posed) for due in _dues(lowered, number, one, span, most))


def rounds_at(places: int) -> int:
    """How many rounds are planned of a job at a site, where all jobs together are at so many `places`."""
    return max(1, min(_MOST, _ALL // max(1, places)))


def _dues(lowered: Lowered, number: int, posed: Posed, span: Span, most: int) -> Iterator[Due]:
    """Without a round where nobody can read the clock, or nothing opens; at most so many at a site."""
    by_site = {site: _rounds(lowered, posed.job, site, span)[:most] for site in posed.sites}
    if posed.job.body.replicas.per is not None:
        for site, found in by_site.items():
            yield from (_due(number, site, 1, {site: one}, span) for one in found)
            if not found:
                yield Due(number, site, 1, None, None, None, {})
        return
    named: dict[str, dict[int, list[Round]]] = {}
    for site, found in by_site.items():
        for one in found:
            named.setdefault(one[0].name, {})[site] = one
    copies = posed.job.body.replicas.low
    ways = copies * sum(map(len, named.values()))
    if ways > MOST_WAYS:
        raise too_many(lowered, posed.job, ways)
    for copy in range(1, copies + 1):
        yield from (_due(number, -1, copy, one, span) for _, one in sorted(named.items()))
        if not named:
            yield Due(number, -1, copy, None, None, None, {})


def _due(number: int, site: int, copy: int, by_site: Mapping[int, list[Round]], span: Span) -> Due:
    spans = {
        at: tuple((max(0, span.minute(one.opens)), span.minute(one.closes)) for one in found)
        for at, found in by_site.items()
    }
    every = [one for found in by_site.values() for one in found]
    return Due(
        number,
        site,
        copy,
        every[0].name,
        min(one.opens for one in every),
        max(one.closes for one in every),
        spans,
    )


def _rounds(lowered: Lowered, job: Job, site: int, span: Span) -> list[list[Round]]:
    """The rounds of a job at a site; one that may be in any of several openings is a list of them."""
    window, each = job.rounds.window, job.rounds.each
    if window is None and each is None:
        return [[Round("once", span.since, span.until)]]
    zone = str(lowered.world.sites.facts["timezone"].value(site) or "")
    found = _read(window, each, zone, span)
    if job.rounds.once:
        return [[Round("once", one.opens, one.closes) for one in found]] if found else []
    return [[one] for one in found]


@lru_cache(maxsize=1024)
def _read(window: Window | None, each: int | None, zone: str, span: Span) -> tuple[Round, ...]:
    if window is None:
        return tuple(rounds(None, each, span.since, span.until))
    known = read_zone(zone)
    if known is None:
        return ()
    hours = Recurring(rule_of(window), known, window.minutes)
    return tuple(rounds(hours, each, span.since, span.until))
