"""Which replica serves which, by name, from the pairs of a solution; and back."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placelang.arrange.naming import Placed
from placelang.cite import cite
from placelang.lower import Lowered
from placelang.lower.keys import escape
from placelang.lower.links import UPLINKS
from placelang.lower.reach import Reach, fine, uplinks_of
from placelang.program import Link as Clause
from placelang_runtime.part import Link, Replica, Uplink
from placelang_scheduler import Link as Posed
from placelang_scheduler import Pair, Uplinks

Linked = Mapping[str, tuple[Link, ...]]
"""Of each replica, by name, the ones that serve it, in the order of its service's clauses."""


def name_links(lowered: Lowered, pairs: Sequence[Pair], placed: Sequence[Placed]) -> Linked:
    """The pairs as names: who is served first gets the partner's first replica, and each its turn."""
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    for p in placed if pairs else ():
        names[p.unit, p.host].append(p.name)
    ids = _ids(lowered)
    found: dict[str, list[Link]] = defaultdict(list)
    served: Counter[tuple[str, int, int]] = Counter()
    serving: Counter[tuple[str, int, int]] = Counter()
    for pair in sorted(pairs, key=lambda one: ids[one.link].place):
        mine, theirs = names[pair.workload, pair.host], names[pair.partner, pair.at]
        for _ in range(pair.count):
            replica = mine[served[pair.link, pair.workload, pair.host]]
            partner = theirs[serving[pair.link, pair.partner, pair.at] % len(theirs)]
            served[pair.link, pair.workload, pair.host] += 1
            serving[pair.link, pair.partner, pair.at] += 1
            found[replica].append(_link(lowered, ids[pair.link], pair, partner))
    return {replica: tuple(links) for replica, links in found.items()}


@dataclass(frozen=True, slots=True)
class _Id:
    """A link of a unit as the problem calls it: where it stands there, its clause, and where that is written."""

    name: str
    unit: int
    place: int
    clause: Clause
    at: str


def _ids(lowered: Lowered) -> dict[str, _Id]:
    """The links of the problem, by what it calls them."""
    found = {}
    for place, constraint in enumerate(lowered.problem.constraints):
        if isinstance(constraint, Posed):
            unit = constraint.workloads[0]
            number = constraint.id.partition("#")[2].partition("@")[0]
            clause = lowered.units[unit].service.constraints[int(number)]
            if not isinstance(clause, Clause):
                raise TypeError(clause)
            at = cite(lowered.sources, clause.span).at
            found[constraint.id] = _Id(constraint.id, unit, place, clause, at)
    return found


def _link(lowered: Lowered, asked: _Id, pair: Pair, partner: str) -> Link:
    world, clause = lowered.world, asked.clause
    source, target = (int(world.hosts.parents[host]) for host in (pair.host, pair.at))
    latency = Reach(clause, world).latency(source, target)
    books = source != target and clause.weight is None
    return Link(
        clause=asked.at,
        service=clause.service,
        replica=partner,
        host=world.hosts.names[pair.at],
        site=world.sites.names[target],
        latency_us=None if latency is None else fine(latency),
        bandwidth=math.ceil(clause.bandwidth or 0) if books else 0,
    )


def find_links(
    lowered: Lowered, replicas: Sequence[tuple[Placed, Replica]], strange: list[str]
) -> tuple[Linked, tuple[Pair, ...]]:
    """What replicas say of who serves them, with all that is true of it, and as pairs; what they cannot mean is told
    in words."""
    placed = {p.name: p for p, _ in replicas}
    ids = {(one.unit, one.at): one for one in _ids(lowered).values()}
    linked: dict[str, tuple[Link, ...]] = {}
    found: Counter[tuple[str, int, int, int, int]] = Counter()
    for p, replica in replicas:
        own: list[tuple[int, Link]] = []
        for link in replica.links:
            partner = placed.get(link.replica)
            asked = ids.get((p.unit, link.clause))
            if partner is None or asked is None:
                strange.append(f"{p.name} is served by {link.replica}, which nothing asks for")
                continue
            ends = (asked.name, p.unit, p.host, partner.unit, partner.host)
            found[ends] += 1
            own.append((asked.place, _link(lowered, asked, Pair(*ends, 1), partner.name)))
        if own:
            linked[p.name] = tuple(link for _, link in sorted(own, key=lambda one: one[0]))
    return linked, tuple(Pair(*ends, count) for ends, count in sorted(found.items()))


def booked_uplinks(lowered: Lowered, linked: Linked, placed: Sequence[Placed]) -> dict[int, Uplink]:
    """By site, what is booked of its uplink, where links may book any of it."""
    world = lowered.world
    books = [c for c in lowered.problem.constraints if isinstance(c, Uplinks) and c.id == UPLINKS]
    if not books:
        return {}
    booked: Counter[int] = Counter()
    for p in placed:
        for link in linked.get(p.name, ()):
            for site in (int(world.hosts.parents[p.host]), world.sites.rows[link.site]):
                booked[site] += link.bandwidth
    carries = uplinks_of(world)
    names = {site for one in books for site in one.capacity}
    rows = [row for row, name in enumerate(world.sites.names) if booked[row] or escape(name) in names]
    return {
        row: Uplink(booked=booked[row], capacity=int(carries.low[row]) if carries.known[row] else None)
        for row in rows
    }
