"""What a plan must hold (weight None) or should hold (a weight): one module each, all listed in `CATALOGUE`.

A hard constraint over a key keeps new replicas from hosts without a value of that key; a replica that runs on such a
host may stay where the workload's `stay` says so. A soft constraint counts a replica on such a host as a violation.
Where a host's value is `EXEMPT`, a constraint over the key does not look at it: what stands there is as if it were not.
"""

from placelang_scheduler.constraints.at_least import AtLeast
from placelang_scheduler.constraints.at_most import AtMost
from placelang_scheduler.constraints.different import Different
from placelang_scheduler.constraints.hosts import Hosts
from placelang_scheduler.constraints.keep import Keep
from placelang_scheduler.constraints.reserve import Reserve
from placelang_scheduler.constraints.same import Same
from placelang_scheduler.constraints.spread import Spread

CATALOGUE = (Hosts, Spread, AtMost, AtLeast, Same, Different, Keep, Reserve)

Constraint = Hosts | Spread | AtMost | AtLeast | Same | Different | Keep | Reserve

__all__ = [
    "CATALOGUE",
    "AtLeast",
    "AtMost",
    "Constraint",
    "Different",
    "Hosts",
    "Keep",
    "Reserve",
    "Same",
    "Spread",
]
