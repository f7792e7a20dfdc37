"""`link` and `link every`: who may serve whom, as steps over hosts and as the problem's constraints.

A host is no candidate of a linked service where no site that may have the other one is within the limits; where none
is known to be and one may, it is undecided. What runs over a link of which that is unknown by now may stay. What links
book together is one constraint over all of them; what is preferred books nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from placelang.columns import Mask, Rows, Truth
from placelang.diagnostics import Span
from placelang.lower.couplings import Fleet, without_partners
from placelang.lower.dependencies import Wait
from placelang.lower.keys import SITE, domain
from placelang.lower.reach import Reach, fine, uplinks_of
from placelang.lower.steps import LinkUse, Step, Steps, with_more
from placelang.program import Link, Service
from placelang.world import World
from placelang_scheduler import Workload
from placelang_scheduler import constraints as posed
from placelang_scheduler.problem import LIMIT

UPLINKS = "!uplinks"
"""What the problem calls the sum of all that links book."""

Posed = posed.Link | posed.LinkEvery


def linked_steps(forms: Sequence[Service], steps: Mapping[str, Steps], world: World) -> dict[str, Steps]:
    """The steps of all forms of services, with those of their links, which look at where the others may stand."""
    found = dict(steps)
    of_service: dict[str, list[Steps]] = defaultdict(list)
    for service in forms:
        of_service[service.name].append(steps[service.form])
    for service in forms:
        more = [
            Step(use, clause.span, _within_reach(use, world))
            for clause in links_of(service)
            if clause.weight is None
            for use in (LinkUse(clause, _sites(of_service[clause.service], world)),)
        ]
        if more:
            found[service.form] = with_more(steps[service.form], more, world)
    return found


def links_of(service: Service) -> list[Link]:
    """The links of a service, as written."""
    return [clause for clause in service.constraints if isinstance(clause, Link)]


def _sites(steps: Sequence[Steps], world: World) -> Rows:
    """The sites where a service of such forms may stand, as far as its other clauses say."""
    places = np.logical_or.reduce([mask for one in steps for mask in (one.candidates, one.stays)])
    return np.unique(world.hosts.parents[places])


def _within_reach(use: LinkUse, world: World) -> Truth:
    """Over all hosts, whether the other service may stand within reach; true where it stands nowhere, which is the
    reason then."""
    true = np.zeros(len(world.sites), dtype=np.bool_)
    unknown = np.zeros(len(world.sites), dtype=np.bool_)
    true[use.targets if len(use.targets) else slice(None)] = True
    reach = Reach(use.clause, world)
    for target in use.targets.tolist() if not true.all() else ():
        one = reach.of(target)
        true |= one.true
        unknown |= one.unknown
    parents = world.hosts.parents
    return Truth(true[parents], (unknown & ~true)[parents])


def unknown_reach(clause: Link, partners: Sequence[int], world: World) -> Mask:
    """Over all hosts, whether it is unknown that a link to partners on these hosts is within its limits."""
    decided = np.zeros(len(world.sites), dtype=np.bool_)
    unknown = np.zeros(len(world.sites), dtype=np.bool_)
    for site in np.unique(world.hosts.parents[list(partners)]).tolist():
        one = Reach(clause, world).of(site)
        decided |= one.false if clause.every else one.true
        unknown |= one.unknown
    open_question: Mask = (unknown & ~decided)[world.hosts.parents]
    return open_question


# --- constraints -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a fleet, each with its clause and what the problem makes of it."""

    fleet: Fleet
    workloads: tuple[Workload, ...]
    found: tuple[tuple[Link, Posed], ...]

    def constraints(self) -> Iterator[tuple[Span, posed.Constraint]]:
        """All constraints, the sum of what is booked first, as it says more than each link."""
        booked = [
            (clause, link)
            for clause, link in self.found
            if isinstance(link, posed.Link) and link.bandwidth and link.weight is None and link.partners
        ]
        booked = [(clause, link) for clause, link in booked if link.reach or link.doubtful]
        if booked:
            links = tuple(link for _, link in booked)
            yield booked[0][0].span, posed.Uplinks(UPLINKS, links, self._capacity(links))
        for clause, link in self.found:
            yield from ((clause.span, one) for one in without_partners(link, frozenset()))

    def _capacity(self, links: Iterable[posed.Link]) -> dict[str, int]:
        """What the uplinks of all sites carry that may have to, where that is known."""
        used = {
            value
            for link in links
            for reach in (link.reach, link.doubtful)
            for source, near in reach.items()
            for value in (source, *near)
        }
        uplinks = uplinks_of(self.fleet.world)
        rows = [(row, name) for row, name in enumerate(self.fleet.columns[SITE].names) if name in used]
        return {
            name: min(LIMIT, max(0, math.floor(uplinks.low[row]))) for row, name in rows if uplinks.known[row]
        }

    def waits(self) -> Iterator[Wait]:
        """Whom the units of linked services cannot stand without."""
        parents, names = self.fleet.world.hosts.parents, self.fleet.columns[SITE].names
        for clause, link in self.found:
            if clause.weight is not None:
                continue
            standing: dict[str, list[int]] = defaultdict(list)
            for partner in link.partners:
                for site in np.unique(parents[list(self.workloads[partner].candidates)]).tolist():
                    standing[names[site]].append(partner)
            anchored = _anchored(link.workloads, link.partners, self.fleet) if not clause.every else {}
            for unit in link.workloads:
                sites = _sites_of(self.workloads[unit], self.fleet.world)
                near = {
                    value
                    for site in sites
                    for value in (*link.near(names[site]), *link.maybe_near(names[site]))
                }
                others = {partner for value in near for partner in standing.get(value, ())}
                yield Wait(unit, tuple(sorted(anchored.get(unit, others))), clause.service, None)


