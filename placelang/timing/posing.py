"""The timetable that is asked of the scheduler: each run that is due with all ways in which it could go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from placelang.columns import Mask
from placelang.evaluate import truth
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.needs import amounts_of
from placelang.lower.steps import filter_truth, noun_of, things_truth
from placelang.program import Different, Job, Same, ThingNeed
from placelang.timing.dues import MOST_WAYS, Due, Posed, too_many
from placelang.timing.free import Free
from placelang.timing.load import moved_by, rate_of, zone_of
from placelang_runtime.recurrence import moment_of
from placelang_scheduler.timetable import Mode, Pick, Run, Timetable


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """`table.runs` and `dues` are one to one; `hosts` are those on which each job may run, by job; `ways` are those in
    which all runs could go, by site."""

    posed: tuple[Posed, ...]
    dues: tuple[Due, ...]
    table: Timetable
    hosts: tuple[tuple[int, ...], ...]
    ways: Mapping[int, int] = field(default_factory=dict)


def ask(
    lowered: Lowered,
    posed: tuple[Posed, ...],
    dues: tuple[Due, ...],
    free: Free,
    standing: Mapping[str, Sequence[int]],
) -> Asked:
    """The timetable of all that is due; `standing` are the hosts of each service's replicas."""
    hosts = tuple(_hosts(lowered, one, standing) for one in posed)
    ways = [_Ways(lowered, one.job, found, free) for one, found in zip(posed, hosts, strict=True)]
    counted = _count(lowered, posed, dues, ways)
    waits = _waits(posed, dues)
    runs = []
    for number, due in enumerate(dues):
        one = posed[due.job]
        lacks = any(not standing.get(name) for name, _ in one.job.after if name in standing)
        modes = () if lacks else tuple(ways[due.job].modes(due))
        runs.append(Run(str(number), one.job.minutes, modes, one.job.body.priority, waits[number]))
    length = max((mode.last + run.duration for run in runs for mode in run.modes), default=0)
    table = Timetable(length, tuple(free.pools), tuple(runs), tuple(free.budgets))
    return Asked(posed, dues, table, hosts, counted)


