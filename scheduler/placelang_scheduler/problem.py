"""`Problem`: what the scheduler accepts. It knows hosts, workloads and constraints, and nothing of any language.

Every quantity is a whole number in a unit of the caller's choice (bytes, millicores, …), at most `LIMIT`.
Every `id` is opaque: it comes back in the `Solution` and in explanations, so that a caller can map it to its own
source. Hosts are named by their index in `Problem.hosts`, workloads by their index in `Problem.workloads`, groups by
their index in `Problem.groups`. `placelang_scheduler.validate` refuses a problem that breaks what is stated here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placelang_scheduler.constraints import Constraint
from placelang_scheduler.hours import Hours
from placelang_scheduler.objectives import Objective

LIMIT = 2**53
"""The largest amount, count or capacity: exactly representable as a float, and safe to sum in 64 bits once scaled."""


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """`count` interchangeable things of one `kind` (GPUs, cameras) on a host; `id` is unique on that host.

    `lends`: what shares of it come to at most, 0 where it has none to give; what lends is a class by itself, of one.
    `draws`: the resource of the host that its shares take as well, such as the memory that a GPU has in common with
    its host.
    """

    id: str
    kind: str
    count: int
    lends: int = 0
    draws: str | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that may hold replicas.

    `capacity`: amount allocatable per resource; a resource that is not listed has capacity 0.
    `domains`: the value of each topology key (site, zone, host, any label); a key that is not listed has no value
    here: a hard constraint over it keeps new replicas away, a soft one counts each replica here as a violation. With
    the value `EXEMPT`, constraints over the key do not look here.
    `cost`, `power`: what using the host costs (any unit) and draws, counted by the objectives of those names when at
    least one replica runs on it.
    `vacate`: what runs here should leave, as the objective of that name counts it.
    """

    id: str
    capacity: Mapping[str, int] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[DeviceClass, ...] = ()
    cost: int = 0
    power: int = 0
    vacate: bool = False


@dataclass(frozen=True, slots=True)
class DeviceDemand:
    """`count` devices of `kind` on the replica's own host; `accepts` names classes as `(host index, class id)`, None
    accepts every class of the kind.

    A replica holds them alone, but where `shared`, any number of shared demands may hold the same ones, and with a
    `share`, it has `count` slices of that size, each of one device, which others may have slices of.
    """

    kind: str
    count: int
    accepts: frozenset[tuple[int, str]] | None = None
    shared: bool = False
    share: int = 0

    @property
    def alone(self) -> bool:
        """Whether nobody else may hold what is held for this."""
        return not self.shared and not self.share


@dataclass(frozen=True, slots=True)
class Variants:
    """`workloads` that are forms of one thing, the best first: when their group is admitted there are `minimum` to
    `maximum` replicas of them together."""

    workloads: tuple[int, ...]
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Workload:
    """Interchangeable replicas, `minimum` to `maximum` of them when the group is admitted, none otherwise.

    `demand`: amount per resource and replica. `candidates`: indices of hosts that may hold a replica, ascending.
    `current`: replicas running now, per host index; `move_cost` is what it costs to take one away from there.
    `stay`: hosts that may keep at most as many replicas as run there now, but take no new one (ascending, disjoint
    from `candidates`). `hours`: when its replicas take what they demand, as spans of an axis that all workloads share;
    None is always. Devices are theirs at all hours. `holds`: by host and for each of `devices`, how many of which class
    the replicas that run there hold now; what may keep its devices does. `variants`, where it is not None, counts it
    together with others, which have the same; its own minimum is 0 then.
    """

    id: str
    group: int
    demand: Mapping[str, int]
    candidates: tuple[int, ...]
    minimum: int = 1
    maximum: int = 1
    devices: tuple[DeviceDemand, ...] = ()
    current: Mapping[int, int] = field(default_factory=dict)
    move_cost: int = 1
    stay: tuple[int, ...] = ()
    hours: Hours = None
    holds: Mapping[int, tuple[Mapping[str, int], ...]] = field(default_factory=dict)
    variants: Variants | None = None

    def staying(self, host: int) -> int:
        """Replicas that run on `host` and may stay though it is no candidate."""
        return self.current.get(host, 0) if _among(self.stay, host) else 0

    def allows(self, host: int) -> bool:
        """Whether a replica may stand on `host`."""
        return _among(self.candidates, host) or self.staying(host) > 0


@dataclass(frozen=True, slots=True)
class Group:
    """What is placed or left out as a whole. `priority` 0 to 1000, higher first. `requires`: indices of groups without
    which this one is left out."""

    id: str
    priority: int = 0
    requires: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A whole placement problem.

    `objectives` are levels in lexicographic order, most important first.
    """

    hosts: tuple[Host, ...]
    groups: tuple[Group, ...]
    workloads: tuple[Workload, ...]
    constraints: tuple[Constraint, ...] = ()
    objectives: tuple[Objective, ...] = ()

    def counted(self, index: int) -> Variants:
        """What a workload counts together with: itself, where it has no variants."""
        shape = self.workloads[index]
        return shape.variants or Variants((index,), shape.minimum, shape.maximum)

    def counts(self, workloads: Iterable[int]) -> tuple[Variants, ...]:
        """What `workloads` are counted by, each once."""
        found: dict[int, Variants] = {}
        for index in workloads:
            shape = self.workloads[index]
            first = shape.variants.workloads[0] if shape.variants else index
            if first not in found:
                found[first] = shape.variants or Variants((index,), shape.minimum, shape.maximum)
        return tuple(found.values())

    def least_demand(self, one: Variants) -> Mapping[str, int]:
        """What a replica takes at least in any of its forms, at the hours of the first: nothing known where these
        differ."""
        first, *others = (self.workloads[index] for index in one.workloads)
        if any(other.hours != first.hours for other in others):
            return {}
        return {
            resource: min(need, *(other.demand.get(resource, 0) for other in others)) if others else need
            for resource, need in first.demand.items()
        }


def _among(ascending: tuple[int, ...], wanted: int) -> bool:
    at = bisect_left(ascending, wanted)
    return at < len(ascending) and ascending[at] == wanted
