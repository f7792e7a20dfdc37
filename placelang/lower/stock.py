"""What images and models take of the disks of hosts, each once on a host however many replicas use it.

Counted is what is known, on hosts whose disk is known: what replicas use that stand there, what ran there before, for a
roll back, and, of what has to `survive`, what may be taken over there. An engine keeps images unpacked, and registries
tell only how large they are packed: they count as `UNPACKED` times that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from placelang.columns import Numbers
from placelang.diagnostics import Span
from placelang.expressions import Constant
from placelang.lower.couplings import Fleet
from placelang.lower.needs import containers_of
from placelang.lower.running import copies_of
from placelang.lower.values import Values, values_of
from placelang.program import Program, Service, Variant
from placelang.world import World
from placelang_runtime.containers import Served, served_as
from placelang_runtime.part import Replica
from placelang_runtime.plan import Plan
from placelang_scheduler import Workload
from placelang_scheduler import constraints as posed
from placelang_scheduler.hours import Hours, heaviest
from placelang_scheduler.problem import LIMIT

DISK: Final = "disk"
UNPACKED: Final = 3
STOCK: Final = "!stock"
"""In the id of a constraint on what hosts have on disk."""


class Thing(NamedTuple):
    """An image or a model, and how large it is on a disk."""

    name: str
    size: int


def is_counted(program: Program) -> bool:
    """Whether anybody knows how large anything is."""
    return bool(program.image_sizes) or any(
        variant.size is not None for model in program.models for variant in model.variants
    )


@dataclass(frozen=True, slots=True)
class Stock:
    """By host, what is `kept` there whoever stands there; `things` leads from units to what else their replicas have on
    a host."""

    kept: Mapping[int, frozenset[Thing]] = field(default_factory=dict)
    things: Mapping[int, Mapping[int, frozenset[Thing]]] = field(default_factory=dict)

    def taken(self, host: int, units: Iterable[int]) -> int:
        """What these units' replicas have on the disk of a host, and what is kept there."""
        found = set(self.kept.get(host, ()))
        for unit in units:
            found |= self.things.get(host, {}).get(unit, frozenset())
        return sum(thing.size for thing in found)


def take_stock(
    program: Program, fleet: Fleet, workloads: Sequence[Workload], current: Plan | None, have: Numbers | None
) -> Stock:
    """What units have on which hosts, as far as is known, without those that hold whatever may come."""
    if have is None or not is_counted(program):
        return Stock()
    shelves = _Shelves(program, fleet.world)
    things: dict[int, dict[int, frozenset[Thing]]] = defaultdict(dict)
    for number, unit in enumerate(fleet.units):
        for host in (*workloads[number].candidates, *workloads[number].stay):
            if have.known[host] and (found := shelves.of(unit.service, host)):
                things[host][number] = found
    kept = {host: found for host, found in _before(current, shelves, fleet.world).items() if have.known[host]}
    return Stock(kept, things)


def surviving(stock: Stock, survives: Iterable[posed.Survive]) -> Stock:
    """With what is guaranteed at hand on each host that may take it over."""
    guaranteed = {unit for one in survives if one.weight is None for unit in one.workloads}
    kept = dict(stock.kept)
    for host, units in stock.things.items() if guaranteed else ():
        found = frozenset(thing for unit in units if unit in guaranteed for thing in units[unit])
        if found:
            kept[host] = kept.get(host, frozenset()) | found
    return Stock(kept, stock.things)


def stocked(
    stock: Stock, fleet: Fleet, workloads: Sequence[Workload], have: Numbers | None, free: Mapping[int, int]
) -> Iterator[tuple[Span, posed.Stock]]:
    """What hosts hold, where that may be too much, with the clause of the largest thing; `free` is what policies keep
    free of the disk. Hosts of a site that are alike in what may stand there are told together."""
    if have is None:
        return
    alike: dict[tuple[int, tuple[tuple[int, frozenset[Thing]], ...]], dict[int, int]] = {}
    takers = _takers(workloads)
    for host in sorted({*stock.things, *stock.kept}):
        known = stock.kept.get(host, frozenset())
        more = {unit: things - known for unit, things in stock.things.get(host, {}).items()}
        for unit in takers.get(host, ()):
            more.setdefault(unit, frozenset())
        capacity = min(LIMIT, max(0, int(have.low[host])))
        kept = min(capacity, sum(thing.size for thing in known) + free.get(host, 0))
        if _most(more, workloads) > capacity - kept:
            room = max(0, capacity - _standing(host, workloads))
            site = int(fleet.world.hosts.parents[host])
            alike.setdefault((site, tuple(sorted(more.items()))), {})[host] = min(kept, room)
    for number, ((site, units), hosts) in enumerate(alike.items()):
        things = sorted({thing for _, found in units for thing in found})
        at = {thing: n for n, thing in enumerate(things)}
        constraint = posed.Stock(
            f"{fleet.world.sites.names[site]}{STOCK}#{number}",
            tuple(unit for unit, _ in units),
            DISK,
            hosts,
            tuple(thing.size for thing in things),
            tuple(tuple(sorted(at[thing] for thing in found)) for _, found in units),
        )
        yield _clause(fleet, units), constraint


