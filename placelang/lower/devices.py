"""GPUs and devices as classes: what no need can tell apart is one class of a host, but a GPU of which shares may be
taken is one by itself.

A running replica keeps a thing that is no longer known to match, or no longer listed where the list is not
complete: for the service that holds it, it counts as accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placelang.forms import forms_of
from placelang.lower.lenders import Lending, lending
from placelang.lower.lending import size_of
from placelang.lower.running import Running, Thing, things_of
from placelang.lower.steps import things_truth
from placelang.lower.units import Unit
from placelang.program import DeviceNeed, Program, Service, ShareNeed, ThingNeed
from placelang.world import World
from placelang_runtime.part import Replica
from placelang_scheduler import DeviceClass, DeviceDemand

Taker = tuple[str, int]
"""The n-th need of things of a form of a service."""
Held = Mapping[tuple[int, str, str], frozenset[str]]
"""By host, kind and name of the thing: the forms of services whose replicas hold it now."""


@dataclass(frozen=True, slots=True)
class Member:
    """One GPU or device; `row` is -1 for one that only its holder knows of."""

    name: str
    row: int


@dataclass(frozen=True, slots=True)
class Classes:
    """`members` by host and class, in the order of the inventory; `accepted`: which classes of a host serve a
    need."""

    of_host: Mapping[int, tuple[DeviceClass, ...]]
    members: Mapping[tuple[int, str], tuple[Member, ...]]
    accepted: Mapping[Taker, Mapping[int, tuple[str, ...]]]

    def holds(self, service: Service, host: int, replicas: Iterable[Replica]) -> tuple[dict[str, int], ...]:
        """What replicas on a host hold of its classes, for each need of the service; what they share counts once."""
        class_of = {
            (c.kind, member.name): c.id
            for c in self.of_host.get(host, ())
            for member in self.members[host, c.id]
        }
        needs = thing_needs(service)
        found: list[dict[str, int]] = [{} for _ in needs]
        shared: list[set[str]] = [set() for _ in needs]
        for replica in replicas:
            for number, thing in _by_need(needs, things_of(replica)):
                name = class_of.get((thing.kind, thing.name))
                if name is not None and thing.name not in shared[number]:
                    found[number][name] = found[number].get(name, 0) + 1
                    if thing.way == "shared":
                        shared[number].add(thing.name)
        return tuple(found)

    def accepts(self, taker: Taker, hosts: Iterable[int]) -> frozenset[tuple[int, str]]:
        """The classes of `hosts` that serve a need."""
        found = self.accepted[taker]
        return frozenset((h, c) for h in hosts for c in found.get(h, ()))


def kind_of(need: ThingNeed) -> str:
    """What the problem calls the kind: `gpu`, `device.camera`."""
    return f"device.{need.device}" if isinstance(need, DeviceNeed) else "gpu"


def demand_of_things(need: ThingNeed, accepts: frozenset[tuple[int, str]]) -> DeviceDemand:
    """What a replica holds for a need, of the classes that serve it."""
    if isinstance(need, ShareNeed):
        return DeviceDemand(kind_of(need), 1, accepts, share=size_of(need))
    shared = isinstance(need, DeviceNeed) and need.shared
    return DeviceDemand(kind_of(need), need.count, accepts, shared=shared)


def count_of(need: ThingNeed) -> int:
    """How many things a replica holds for a need."""
    return 1 if isinstance(need, ShareNeed) else need.count


def way_of(need: ThingNeed) -> str:
    """How a need holds its things: as `Thing` calls it."""
    if isinstance(need, ShareNeed):
        return "share"
    return "shared" if isinstance(need, DeviceNeed) and need.shared else "alone"


def thing_needs(service: Service) -> tuple[ThingNeed, ...]:
    """The service's needs of GPUs and devices, as written."""
    return tuple(n for n in service.needs if isinstance(n, ThingNeed))


