"""What a plan must hold (weight None) or should hold (a weight): one module each, all listed in `CATALOGUE`.

A hard constraint over a key keeps new replicas from hosts without a value of that key; a replica that runs on such a
host may stay where the workload's `stay` says so. A soft constraint counts a replica on such a host as a violation.
Where a host's value is `EXEMPT`, a constraint over the key does not look at it: what stands there is as if it were not.

A constraint is a frozen dataclass with an opaque `id`, a `weight` and a `keyword`, and says of itself:

| method | what it gives |
|---|---|
| `subjects()`, `names()` | the workloads that it binds, and all that it speaks of |
| `faults(problem)` | what is wrong with it, for `validate` |
| `violations(problem, placement)` | its own check, without a solver; amounts add up to what a soft one costs |
| `limit(problem, workload, host)` | hard: the most replicas on one host, whatever else stands where |
| `post(model)` | hard: the rows that hold it, beyond the limits |
| `penalise(model)` | soft: an expression that, minimised, counts the violations |
| `least(problem, room, sure)` | soft: violations that are sure where so many replicas are, as far as is easily seen |
| `marginal(state, workload)` | what one more replica of the workload breaks, by host, for the greedy pass |
| `ties(problem, room)` | workloads that it ties together though they share no host |
| `divide(part_of)` | its share in each part of the problem |
| `lasting` | whether the loss of hosts, with all that stands on them, never breaks it |

`placelang_scheduler.forms` knows by name what the fields of a constraint are. One with other fields works, and keeps
its problem from being solved by classes.

`shape` has what constraints on one workload, and between workloads, have in common.
"""

from placelang_scheduler.constraints.at_least import AtLeast
from placelang_scheduler.constraints.at_most import AtMost
from placelang_scheduler.constraints.different import Different
from placelang_scheduler.constraints.hosts import Hosts
from placelang_scheduler.constraints.keep import Keep
from placelang_scheduler.constraints.link import Link
from placelang_scheduler.constraints.link_every import LinkEvery
from placelang_scheduler.constraints.reserve import Reserve
from placelang_scheduler.constraints.same import Same
from placelang_scheduler.constraints.spread import Spread
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
)

Constraint = (
    Hosts
    | Spread
    | AtMost
    | AtLeast
    | Same
    | Different
    | Keep
    | Reserve
    | Link
    | LinkEvery
    | Uplinks
    | Survive
)


def beside(constraint: Constraint) -> tuple[Same | Link | LinkEvery, ...]:
    """What a constraint says of workloads that stand only beside some of their partners."""
    if isinstance(constraint, Uplinks):
        return constraint.links
    return (constraint,) if isinstance(constraint, Same | Link | LinkEvery) else ()


__all__ = [
    "CATALOGUE",
    "AtLeast",
    "AtMost",
    "Constraint",
    "Different",
    "Hosts",
    "Keep",
    "Link",
    "LinkEvery",
    "Reserve",
    "Same",
    "Spread",
    "Survive",
    "Uplinks",
    "beside",
]
