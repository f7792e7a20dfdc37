"""Which GPU, which device: classes become things with names, and whoever holds one keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from placelang.arrange.naming import Placed
from placelang.lower import Lowered
from placelang.lower.devices import Member, kind_of, thing_needs
from placelang.lower.running import things_of
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

    def take(self, unit: int, need: int, names: frozenset[str] | None = None) -> Member | None:
        """A free thing of a class that the unit is due: one of `names`, or the first."""
        due = self.due[unit, need]
        for name in sorted(due):
            for member in self.free.get(name, ()) if due[name] else ():
                if names is None or member.name in names:
                    self.free[name].remove(member)
                    due[name] -= 1
                    return member
        return None


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
        desk = _Desk({c.id: list(lowered.classes.members[host, c.id]) for c in lowered.classes.of_host[host]})
        for unit in sorted({p.unit for p in replicas}):
            for need, due in enumerate(solution.devices[unit, host]):
                desk.due[unit, need] = dict(due)
        for keeping in (True, False):
            for p in replicas:
                found[p.name] += _take(lowered, desk, p, found[p.name], keeping=keeping)
    return {name: tuple(sorted(h, key=lambda h: (h.need, h.member.name))) for name, h in found.items()}


def _take(
    lowered: Lowered, desk: _Desk, placed: Placed, holds: list[Holding], *, keeping: bool
) -> list[Holding]:
    """What the replica takes beyond what it `holds`: only what it had before where `keeping`."""
    taken: list[Holding] = []
    if keeping and not placed.stands:
        return taken
    for number, need in enumerate(thing_needs(lowered.units[placed.unit].service)):
        names = _held(placed.before, kind_of(need)) if keeping else None
        for _ in range(need.count - sum(h.need == number for h in holds)):
            member = desk.take(placed.unit, number, names)
            if member is not None:
                taken.append(Holding(number, member))
    return taken


def _held(replica: Replica | None, kind: str) -> frozenset[str]:
    return frozenset(name for of, name in things_of(replica) if of == kind) if replica else frozenset()