def _by_need(needs: Sequence[ThingNeed], things: Iterable[Thing]) -> Iterator[tuple[int, Thing]]:
    """Things with the number of the need that each is held for: of a kind and way, they stand in the order of needs."""
    waiting: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for thing in things:
        waiting[thing.kind, thing.way].append(thing)
    for number, need in enumerate(needs):
        of_need = waiting[kind_of(need), way_of(need)]
        yield from ((number, thing) for thing in of_need[: count_of(need)])
        del of_need[: count_of(need)]


def classify(
    program: Program, world: World, units: tuple[Unit, ...], running: tuple[Running, ...]
) -> Classes:
    """The classes of every host, for all needs of the program at once."""
    wishes: dict[str, dict[Taker, ThingNeed]] = defaultdict(dict)
    for form in (f for app in program.apps for s in app.services for f in forms_of(s)):
        for number, need in enumerate(thing_needs(form)):
            wishes[kind_of(need)][form.form, number] = need
    held = _held(units, running)
    lent = lending(world, units, running)
    members: dict[tuple[int, str], list[Member]] = defaultdict(list)
    of_host: dict[int, list[DeviceClass]] = defaultdict(list)
    accepted: dict[Taker, dict[int, tuple[str, ...]]] = {t: {} for asked in wishes.values() for t in asked}
    for kind, asked in sorted(wishes.items()):
        of_kind: dict[tuple[int, str], list[Member]] = defaultdict(list)
        for host, member, takers in _takers(kind, asked, world, held):
            mark = sum(1 << bit for bit, taker in enumerate(asked) if taker in takers)
            name = f"{kind}:{mark:x}"
            lends = any(isinstance(asked[taker], ShareNeed) for taker in takers)
            if lends:
                name = f"{name}.{sum(1 for at, _ in of_kind if at == host):03}"
            if (host, name) not in of_kind:
                for taker in takers:
                    accepted[taker][host] = (*accepted[taker].get(host, ()), name)
            of_kind[host, name].append(member)
        for (host, name), things in sorted(of_kind.items()):
            of_host[host].append(_class(kind, name, host, things, lent))
        members.update(of_kind)
    return Classes(
        {host: tuple(classes) for host, classes in of_host.items()},
        {key: tuple(things) for key, things in members.items()},
        accepted,
    )


def _class(kind: str, name: str, host: int, things: list[Member], lent: Lending) -> DeviceClass:
    if "." in name.removeprefix(kind):
        return lent.lends(kind, name, (host, things[0].name, things[0].row))
    return DeviceClass(name, kind, len(things))


def _held(units: tuple[Unit, ...], running: tuple[Running, ...]) -> Held:
    held: dict[tuple[int, str, str], frozenset[str]] = defaultdict(frozenset)
    for r in (r for r in running if r.host >= 0):
        form = units[r.unit].service.form
        for thing in things_of(r.replica):
            held[r.host, thing.kind, thing.name] |= {form}
    return held


def _takers(
    kind: str, asked: Mapping[Taker, ThingNeed], world: World, held: Held
) -> Iterator[tuple[int, Member, frozenset[Taker]]]:
    """Every thing of `kind` that some need takes, with those needs: the listed ones, then those only held."""
    noun = "gpu" if kind == "gpu" else "device"
    table = world.table(noun)
    matches = {taker: things_truth(need, world) for taker, need in asked.items()}
    for row in np.flatnonzero(np.logical_or.reduce([~m.false for m in matches.values()])).tolist():
        host, name = int(table.parents[row]), table.names[row]
        holders = held.get((host, kind, name), ())
        takers = frozenset(
            t for t, m in matches.items() if m.true[row] or (m.unknown[row] and t[0] in holders)
        )
        if takers:
            yield host, Member(name, row), takers
    listed = set(zip(table.parents.tolist(), table.names, strict=True))
    for (host, of, name), holders in sorted(held.items()):
        gone = of != kind or (host, name) in listed or bool(world.hosts.complete[f"{noun}s"][host])
        takers = frozenset(t for t in asked if t[0] in holders)
        if takers and not gone:
            yield host, Member(name, -1), takers
