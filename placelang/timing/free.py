"""What services leave for jobs, over time: pools of amounts, devices and uplinks, and what a day's uplink may carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from placelang.arrange.naming import Placed
from placelang.arrange.parts import drawn
from placelang.arrange.things import Holding
from placelang.arrange.windows import find_transfers, rule_of
from placelang.columns import Numbers
from placelang.lower import Lowered
from placelang.lower.devices import thing_needs
from placelang.lower.hosts import known_supplies
from placelang.lower.limits import kept_free
from placelang.lower.scopes import bound_hosts
from placelang.lower.stock import DISK
from placelang.policies import Window
from placelang.program import Active, DeviceNeed
from placelang.timing.begun import Ongoing
from placelang.timing.dues import Span
from placelang.timing.load import zone_of
from placelang_runtime.part import SitePart
from placelang_runtime.recurrence import Recurring, openings
from placelang_scheduler.problem import LIMIT
from placelang_scheduler.timetable import Budget, Pool

Spans = tuple[tuple[int, int], ...] | None
"""Half-open, in minutes; None is always."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands all the time: the replicas, what they hold, and the parts of the plan that say so."""

    placed: Sequence[Placed]
    holdings: Mapping[str, tuple[Holding, ...]]
    parts: Sequence[SitePart]


class Free:
    """Pools and budgets, made as they are asked for; `length` is the number of minutes that are looked at."""

    def __init__(self, lowered: Lowered, used: Used, span: Span, length: int) -> None:
        self.lowered, self.span, self.length = lowered, span, length
        self.pools: list[Pool] = []
        self.budgets: list[Budget] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._used = used
        self._supplies = known_supplies(lowered.program, lowered.world)
        self._kept = _kept(lowered, self._supplies)
        self._limits = {
            site: min(limit.bytes_per_day for limit in limits)
            for site, limits in find_transfers(lowered).items()
        }
        self._most = [
            (clause.count, bound_hosts(clause.within, lowered.world))
            for policy in lowered.program.policies
            for clause in policy.limits
        ]

    def amount(self, host: int, resource: str) -> int:
        """The pool of a resource of a host, without what policies keep free, and what images and models take."""
        have = self._supplies[resource]
        room = int(have.low[host]) if have.known[host] else 0
        taken = self._used.taken.get((host, resource), ())
        return self._make(("amount", host, resource), room - self._kept.get((host, resource), 0), taken)

    def copies(self, host: int) -> Iterator[int]:
        """The pools of how many replicas and runs policies leave room for on a host."""
        standing = self._used.standing.get(host, ())
        for number, (count, bound) in enumerate(self._most):
            if bound[host]:
                yield self._make(("copies", host, number), count, standing)

    def thing(self, noun: str, name: str) -> int:
        """The pool of one GPU or device."""
        held = self._used.held.get((noun, name), ())
        return self._make(("thing", noun, name), 1, [(hours, 1) for hours in held])

    def uplink(self, site: int) -> int | None:
        """The pool of a site's uplink; None where nobody knows how much it carries."""
        found = self.lowered.world.sites.facts["uplink.bandwidth"]
        if not isinstance(found, Numbers) or not found.known[site]:
            return None
        booked = self._used.booked.get(self.lowered.world.sites.names[site], 0)
        going = [(((0, end),), rate) for end, rate in self._used.going.uplinks.get(site, ())]
        return self._make(("uplink", site), max(0, int(found.low[site]) - booked), going)

    def limited(self, site: int) -> bool:
        """Whether a policy limits what the uplink carries in a day."""
        return site in self._limits

    def day(self, site: int, day: date) -> int:
        """The budget of an uplink on one day by the clock of the site."""
        key = ("day", site, day)
        if key not in self._known:
            self._known[key] = len(self.budgets)
            name = f"{self.lowered.world.sites.names[site]} {day}"
            left = max(0, self._limits[site] - self._used.going.spent.get((site, day), 0))
            self.budgets.append(Budget(name, min(LIMIT, left)))
        return self._known[key]

    def _make(self, key: tuple[object, ...], room: int, taken: Iterable[tuple[Spans, int]]) -> int:
        if key not in self._known:
            self._known[key] = len(self.pools)
            name = "/".join(map(str, key))
            self.pools.append(Pool(name, _steps(min(LIMIT, room), taken, self.length)))
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Used:
    """What replicas take of amounts and hold of things, and how many stand on each host, each with its hours; and what
    links book of the uplinks of sites, by name."""

    taken: Mapping[tuple[int, str], list[tuple[Spans, int]]]
    held: Mapping[tuple[str, str], list[Spans]]
    standing: Mapping[int, list[tuple[Spans, int]]]
    booked: Mapping[str, int]
    going: Ongoing


