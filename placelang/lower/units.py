"""Units: a service's replicas as they are counted, one workload each, and the groups that they are placed in.

| replicas | a unit for | its hosts | its group |
|---|---|---|---|
| `N per site` | each site whose own filters are not false | the site's | all such services of the app at the site |
| `N per K` | each value of K that has a wanted host | those with the value, and those where it is unknown | itself |
| `N per host` | each wanted host | itself | itself |
| `N` | the service | all | itself |

Policies are no part of what is wanted: what they forbid is left out, and said to be. Where all that is wanted has no
known value of K, one unit named `?` stands for it, so that no service goes missing in silence; none of its hosts is a
candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from placelang.columns import Mask, Rows
from placelang.evaluate import truth
from placelang.forms import forms_of
from placelang.lower.keys import SITE, KeyColumn
from placelang.lower.steps import Steps
from placelang.program import Key, Program, Service
from placelang.world import World


@dataclass(frozen=True, slots=True)
class Unit:
    """`service` is one of the forms of a service. `value` indexes the column of what it is counted by, and `scope` is
    its name there; `site` is a row, -1 for a unit of the whole fleet; `group` indexes the groups."""

    service: Service
    value: int
    scope: str
    site: int
    group: int

    @property
    def name(self) -> str:
        """`shop.till@gbg`: its forms share it, nothing else does."""
        return f"{self.service.name}@{self.scope}" if self.scope else self.service.name

    @property
    def id(self) -> str:
        """`shop.till@gbg ~ int8`, unique in the fleet."""
        return self.name + self.service.form.removeprefix(self.service.name)


@dataclass(frozen=True, slots=True)
class GroupOf:
    """A group's name and priority: that of its most important service."""

    name: str
    priority: int


def form_units(
    program: Program,
    world: World,
    steps: Mapping[str, Steps],
    columns: Mapping[Key | None, KeyColumn],
    used: Mapping[str, Sequence[int]],
) -> tuple[tuple[Unit, ...], tuple[GroupOf, ...]]:
    """All units, by service as written, then by value and form, and their groups. `used`: the hosts on which a service
    runs now, some of which may be drained."""
    units: list[Unit] = []
    groups: list[GroupOf] = []
    for app in program.apps:
        of_site: dict[str, int] = {}
        shared = max((s.priority for s in app.services if s.replicas.per == SITE), default=0)
        for service in app.services:
            column, forms = columns[service.replicas.per], forms_of(service)
            for value in values_wanted(
                service, world, steps[forms[0].form], column, used.get(service.name, ())
            ):
                scope = column.names[value]
                if service.replicas.per == SITE:
                    group = of_site.setdefault(scope, len(groups))
                    found = GroupOf(f"{app.name}@{scope}", shared)
                else:
                    group = len(groups)
                    found = GroupOf(f"{service.name}@{scope}" if scope else service.name, service.priority)
                if group == len(groups):
                    groups.append(found)
                units += [Unit(form, value, scope, int(column.sites[value]), group) for form in forms]
    return tuple(units), tuple(groups)


def values_wanted(
    service: Service, world: World, steps: Steps, column: KeyColumn, used: Sequence[int] = ()
) -> list[int]:
    """The values of the key that the service is counted by for which there shall be replicas, ascending. On a host that
    is drained, only what runs there is wanted."""
    if service.replicas.per is None:
        return [0]
    if service.replicas.per == SITE:
        return np.flatnonzero(_sites_wanted(service, world)).tolist()
    hosts = steps.wanted.copy()
    rows = np.array(used, dtype=np.intp)
    hosts[rows] |= steps.emptied[rows]
    wanted = column.values[hosts]
    values = set(np.unique(wanted[wanted >= 0]).tolist())
    owners = {int(column.sites[v]) for v in values}
    opened = np.unique(column.open_values[hosts])
    values.update(v for v in opened[opened >= 0].tolist() if int(column.sites[v]) not in owners)
    return sorted(values)


@dataclass(frozen=True, slots=True)
class Cells:
    """Which hosts have each value of a column, and which may: those of a site (-1 for all) whose value is unknown."""

    of_value: Mapping[int, tuple[int, ...]]
    opened: Mapping[int, tuple[int, ...]]

    def hosts(self, unit: Unit) -> Rows:
        """All hosts that a unit is about, candidates or not, ascending."""
        known, opened = self.of_value.get(unit.value, ()), self.opened.get(unit.site, ())
        return np.array(sorted((*known, *opened)), dtype=np.intp)


def find_cells(column: KeyColumn) -> Cells:
    """The cells of a column."""
    opened: dict[int, tuple[int, ...]] = {}
    for value, hosts in _by(column.open_values).items():
        opened[int(column.sites[value])] = hosts
    return Cells(_by(column.values), opened)


def has_host(unit: Unit, column: KeyColumn, host: int) -> bool:
    """Whether the host is one of those that the unit is about."""
    opened = int(column.open_values[host])
    return bool(column.values[host] == unit.value) or (opened >= 0 and int(column.sites[opened]) == unit.site)


def by_value(mask: Mask, column: KeyColumn) -> dict[int, tuple[int, ...]]:
    """The hosts of `mask` by their value, ascending; those without a value are left out."""
    return _by(np.where(mask, column.values, -1))


def _by(values: Rows) -> dict[int, tuple[int, ...]]:
    """The rows of each value that is not negative."""
    rows = np.flatnonzero(values >= 0)
    rows = rows[np.argsort(values[rows], kind="stable")]
    found, starts = np.unique(values[rows], return_index=True)
    hosts = rows.tolist()
    bounds = [*starts.tolist(), len(hosts)]
    return {v: tuple(hosts[a:b]) for v, (a, b) in zip(found.tolist(), pairwise(bounds), strict=True)}


def _sites_wanted(service: Service, world: World) -> Mask:
    wanted = np.ones(len(world.sites), dtype=np.bool_)
    for clause in service.filters:
        if clause.noun == "site" and clause.weight is None and clause.policy is None:
            wanted &= ~truth(clause.predicate, world, "site").false
    return wanted
