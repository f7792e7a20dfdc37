"""Runs that the plan that runs now has begun: they go on, or are over, and their rounds are not planned again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from placelang.lower import Lowered
from placelang.lower.needs import amounts_of
from placelang.lower.values import values_of
from placelang.program import Job
from placelang.timing.dues import Due, Posed, Span
from placelang.timing.load import rate_of, zone_of
from placelang_runtime.part import JobRun
from placelang_runtime.plan import Plan


@dataclass(frozen=True, slots=True)
class Begun:
    """A run of a job, at a site, on a host: -1 where that is gone and the run is over. It lasts until the minute `end`,
    which may be long ago."""

    job: int
    site: int
    host: int
    end: int
    run: JobRun


def find_begun(plan: Plan | None, lowered: Lowered, posed: Sequence[Posed], span: Span) -> tuple[Begun, ...]:
    """What has begun of rounds that are not over; of a job that runs once a version, whatever there was of this
    version. What went on where a host is gone is none: it is planned again."""
    return tuple(_begun(plan, lowered, posed, span)) if plan is not None else ()


def _begun(plan: Plan, lowered: Lowered, posed: Sequence[Posed], span: Span) -> Iterator[Begun]:
    numbers = {one.job.name: number for number, one in enumerate(posed)}
    hosts, sites = lowered.world.hosts, lowered.world.sites
    for part in plan.parts:
        for carried in part.jobs if part.site in sites.rows else ():
            number = numbers.get(carried.name, -1)
            for run in carried.runs if number >= 0 else ():
                start, end, closes = (span.read(text) for text in (run.start, run.end, run.closes))
                if start is None or end is None or closes is None or start >= 0:
                    continue
                host = hosts.rows.get(run.host, -1)
                job = posed[number].job
                current = _same_version(lowered, job, run, host) and carried.command == job.body.command
                counts = current if job.rounds.once else closes > 0
                if counts and (host >= 0 or end <= 0):
                    yield Begun(number, sites.rows[part.site], host, end, run)


def _same_version(lowered: Lowered, job: Job, run: JobRun, host: int) -> bool:
    values = values_of(job.body, lowered.world, lowered.program.images)
    return host < 0 or (values.image_on(host, None), values.env_on(host, None)) == (run.image, run.env)


def still_due(dues: Sequence[Due], begun: Sequence[Begun], posed: Sequence[Posed]) -> tuple[Due, ...]:
    """The dues without those that have begun."""
    done = Counter((one.job, _site(posed, one), one.run.round) for one in begun)
    found = []
    for due in dues:
        key = (due.job, due.site, due.round or "")
        if done[key]:
            done[key] -= 1
        else:
            found.append(due)
    return tuple(found)


def _site(posed: Sequence[Posed], one: Begun) -> int:
    return one.site if posed[one.job].job.body.replicas.per is not None else -1


@dataclass(frozen=True, slots=True)
class Ongoing:
    """What runs that go on take: each thing until a minute. `spent` is what the runs that have begun moved or move, by
    site and day."""

    amounts: Mapping[tuple[int, str], list[tuple[int, int]]]
    things: Mapping[tuple[str, str], int]
    hosts: Mapping[int, list[int]]
    uplinks: Mapping[int, list[tuple[int, int]]]
    spent: Mapping[tuple[int, date], int]


def ongoing(lowered: Lowered, begun: Sequence[Begun], posed: Sequence[Posed], span: Span) -> Ongoing:
    """What has begun, as it weighs on what is still to be planned."""
    amounts: dict[tuple[int, str], list[tuple[int, int]]] = {}
    things: dict[tuple[str, str], int] = {}
    hosts: dict[int, list[int]] = {}
    uplinks: dict[int, list[tuple[int, int]]] = {}
    spent: Counter[tuple[int, date]] = Counter()
    for one in begun:
        job = posed[one.job].job
        for day in _days(lowered, one, span):
            spent[one.site, day] += sum(int(transfer.amount) for transfer in job.transfers)
        if one.end <= 0:
            continue
        for resource, amount in amounts_of(job.body.needs).items():
            amounts.setdefault((one.host, resource), []).append((one.end, amount))
        for noun, name in (
            *(("gpu", g) for g in one.run.gpus),
            *(("device", d.name) for d in one.run.devices),
        ):
            things[noun, name] = max(one.end, things.get((noun, name), 0))
        hosts.setdefault(one.host, []).append(one.end)
        uplinks.setdefault(one.site, []).append((one.end, rate_of(job)))
    return Ongoing(amounts, things, hosts, uplinks, spent)


def _days(lowered: Lowered, one: Begun, span: Span) -> list[date]:
    """The days of the site that a run touches; none where nobody can read its clock."""
    zone = zone_of(lowered, one.site)
    start = span.read(one.run.start)
    if zone is None or start is None:
        return []
    first, last = (span.moment(at).astimezone(zone).date() for at in (start, one.end - 1))
    return [first + timedelta(days=n) for n in range(min(31, (last - first).days) + 1)]