def find_links(services: Sequence[Service], fleet: Fleet, workloads: tuple[Workload, ...]) -> Links:
    """All links of `services`, as constraints over sites."""
    clauses = [
        (service, number, clause)
        for service in services
        for number, clause in enumerate(service.constraints)
        if isinstance(clause, Link) and fleet.of_service[service.name]
    ]
    replicas = sum(
        workloads[unit].maximum for service, _, _ in clauses for unit in fleet.of_service[service.name]
    )
    furthest = LIMIT // max(1, 2 * replicas)  # latencies add up to a level
    found = []
    for service, number, clause in clauses:
        link = _pose(f"{service.name}#{number}", clause, fleet.of_service[service.name], fleet, workloads)
        whole = _no_further(link, furthest)
        each = _by_unit(whole, fleet, workloads) if isinstance(whole, posed.Link) else [whole]
        found += [(clause, one) for one in each]
    return Links(fleet, workloads, tuple(found))


_FEW = 64
"""Partners that are all named: what is not known to be within reach could serve, too, if more were known."""


def _by_unit(link: posed.Link, fleet: Fleet, workloads: tuple[Workload, ...]) -> Iterator[posed.Link]:
    """The link of each unit by itself, so that what one unit does is checked without all others."""
    names = fleet.columns[SITE].names
    anchored = _anchored(link.workloads, link.partners, fleet)
    standing: dict[str, list[int]] = defaultdict(list)
    for partner in link.partners:
        for site in _sites_of(workloads[partner], fleet.world):
            standing[names[site]].append(partner)
    for unit in link.workloads:
        own = [names[site] for site in _sites_of(workloads[unit], fleet.world)]
        partners = anchored.get(unit, link.partners)
        if len(partners) > _FEW:
            near = {value for site in own for value in (*link.near(site), *link.maybe_near(site))}
            partners = tuple(sorted({partner for value in near for partner in standing.get(value, ())}))
        reach, doubtful = (
            {site: one[site] for site in own if site in one and unit not in anchored}
            for one in (link.reach, link.doubtful)
        )
        shape = fleet.units[unit]
        name = f"{link.id}@{shape.scope}{shape.id.removeprefix(shape.name)}"
        yield replace(link, id=name, workloads=(unit,), partners=partners, reach=reach, doubtful=doubtful)


