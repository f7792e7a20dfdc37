"""Sites that are alike are planned once.

Where the sites of a program have nothing to do with each other, a site's plan follows from what is known of it and what
runs there. Sites of which that is the same, but for the names of the site and its hosts, have the same plan, but for
these names. So one of each class is planned, under made-up names, and its plan is told of all others with theirs. The
plan is the same, byte for byte, as if every site had been planned by itself.

Which facts matter nobody lists: the tables of the few sites that are planned note which columns are looked at, and
sites are alike if they agree in all of these. Whether they do is looked at over all sites, row by row, once the few are
planned and checked: whatever was looked at only then counts as well, and only if nobody differs, the plan is told.
"""

from placelang.alike.ahead import Helpers
from placelang.alike.plan import plan_alike
from placelang.alike.told import Planned

__all__ = ["Helpers", "Planned", "plan_alike"]