def _clause(fleet: Fleet, units: Iterable[tuple[int, Collection[Thing]]]) -> Span:
    """What says that the largest thing, or else anything, is there."""
    unit, _ = max(units, key=lambda one: (max((thing.size for thing in one[1]), default=0), -one[0]))
    return asked_by(fleet.units[unit].service)


def asked_by(service: Service) -> Span:
    """The clause that says what a service has on disk."""
    image = next((c.image for c in containers_of(service) if c.image is not None), None)
    return service.serving or (service.span if image is None else image.span)


def _takers(workloads: Sequence[Workload]) -> Mapping[int, list[int]]:
    """By host, who may stand there and takes of its disk."""
    found: dict[int, list[int]] = defaultdict(list)
    for number, workload in enumerate(workloads):
        for host in (*workload.candidates, *workload.stay) if workload.demand.get(DISK) else ():
            found[host].append(number)
    return found


def _most(more: Mapping[int, Collection[Thing]], workloads: Sequence[Workload]) -> int:
    """What all of these could take at once."""
    sizes = {thing for found in more.values() for thing in found}
    demand = sum(workloads[unit].maximum * workloads[unit].demand.get(DISK, 0) for unit in more)
    return demand + sum(thing.size for thing in sizes)


def _standing(host: int, workloads: Iterable[Workload]) -> int:
    """What runs on a host takes of its disk: that may stay."""
    used: dict[Hours, int] = defaultdict(int)
    for workload in workloads:
        count = workload.current.get(host, 0)
        if count:
            used[workload.hours] += count * workload.demand.get(DISK, 0)
    return heaviest(used) if used else 0


@dataclass(slots=True)
class _Shelves:
    """How large images and models are; what is the same on all hosts is worked out once."""

    program: Program
    world: World
    _fixed: dict[str, frozenset[Thing]] = field(default_factory=dict)
    _varied: dict[str, tuple[Values, ...]] = field(default_factory=dict)

    def of(self, service: Service, host: int) -> frozenset[Thing]:
        """What a replica of a service uses on a host, as far as its size is known."""
        if service.form not in self._fixed:
            self._look_into(service)
        varied = [values.image_on(host, None) for values in self._varied[service.form]]
        return self._fixed[service.form].union(self.images(varied))

    def images(self, names: Iterable[str | None]) -> Iterator[Thing]:
        sizes = self.program.image_sizes
        return (Thing(name, UNPACKED * sizes[name]) for name in names if name is not None and name in sizes)

    def _look_into(self, service: Service) -> None:
        containers = [c for c in containers_of(service) if c.image is not None]
        constant = [c for c in containers if isinstance(c.image, Constant)]
        locked = self.program.images
        names = (values_of(c, self.world, locked).image_on(0, None) for c in constant)
        self._fixed[service.form] = frozenset((*self.images(names), *self._models(service)))
        self._varied[service.form] = tuple(
            values_of(c, self.world, locked) for c in containers if c not in constant
        )

    def _models(self, service: Service) -> Iterator[Thing]:
        chosen = dict(service.choice.variants)
        for model in self.program.models:
            if model.name in service.serves:
                wanted = chosen.get(model.name)
                form = next((one for one in model.variants if one.name == wanted), model.variants[0])
                yield from _variant(form)


def _variant(form: Variant) -> Iterator[Thing]:
    if form.size is not None:
        yield _file(form.digest, form.size + sum(size for _, _, size in form.beside))


def _file(digest: str | None, size: int) -> Thing:
    return Thing(f"model {digest}", size)


def _before(current: Plan | None, shelves: _Shelves, world: World) -> dict[int, frozenset[Thing]]:
    """By host, what runs there now, by the sizes that the plan has that runs."""
    found: dict[int, set[Thing]] = defaultdict(set)
    for part in current.parts if current is not None else ():
        models = {model.name: model for model in part.models}
        for group in part.groups:
            for service in group.services:
                for replica in service.replicas:
                    host = world.hosts.rows.get(replica.host)
                    if host is not None:
                        chosen = {one.model: one.variant for one in replica.variants}
                        served = [
                            served_as(models[name], chosen.get(name))
                            for name in service.serves
                            if name in models
                        ]
                        found[host].update(_of_replica(replica, part.image_sizes, shelves), _loaded(served))
    return {host: frozenset(things) for host, things in found.items()}


def _of_replica(replica: Replica, sizes: Mapping[str, int], shelves: _Shelves) -> Iterator[Thing]:
    known = {**sizes, **shelves.program.image_sizes}
    names = (copy.image for copy in copies_of(replica))
    return (Thing(name, UNPACKED * known[name]) for name in names if name is not None and name in known)


def _loaded(models: Iterable[Served]) -> Iterator[Thing]:
    for one in models:
        if one.bytes is not None:
            yield _file(one.digest, one.bytes + sum(other.bytes for other in one.beside))