def _hosts(lowered: Lowered, one: Posed, standing: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    """Candidates that stand to services as the job says."""
    allowed = one.steps.candidates.copy()
    for clause in one.job.body.constraints:
        if clause.weight is not None or not isinstance(clause, Same | Different):
            continue
        values = one.columns[clause.key].values
        near = np.isin(values, values[list(standing.get(clause.service, ()))]) & (values >= 0)
        holds = near if isinstance(clause, Same) else ~near
        if clause.within is not None:
            holds |= truth(clause.within.predicate, lowered.world, clause.within.noun).false[
                lowered.world.ancestors("host", clause.within.noun)
            ]
        allowed &= holds
    found: list[int] = np.flatnonzero(allowed).tolist()
    return tuple(found)


def _costs(lowered: Lowered, job: Job) -> list[int]:
    """What each host falls short of preferences."""
    total = np.zeros(len(lowered.world.hosts), dtype=np.int64)
    for clause in job.body.filters:
        if clause.weight is not None:
            held: Mask = filter_truth(clause, lowered.world).true
            total += clause.weight * ~held
    costs: list[int] = total.tolist()
    return costs


def _count(
    lowered: Lowered, posed: Sequence[Posed], dues: Sequence[Due], ways: Sequence[_Ways]
) -> dict[int, int]:
    """The ways in which runs can go, by site. Raises `InputError` where they are more than anybody can look at."""
    found = [0] * len(posed)
    by_site: dict[int, int] = {}
    for due in dues:
        at = ways[due.job].at
        for site, spans in due.spans.items():
            here = len(at.get(site, ())) * len(spans)
            found[due.job] += here
            by_site[site] = by_site.get(site, 0) + here
    if sum(found) > MOST_WAYS:
        raise too_many(lowered, posed[found.index(max(found))].job, sum(found))
    return by_site


class _Ways:
    """How a run of a job can go on each of its hosts, whenever it may: worked out once for all of its runs."""

    def __init__(self, lowered: Lowered, job: Job, hosts: Sequence[int], free: Free) -> None:
        self.job, self.free = job, free
        self.amounts = amounts_of(job.body.needs)
        self.moved = moved_by(job)
        costs = _costs(lowered, job)
        self.at: dict[int, list[Mode]] = {}
        self.zones: dict[int, ZoneInfo | None] = {}
        for host in hosts:
            site = int(lowered.world.hosts.parents[host])
            if site not in self.zones:
                self.zones[site] = zone_of(lowered, site) if self.moved and free.limited(site) else None
            picks = _picks(lowered, job, host, free)
            if picks is not None and (not self.moved or _movable(lowered, site, free)):
                mode = Mode(host, 0, 0, self._takes(host, site), {}, picks, costs[host])
                self.at.setdefault(site, []).append(mode)

    def _takes(self, host: int, site: int) -> dict[int, int]:
        takes = {self.free.amount(host, resource): amount for resource, amount in self.amounts.items()}
        takes |= dict.fromkeys(self.free.copies(host), 1)
        uplink = self.free.uplink(site) if self.moved else None
        if uplink is not None:
            takes[uplink] = rate_of(self.job)
        return takes

    def modes(self, due: Due) -> Iterator[Mode]:
        """All ways of one run."""
        for site, spans in due.spans.items():
            starts = [(low, high - self.job.minutes) for low, high in spans if high - self.job.minutes >= low]
            zone = self.zones.get(site)
            for mode in self.at.get(site, ()) if starts else ():
                for low, high in starts:
                    one = Mode(mode.place, low, high, mode.takes, {}, mode.picks, mode.cost)
                    if zone is None:
                        yield one
                    else:
                        yield from _by_day(one, (site, zone), self.job.minutes, self.moved, self.free)


def _movable(lowered: Lowered, site: int, free: Free) -> bool:
    """Whether enough is known of an uplink to move anything over it."""
    known = free.uplink(site) is not None
    return known and (not free.limited(site) or zone_of(lowered, site) is not None)


def _by_day(mode: Mode, at: tuple[int, ZoneInfo], minutes: int, moved: int, free: Free) -> Iterator[Mode]:
    """The mode, by the days of the site that a run touches: it is booked on each of them in full, so that the limit
    holds whenever the bytes move."""
    site, zone = at
    first, last = (free.span.moment(m).astimezone(zone).date() for m in (mode.first, mode.last + minutes))
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    midnights = [free.span.minute(moment_of(datetime.combine(day, time()), zone)) for day in days]
    cuts = {mode.first, *(cut for midnight in midnights for cut in (midnight, midnight - minutes + 1))}
    edges = sorted(cut for cut in cuts if mode.first <= cut <= mode.last)
    for low, high in zip(edges, [*(edge - 1 for edge in edges[1:]), mode.last], strict=True):
        touched = [
            day
            for day, (begins, ends) in zip(days, pairwise(midnights), strict=False)
            if begins < low + minutes and low < ends
        ]
        yield replace(mode, first=low, last=high, books={free.day(site, day): moved for day in touched})


def _picks(lowered: Lowered, job: Job, host: int, free: Free) -> tuple[Pick, ...] | None:
    """The GPUs and devices of a host that a run may hold; None where there are too few."""
    found = []
    for need in thing_needs(job.body):
        names = _things(lowered, need, host)
        count = getattr(need, "count", 1)
        if len(names) < count:
            return None
        found.append(Pick(count, tuple(free.thing(noun_of(need), name) for name in names)))
    return tuple(found)


def _things(lowered: Lowered, need: ThingNeed, host: int) -> list[str]:
    table = lowered.world.table(noun_of(need))
    rows = np.flatnonzero(things_truth(need, lowered.world).true & (table.parents == host)).tolist()
    return [table.names[row] for row in rows]


def _waits(posed: Sequence[Posed], dues: Sequence[Due]) -> list[tuple[int, ...]]:
    """The runs that each run waits for: of each job that it is after, at the same site, those of the last round that
    opens before its own closes. What is counted in all is at every site."""
    numbers = {one.job.name: number for number, one in enumerate(posed)}
    by_job: dict[tuple[int, int], list[int]] = {}
    for number, due in enumerate(dues):
        for site in {due.site, -1}:
            by_job.setdefault((due.job, site), []).append(number)
    found = []
    for due in dues:
        waits: list[int] = []
        for name, _ in posed[due.job].job.after:
            if name in numbers:
                other = numbers[name]
                site = due.site if posed[other].job.body.replicas.per is not None else -1
                waits += _last(dues, by_job.get((other, site), ()), due)
        found.append(tuple(waits))
    return found


def _last(dues: Sequence[Due], others: Sequence[int], due: Due) -> Iterator[int]:
    """Of other runs, those of the last round that opens before that of `due` closes; those without one where there is
    none."""
    opened = [dues[other].opens for other in others]
    times = [at for at in opened if at is not None and due.closes is not None and at < due.closes]
    last = max(times, default=None)
    yield from (other for other, at in zip(others, opened, strict=True) if at == last)
