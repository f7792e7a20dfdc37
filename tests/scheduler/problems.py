"""Small random problems, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Balance,
    Best,
    Constraint,
    Cost,
    DeviceClass,
    DeviceDemand,
    Different,
    Group,
    Host,
    Hosts,
    Keep,
    Latency,
    Link,
    LinkEvery,
    Moves,
    Overlap,
    Pack,
    Placed,
    Power,
    Preferences,
    Problem,
    Reserve,
    Same,
    Spread,
    Stock,
    Survive,
    Uplinks,
    Vacate,
    Variants,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placelang_scheduler import Objective

Make = Callable[[Random, str, int | None, int, int], Constraint]

EXAMPLES: dict[type, Make] = {
    Hosts: lambda r, name, weight, workloads, hosts: Hosts(
        name, r.randrange(workloads), frozenset(r.sample(range(hosts), r.randint(0, hosts))), weight
    ),
    Spread: lambda r, name, weight, workloads, _: Spread(
        name,
        _alike(r, workloads),
        _key(r),
        r.choice((0, 1, 1, 2)),
        r.choice((None, None, ("x", "y"), ("x", "z"))),
        weight,
    ),
    AtMost: lambda r, name, weight, workloads, _: AtMost(
        name, _some(r, workloads), _key(r), r.choice((0, 1, 1, 2)), weight
    ),
    AtLeast: lambda r, name, weight, workloads, _: AtLeast(
        name, _alike(r, workloads), _key(r), r.choice((1, 2, 2, 3)), weight
    ),
    Same: lambda r, name, weight, workloads, _: Same(name, *_sides(r, workloads), _key(r), weight),
    Different: lambda r, name, weight, workloads, _: Different(name, *_sides(r, workloads), _key(r), weight),
    Keep: lambda r, name, weight, workloads, _: Keep(name, _alike(r, workloads), weight),
    Reserve: lambda r, name, weight, workloads, hosts: Reserve(
        name,
        *_shares(r, workloads),
        free={h: r.choice((0, 1, 2, 9)) for h in range(hosts) if r.random() < 0.7},
        weight=weight,
    ),
    Link: lambda r, name, weight, workloads, _: Link(
        name, *_sides(r, workloads), key := _key(r), *_reach(r, key), weight=weight
    ),
    LinkEvery: lambda r, name, weight, workloads, _: LinkEvery(
        name, *_sides(r, workloads), key := _key(r), *_reach(r, key), weight=weight
    ),
    Uplinks: lambda r, name, _, workloads, __: _uplinks(r, name, workloads),  # which is never soft
    Best: lambda r, name, weight, workloads, _: Best(
        name, _alike(r, workloads), (r.choice((0, 1, 1, 2)),), weight
    ),
    Overlap: lambda r, name, weight, workloads, _: Overlap(name, *_shares(r, workloads), weight=weight),
    Stock: lambda r, name, _, workloads, hosts: _stock(r, name, workloads, hosts),  # which is never soft
    Survive: lambda r, name, weight, workloads, hosts: Survive(
        name, _some(r, workloads), _losses(r, hosts), weight
    ),
}
"""How to make one of each constraint, at random."""


VALUES = {"host": ("h0", "h1", "h2"), "zone": ("x", "y", "z"), "rack": ("x", "y")}
Near = dict[str, dict[str, int]]


def _reach(r: Random, key: str) -> tuple[Near, Near]:
    """Which values of a key are within reach of which, and which may be."""
    sure: Near = {}
    maybe: Near = {}
    for one in VALUES[key]:
        for other in VALUES[key]:
            where = r.choice((sure, sure, maybe, None))
            if where is not None and one != other:
                where.setdefault(one, {})[other] = r.randint(0, 9)
    return sure, maybe


def _uplinks(r: Random, name: str, workloads: int) -> Uplinks:
    key = r.choice(("host", "host", "zone", "rack"))
    sizes = r.choice(((1,), (2,), (1, 2, 3), (0, 1)))
    links = tuple(
        Link(f"{name}.{number}", *_sides(r, workloads), key, *_reach(r, key), r.choice(sizes))
        for number in range(r.choice((1, 1, 2)))
    )
    capacity = {value: r.choice((0, 1, 2, 3, 5)) for value in VALUES[key] if r.random() < 0.8}
    return Uplinks(name, links, capacity)


def _stock(r: Random, name: str, workloads: int, hosts: int) -> Stock:
    named, resource = _shares(r, workloads)
    sizes = tuple(r.choice((0, 1, 2, 4)) for _ in range(3))
    uses = tuple(tuple(r.sample(range(3), r.randint(0, 2))) for _ in named)
    free = {h: r.choice((0, 1, 2, 9)) for h in range(hosts) if r.random() < 0.7}
    return Stock(name, named, resource, free, sizes, uses)


def _alike(r: Random, workloads: int) -> tuple[int, ...]:
    return (r.randrange(workloads),)


def _key(r: Random) -> str:
    return r.choice(("host", "zone", "rack"))


def _some(r: Random, workloads: int) -> tuple[int, ...]:
    return tuple(r.sample(range(workloads), r.randint(1, min(2, workloads))))


def _sides(r: Random, workloads: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    mixed = r.sample(range(workloads), workloads)
    cut = r.randint(1, workloads - 1)
    return tuple(mixed[:cut]), tuple(mixed[cut:])


def _shares(r: Random, workloads: int) -> tuple[tuple[int, ...], str]:
    return tuple(r.sample(range(workloads), r.randint(1, workloads))), "cpu"


def _losses(r: Random, hosts: int) -> tuple[tuple[int, ...], ...]:
    """Some hosts, each by itself, and sometimes two at once."""
    single = sorted(r.sample(range(hosts), r.choice((1, 1, 2, hosts))))
    found: list[tuple[int, ...]] = [(host,) for host in single]
    if r.random() < 0.2:
        found.append(tuple(sorted(r.sample(range(hosts), 2))))
    return tuple(sorted(found))


OBJECTIVES: tuple[tuple[Objective, ...], ...] = (
    (Placed(), Preferences(), Moves(), Balance("memory")),
    (Placed(), Preferences(), Balance("memory")),
    (Placed(), Moves(), Preferences(), Pack()),
    (Preferences(), Placed(), Moves()),
    (Placed(), Cost(), Preferences(), Power()),
    (Moves(), Placed(), Preferences(), Balance("cpu")),
    (Placed(), Vacate(), Preferences(), Moves()),
    (Placed(), Latency(), Preferences(), Moves()),
    (Placed(), Preferences(), Latency(), Balance("memory")),
)


def problem(
    seed: int,
    kinds: Sequence[type] = (),
    *,
    soft: bool = False,
    priorities: Sequence[int] = (0, 0, 7),
    load: int = 3,
    sharing: bool = False,
    timed: bool = False,
    varied: bool = False,
) -> Problem:
    """Two or three workloads on three hosts, with a constraint of each of `kinds`; where `sharing`, with devices that
    are shared and that lend; where `timed`, some keep hours; where `varied`, the first two are variants."""
    r = Random(seed)
    hosts = tuple(_host(r, index) for index in range(3))
    number = r.choice((2, 3))
    groups = _groups(r, number, priorities)
    workloads = tuple(_workload(r, index, len(groups), len(hosts), load) for index in range(number))
    if timed:
        workloads = tuple(replace(workload, hours=_hours(r)) for workload in workloads)
    if varied:
        workloads = _varied(workloads)
    if soft:
        one = Group("g0", groups[0].priority)
        groups = (one, *(Group(group.id, one.priority, group.requires) for group in groups[1:]))
    constraints = tuple(
        EXAMPLES[kind](r, f"c{index}", r.randint(1, 9) if soft else None, number, len(hosts))
        for index, kind in enumerate(kinds)
    )
    if varied:
        constraints = (
            *(_of_both(one) for one in constraints),
            Best("step", (0, 1), (0, r.choice((1, 1, 2))), r.choice((1, 1, 3))),
        )
    made = Problem(hosts, groups, workloads, constraints, r.choice(OBJECTIVES))
    return _sharing(r, made) if sharing else made


def _varied(workloads: tuple[Workload, ...]) -> tuple[Workload, ...]:
    """The first two are forms of one thing, as many together as the first was to be."""
    first, second, *rest = workloads
    shared = Variants((0, 1), first.minimum, first.maximum)
    return (
        replace(first, minimum=0, variants=shared),
        replace(second, group=first.group, minimum=0, maximum=first.maximum, variants=shared),
        *rest,
    )


def _of_both(constraint: Constraint) -> Constraint:
    """What is said of one variant and has to be said of both."""
    if isinstance(constraint, Spread | AtLeast | Keep) and constraint.workloads[0] < 2:
        return replace(constraint, workloads=(0, 1))
    if isinstance(constraint, Survive) and not {0, 1}.isdisjoint(constraint.workloads):
        return replace(constraint, workloads=tuple(sorted({0, 1, *constraint.workloads})))
    return constraint


def _hours(r: Random) -> tuple[tuple[int, int], ...] | None:
    """Of a day of eight moments."""
    edges = sorted(r.sample(range(9), 4))
    return r.choice((None, ((edges[0], edges[1]), (edges[2], edges[3])), ((edges[0], edges[2]),)))


def _host(r: Random, index: int) -> Host:
    domains = {"host": f"h{index}", "zone": r.choice("xyz"), "rack": r.choice("xy")}
    for key in ("zone", "rack"):
        if r.random() < 0.2:
            del domains[key]
    devices = tuple(
        DeviceClass(f"d{number}", "gpu", r.randint(0, 2)) for number in range(r.choice((0, 1, 2)))
    )
    capacity = {"cpu": r.randint(1, 6), "memory": 1024 * r.randint(1, 6)}
    return Host(f"h{index}", capacity, domains, devices, r.randint(0, 9), r.randint(0, 9), index == 0)


def _groups(r: Random, number: int, priorities: Sequence[int]) -> tuple[Group, ...]:
    count = r.randint(1, number)
    requires = [(r.randrange(index),) if index and r.random() < 0.25 else () for index in range(count)]
    return tuple(Group(f"g{index}", r.choice(priorities), requires[index]) for index in range(count))


def _workload(r: Random, index: int, groups: int, hosts: int, load: int) -> Workload:
    shuffled = r.sample(range(hosts), hosts)
    cut = r.choice((1, 2, 3, 3, 3))
    candidates = tuple(sorted(shuffled[:cut]))
    stay = tuple(sorted(shuffled[cut:])) if r.random() < 0.5 else ()
    low = r.choice((0, 1, 1, 1, 2, 2))
    high = low + r.choice((0, 0, 0, 1)) or 1
    current = {h: r.randint(1, 2) for h in range(hosts) if r.random() < 0.3}
    devices: tuple[DeviceDemand, ...] = ()
    if r.random() < 0.3:
        accepts = None if r.random() < 0.5 else frozenset((h, r.choice(("d0", "d1"))) for h in range(hosts))
        devices = (DeviceDemand("gpu", r.choice((1, 1, 2)), accepts),)
        if r.random() < 0.3:
            devices += (DeviceDemand("gpu", 1, frozenset((h, "d0") for h in range(hosts))),)
    demand = {"cpu": r.randint(0, load), "memory": 512 * r.randint(0, 2 * load)}
    return Workload(
        f"w{index}",
        index if index < groups else r.randrange(groups),
        demand,
        candidates,
        low,
        high,
        devices,
        current,
        r.choice((0, 1, 1, 3)),
        stay,
    )


def _sharing(r: Random, one: Problem) -> Problem:
    """The same with GPUs that lend, some of them from their host's memory, and with cameras; most workloads hold some
    of them, alone or not."""
    hosts = tuple(replace(host, devices=_lending(r)) for host in one.hosts)
    workloads = tuple(
        replace(workload, devices=tuple(_wish(r, len(hosts)) for _ in range(r.choice((0, 1, 1, 2)))))
        for workload in one.workloads
    )
    return replace(one, hosts=hosts, workloads=workloads)


def _lending(r: Random) -> tuple[DeviceClass, ...]:
    gpus = tuple(
        DeviceClass(f"d{n}", "gpu", 1, 1024 * r.randint(1, 4), r.choice((None, None, "memory")))
        for n in range(r.choice((0, 1, 2, 2)))
    )
    cameras = tuple(DeviceClass(f"c{n}", "camera", r.randint(0, 2)) for n in range(r.choice((0, 1, 2))))
    return gpus + cameras


def _wish(r: Random, hosts: int) -> DeviceDemand:
    kind = r.choice(("gpu", "gpu", "camera"))
    names = ("d0", "d1") if kind == "gpu" else ("c0", "c1")
    accepts = None if r.random() < 0.6 else frozenset((h, r.choice(names)) for h in range(hosts))
    share = 512 * r.randint(1, 6) if kind == "gpu" and r.random() < 0.7 else 0
    shared = not share and r.random() < 0.6
    return DeviceDemand(kind, r.choice((1, 1, 1, 2)), accepts, shared, share)
