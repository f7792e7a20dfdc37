"""The members of a site as its signed part names them, and which of them vote.

Without three voters no majority survives a loss, and no lease is given: `voters` is empty then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from placelang_runtime.part import Member, SitePart

CLIENTS: Final = 4671
"""The port at which a member's store answers agents."""
PEERS: Final = 4672
"""The port at which it answers the others' stores."""
LEAST: Final = 3
MOST: Final = 5
"""Each voter more makes each write slower; five outlive two losses."""


def voters(members: Sequence[Member]) -> tuple[Member, ...]:
    """An odd number of members that hold the store: arbiters first, then hosts by name; none where two are all."""
    ordered = sorted(members, key=lambda member: (not member.arbiter, member.name))
    count = min(len(ordered), MOST)
    count -= 1 - count % 2
    return tuple(sorted(ordered[:count], key=lambda member: member.name)) if count >= LEAST else ()


def leased(part: SitePart) -> frozenset[str]:
    """The services of a site that run by lease only: those that are `single`, where there is a majority to ask."""
    if not voters(part.members):
        return frozenset()
    return frozenset(service.name for group in part.groups for service in group.services if service.single)
