"""Which GPU, which device: classes become things with names, and whoever holds one keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang.lower.devices import Member, count_of, kind_of, thing_needs, way_of
from placelang.lower.running import things_of
from placelang.program import ThingNeed
from placelang_runtime.part import Replica
from placelang_scheduler import Solution


@dataclass(frozen=True, slots=True)
class Holding:
    """A thing that a replica holds, for which of its service's needs."""

    need: int
    member: Member


@dataclass(slots=True)
class _Desk:
    """The things of one host while they are handed out: what is free of each class, what each unit is due."""

    free: dict[str, list[Member]]
    due: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)

    def take(
        self, unit: int, need: int, names: frozenset[str] | None = None, *, lent: bool = False
    ) -> Member | None:
        """A free thing of a class that the unit is due: one of `names`, or the first. What is `lent` stays free."""
        due = self.due[unit, need]
        for name in sorted(due):
            for member in self.free.get(name, ()) if due[name] else ():
                if names is None or member.name in names:
                    if not lent:
                        self.free[name].remove(member)
                    due[name] -= 1
                    return member
        return None

    def share(self, unit: int, need: int, before: frozenset[str]) -> list[Member]:
        """What each replica that shares holds: so many of each class, what it held `before` first."""
        return [
            member
            for name, count in sorted(self.due[unit, need].items())
            for member in sorted(self.free[name], key=lambda member: member.name not in before)[:count]
        ]


def hand_out(
    lowered: Lowered, solution: Solution, placed: tuple[Placed, ...]
) -> Mapping[str, tuple[Holding, ...]]:
    """What each replica holds, by its name, in the order of its service's needs; replicas without are left
    out."""
    by_host: dict[int, list[Placed]] = defaultdict(list)
    for p in placed:
        if thing_needs(lowered.units[p.unit].service):
            by_host[p.host].append(p)
    found: dict[str, list[Holding]] = defaultdict(list)
    for host, replicas in sorted(by_host.items()):
        desk = _Desk(_free(lowered, host, replicas))
        for unit in sorted({p.unit for p in replicas}):
            for need, due in enumerate(solution.devices[unit, host]):
                desk.due[unit, need] = dict(due)
        for keeping in (True, False):
            for p in replicas:
                found[p.name] += _take(lowered, desk, p, found[p.name], keeping=keeping)
        for p in replicas:
            found[p.name] += _shared(lowered, desk, p)
    return {name: tuple(sorted(h, key=lambda h: (h.need, h.member.name))) for name, h in found.items()}


def _free(lowered: Lowered, host: int, replicas: Sequence[Placed]) -> dict[str, list[Member]]:
    """The things of a host by class, those last that are shared now: whoever takes one alone takes another if it
    can."""
    shared = {
        thing.name
        for p in replicas
        if p.before is not None and p.stands
        for thing in things_of(p.before)
        if thing.way == "shared"
    }
    return {
        c.id: sorted(lowered.classes.members[host, c.id], key=lambda member: member.name in shared)
        for c in lowered.classes.of_host[host]
    }


def _shared(lowered: Lowered, desk: _Desk, placed: Placed) -> Iterator[Holding]:
    """What the replica shares with others, of what nobody took for itself."""
    for number, need in enumerate(thing_needs(lowered.units[placed.unit].service)):
        if way_of(need) == "shared":
            before = _held(placed.before if placed.stands else None, need)
            yield from (Holding(number, member) for member in desk.share(placed.unit, number, before))


def _take(
    lowered: Lowered, desk: _Desk, placed: Placed, holds: list[Holding], *, keeping: bool
) -> list[Holding]:
    """What the replica takes beyond what it `holds`: only what it had before where `keeping`."""
    taken: list[Holding] = []
    if keeping and not placed.stands:
        return taken
    for number, need in enumerate(thing_needs(lowered.units[placed.unit].service)):
        if way_of(need) == "shared":
            continue
        names = _held(placed.before, need) if keeping else None
        for _ in range(count_of(need) - sum(h.need == number for h in holds)):
            member = desk.take(placed.unit, number, names, lent=way_of(need) == "share")
            if member is not None:
                taken.append(Holding(number, member))
    return taken


def _held(replica: Replica | None, need: ThingNeed) -> frozenset[str]:
    """What the replica holds in the way of a need."""
    kind, way = kind_of(need), way_of(need)
    things = things_of(replica) if replica else ()
    return frozenset(thing.name for thing in things if (thing.kind, thing.way) == (kind, way))
