"""What stands near a group: its units, the sites that it could have anything to do with, and what is asked there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from placelang.expressions import Fact, nodes
from placelang.lower import Lowered
from placelang.lower.keys import HOST, SITE
from placelang.program import Key

MOST_HOSTS = 200
"""Hosts that are looked at together."""
_SAID = ("env", "image", "command", "tests", "sources")
"""What of a program says nothing of where it runs."""


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """`units` by group, `hosts` by site, `measured` the sites to which latencies are asked for; `read` are the facts
    on which it depends where anything runs."""

    lowered: Lowered
    units: Mapping[int, Sequence[int]]
    hosts: Mapping[int, Sequence[int]]
    measured: frozenset[int]
    read: frozenset[tuple[str, str]]

    def sites(self, groups: Collection[int]) -> tuple[int, ...] | None:
        """The sites of all hosts that units of the groups are about; None where these are too many."""
        parents = self.lowered.world.hosts.parents
        sites = set(self.measured)
        for group in groups:
            for unit in self.units.get(group, ()):
                rows = self.lowered.hosts(unit)
                if len(rows) > MOST_HOSTS:
                    return None
                sites.update(parents[rows].tolist())
        inside = sum(len(self.hosts.get(site, ())) for site in sites)
        return tuple(sorted(sites)) if inside <= MOST_HOSTS else None


def near(lowered: Lowered) -> Near:
    """What can be told of groups at once."""
    units: dict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(lowered.units):
        units[unit.group].append(number)
    hosts: dict[int, list[int]] = defaultdict(list)
    for host, site in enumerate(lowered.world.hosts.parents.tolist()):
        hosts[site].append(host)
    asked = list(nodes(lowered.program, _SAID))
    facts = [one for one in asked if isinstance(one, Fact)]
    keys = [one for one in asked if isinstance(one, Key) and one not in (SITE, HOST)]
    rows = lowered.world.sites.rows
    measured = frozenset(
        rows[f.of] for f in facts if f.name == "latency" and f.of is not None and f.of in rows
    )
    read = frozenset((*((f.noun, f.name) for f in facts), *((key.noun, key.fact) for key in keys)))
    return Near(lowered, units, hosts, measured, read)