def use(lowered: Lowered, there: Standing, going: Ongoing, span: Span, length: int) -> Used:
    """What the replicas of a plan use, and the runs that go on. Whoever stands counts as standing at all hours, and
    what devices draw on is taken at all hours; so is what images and models take of disks."""
    taken: dict[tuple[int, str], list[tuple[Spans, int]]] = defaultdict(list)
    held: dict[tuple[str, str], list[Spans]] = defaultdict(list)
    standing: dict[int, list[tuple[Spans, int]]] = defaultdict(list)
    placed, holdings = there.placed, there.holdings
    for p in placed:
        service, workload = lowered.units[p.unit].service, lowered.problem.workloads[p.unit]
        hours = _hours(lowered, service.active, int(lowered.world.hosts.parents[p.host]), span, length)
        drawing = {device.draws for device in lowered.problem.hosts[p.host].devices}
        standing[p.host].append((None, 1))
        for resource, amount in (*workload.demand.items(), *drawn(lowered, p, holdings.get(p.name, ()))):
            taken[p.host, resource].append((None if resource in drawing else hours, amount))
        needs = thing_needs(service)
        for holding in holdings.get(p.name, ()):
            noun = "device" if isinstance(needs[holding.need], DeviceNeed) else "gpu"
            held[noun, holding.member.name].append(hours)
    rows = lowered.world.hosts.rows
    for fill in (fill for part in there.parts for fill in part.hosts if fill.stock):
        taken[rows[fill.name], DISK].append((None, fill.stock))
    booked = {part.site: part.uplink.booked for part in there.parts if part.uplink is not None}
    for key, amounts in going.amounts.items():
        taken[key] += [(((0, end),), amount) for end, amount in amounts]
    for thing, end in going.things.items():
        held[thing].append(((0, end),))
    for host, ends in going.hosts.items():
        standing[host] += [(((0, end),), 1) for end in ends]
    return Used(taken, held, standing, booked, going)


def _hours(lowered: Lowered, active: Active | None, site: int, span: Span, length: int) -> Spans:
    zone = zone_of(lowered, site)
    return _spans(active.window, zone, span, length) if active is not None and zone is not None else None


@lru_cache(maxsize=1024)
def _spans(window: Window, zone: ZoneInfo, span: Span, length: int) -> Spans:
    hours = Recurring(rule_of(window), zone, window.minutes)
    return tuple(
        (max(0, span.minute(found.opens)), span.minute(found.closes))
        for found in openings(hours, span.since, span.moment(length))
    )


def _steps(room: int, taken: Iterable[tuple[Spans, int]], length: int) -> tuple[tuple[int, int], ...]:
    """How much is left, and from when on."""
    changes: dict[int, int] = defaultdict(int, {0: room})
    for spans, amount in taken:
        for low, high in ((0, length),) if spans is None else spans:
            changes[low] -= amount
            changes[high] += amount
    found: list[tuple[int, int]] = []
    level = 0
    for minute in sorted(changes):
        level += changes[minute]
        left = max(0, level)
        if minute < length and (not found or found[-1][1] != left):
            found.append((minute, left))
    return tuple(found)


def _kept(lowered: Lowered, supplies: Mapping[str, Numbers]) -> dict[tuple[int, str], int]:
    """What hard policies keep free, by host and resource: the most that any asks for."""
    policies, workloads = lowered.program.policies, lowered.problem.workloads
    free = kept_free(policies, supplies, workloads, lowered.world)
    found: dict[tuple[int, str], int] = {}
    for clause in (clause for policy in policies for clause in policy.reserves if clause.weight is None):
        for host, amount in free.get(clause.span, {}).items():
            found[host, clause.resource] = max(amount, found.get((host, clause.resource), 0))
    return found
