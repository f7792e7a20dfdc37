"""`survive` as the problem's: which losses there are, and what has to stand again after each.

What an app says is one guarantee for all of its services at a site, what a service or a policy says one for that
service. For what is counted at a site, any N of its hosts or zones may be lost, or fewer; for what is counted in all,
any of the fleet's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

import numpy as np

from placelang.columns import Mask
from placelang.diagnostics import Span
from placelang.lower.couplings import Fleet
from placelang.lower.keys import HOST
from placelang.lower.scopes import bound_hosts
from placelang.program import Service, Survive
from placelang_scheduler import constraints as posed
from placelang_scheduler.constraints.survive import LOSSES
from placelang_scheduler.placement import Loss


@dataclass(frozen=True, slots=True)
class _Scope:
    """What holds as one: a clause at a site, -1 for the fleet; of preferences, for one priority."""

    clause: Survive
    owner: str
    site: int
    priority: int


def guarantee(
    services: Sequence[Service], fleet: Fleet, priorities: Sequence[int]
) -> Iterator[tuple[Span, posed.Survive]]:
    """The guarantees of all services, each with its clause; `priorities` are those of the units."""
    found: dict[_Scope, list[int]] = {}
    for service in services:
        for clause in service.constraints:
            if isinstance(clause, Survive):
                for unit in fleet.of_service[service.name]:
                    priority = priorities[unit] if clause.weight is not None else 0
                    owner = clause.owner or service.name
                    scope = _Scope(clause, owner, fleet.units[unit].site, priority)
                    found.setdefault(scope, []).append(unit)
    losses = _Losses(fleet)
    for scope, units in found.items():
        lost = losses.of(scope.clause, scope.site)
        if lost:
            yield (
                scope.clause.span,
                posed.Survive(_name(scope, fleet), tuple(units), lost, scope.clause.weight),
            )


def _name(scope: _Scope, fleet: Fleet) -> str:
    at = f"@{fleet.world.sites.names[scope.site]}" if scope.site >= 0 else ""
    said = f"{scope.clause.policy or ''}!survive#{scope.clause.span.start}"
    return f"{scope.owner}{at}{said}/{scope.priority}"


@dataclass(frozen=True, slots=True)
class _Losses:
    """The losses that may happen, by what may be lost, how much, where, and which hosts are looked at."""

    fleet: Fleet
    _known: dict[tuple[object, ...], tuple[Loss, ...]] = field(default_factory=dict)

    def of(self, clause: Survive, site: int) -> tuple[Loss, ...]:
        """Up to `count` hosts or zones at once, as far as there are so many; one more than there may be at most."""
        bound: Mask = bound_hosts(clause.within, self.fleet.world)
        known = (clause.key, clause.count, site, bound.tobytes())
        if known not in self._known:
            things = self._things(clause, site, bound)
            together = (chosen for n in range(1, clause.count + 1) for chosen in combinations(things, n))
            hit = (tuple(sorted(host for thing in chosen for host in thing)) for chosen in together)
            self._known[known] = tuple(islice(hit, LOSSES + 1))
        return self._known[known]

    def _things(self, clause: Survive, site: int, bound: Mask) -> Sequence[Loss]:
        """What may be lost: a host, or all hosts of a zone that are known."""
        parents = self.fleet.world.hosts.parents
        here = bound if site < 0 else bound & (parents == site)
        rows = np.flatnonzero(here).tolist()
        if (clause.key.noun, clause.key.fact) == (HOST.noun, HOST.fact):
            return [(row,) for row in rows]
        found: dict[int, list[int]] = {}
        for row in rows:
            value = int(self.fleet.columns[clause.key].values[row])
            if value >= 0:
                found.setdefault(value, []).append(row)
        return [tuple(hosts) for _, hosts in sorted(found.items())]
