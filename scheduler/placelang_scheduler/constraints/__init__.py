"""What a plan must hold (weight None) or should hold (a weight): one module each, all listed in `CATALOGUE`.

A hard constraint over a key keeps new replicas from hosts without a value of that key; a replica that runs on such a
host may stay where the workload's `stay` says so. A soft constraint counts a replica on such a host as a violation.
Where a host's value is `EXEMPT`, a constraint over the key does not look at it: what stands there is as if it were not.

A constraint is a frozen dataclass with an opaque `id`, a `weight` and a `keyword`; `Constraint` lists the methods by
which it says of itself what it means, how it is posted and how it is checked. Others register kinds of their own, see
`registry`.

`placelang_scheduler.forms` knows by name what the fields of a constraint are. One with other fields works, and keeps
the components that it concerns from being solved by classes.

`shape` has what constraints on one workload, and between workloads, have in common.
"""

from dataclasses import fields

from placelang_scheduler.constraints.at_least import AtLeast
from placelang_scheduler.constraints.at_most import AtMost
from placelang_scheduler.constraints.best import Best
from placelang_scheduler.constraints.different import Different
from placelang_scheduler.constraints.hosts import Hosts
from placelang_scheduler.constraints.keep import Keep
from placelang_scheduler.constraints.link import Link
from placelang_scheduler.constraints.link_every import LinkEvery
from placelang_scheduler.constraints.overlap import Overlap
from placelang_scheduler.constraints.protocol import Constraint
from placelang_scheduler.constraints.registry import UnfitKindError, registered
from placelang_scheduler.constraints.reserve import Reserve
from placelang_scheduler.constraints.same import Same
from placelang_scheduler.constraints.spread import Spread
from placelang_scheduler.constraints.stock import Stock
from placelang_scheduler.constraints.survive import Survive
from placelang_scheduler.constraints.uplinks import Uplinks

CATALOGUE = (
    Hosts,
    Spread,
    AtMost,
    AtLeast,
    Same,
    Different,
    Keep,
    Reserve,
    Link,
    LinkEvery,
    Uplinks,
    Survive,
    Best,
    Overlap,
    Stock,
)


def kinds() -> tuple[type, ...]:
    """All kinds of constraint that a problem may hold: those of the catalogue, and those that others registered."""
    own = frozenset(
        str(field.default) for kind in CATALOGUE for field in fields(kind) if field.name == "keyword"
    )
    return (*CATALOGUE, *registered(own).values())


def beside(constraint: Constraint) -> tuple[Same | Link | LinkEvery, ...]:
    """What a constraint says of workloads that stand only beside some of their partners."""
    if isinstance(constraint, Uplinks):
        return constraint.links
    return (constraint,) if isinstance(constraint, Same | Link | LinkEvery) else ()


__all__ = [
    "CATALOGUE",
    "AtLeast",
    "AtMost",
    "Best",
    "Constraint",
    "Different",
    "Hosts",
    "Keep",
    "Link",
    "LinkEvery",
    "Overlap",
    "Reserve",
    "Same",
    "Spread",
    "Stock",
    "Survive",
    "UnfitKindError",
    "Uplinks",
    "beside",
    "kinds",
]