def _sites_of(workload: Workload, world: World) -> list[int]:
    """The rows of the sites where a workload may stand."""
    found: list[int] = np.unique(world.hosts.parents[[*workload.candidates, *workload.stay]]).tolist()
    return found


def _no_further(link: Posed, furthest: int) -> Posed:
    reach, doubtful = (
        {
            source: {target: min(latency, furthest) for target, latency in near.items()}
            for source, near in one.items()
        }
        for one in (link.reach, link.doubtful)
    )
    return replace(link, reach=reach, doubtful=doubtful)


def _pose(
    name: str, clause: Link, mine: tuple[int, ...], fleet: Fleet, workloads: tuple[Workload, ...]
) -> Posed:
    partners = fleet.of_service[clause.service]
    anchored = _anchored(mine, partners, fleet) if not clause.every else {}
    sources = _standing((workloads[unit] for unit in mine if unit not in anchored), fleet.world)
    targets = _standing((workloads[unit] for unit in partners), fleet.world)
    kind = posed.LinkEvery if clause.every else posed.Link
    bandwidth = min(LIMIT, math.ceil(clause.bandwidth or 0))
    sure = _pairs(clause, sources.may, targets.may, fleet, unknown=False)
    maybe = _pairs(clause, sources.run, targets.run, fleet, unknown=True) if clause.weight is None else {}
    return kind(name, mine, partners, domain(SITE), sure, maybe, bandwidth, clause.weight)


def _anchored(mine: Iterable[int], partners: Iterable[int], fleet: Fleet) -> dict[int, tuple[int, ...]]:
    """Units beside which a partner of their own group stands at their site, whatever else does; with that one."""
    beside = {
        (fleet.units[partner].group, fleet.units[partner].site): fleet.together(partner)
        for partner in partners
        if fleet.units[partner].service.replicas.low and fleet.units[partner].service.replicas.per == SITE
    }
    keys = {unit: (fleet.units[unit].group, fleet.units[unit].site) for unit in mine}
    return {unit: beside[key] for unit, key in keys.items() if key in beside and key[1] >= 0}


@dataclass(frozen=True, slots=True, eq=False)
class _Sites:
    """The sites where workloads may stand, and where they run."""

    may: Mask
    run: Mask


def _standing(workloads: Iterable[Workload], world: World) -> _Sites:
    may, run = np.zeros(len(world.sites), dtype=np.bool_), np.zeros(len(world.sites), dtype=np.bool_)
    for workload in workloads:
        may[world.hosts.parents[[*workload.candidates, *workload.stay]]] = True
        run[world.hosts.parents[list(workload.current)]] = True
    return _Sites(may, run)


def _pairs(
    clause: Link, sources: Mask, targets: Mask, fleet: Fleet, *, unknown: bool
) -> dict[str, dict[str, int]]:
    """The sites within reach of each source, or those of which that is unknown, with their latencies."""
    names, reach = fleet.columns[SITE].names, Reach(clause, fleet.world)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for target in np.flatnonzero(targets).tolist() if sources.any() else ():
        holds = reach.of(target)
        for source in np.flatnonzero(sources & (holds.unknown if unknown else holds.true)).tolist():
            if source != target:
                found[names[source]][names[target]] = _counted(reach, source, target)
    return {source: dict(sorted(near.items())) for source, near in sorted(found.items())}


def _counted(reach: Reach, source: int, target: int) -> int:
    """The latency; one that nobody knows is the limit, or else the highest that is known."""
    latency = reach.latency(source, target)
    if latency is None:
        latency = reach.clause.latency
    if latency is None:
        latency = max((one for near in reach.world.latency.values() for one in near.values()), default=0.0)
    return fine(latency)
