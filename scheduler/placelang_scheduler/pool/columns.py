"""`Columns`: a component as arrays over its hosts, for pools of which no model and no dictionary can hold all.

Enters a scope; leaves what never changes while it is placed: what hosts have and replicas need, row by row, where each
workload may stand, and the values of keys as numbers. Rows are what `capacity`, whole devices and hard reserves limit.
Workloads that may stand on the same hosts share one array of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.constraints import AtLeast, AtMost, Different, Hosts, Reserve, Same, Spread
from placelang_scheduler.hours import together
from placelang_scheduler.placement import EXEMPT
from placelang_scheduler.rules.filters import accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.parts import Scope
    from placelang_scheduler.pool.rules import Rules
    from placelang_scheduler.problem import DeviceDemand, Problem

    Ints = NDArray[np.int64]

ENDLESS = 2**62
"""More than any host has."""
FILTERS = 4
"""Filters of one kind of device of which all unions are rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The values of one key: `codes[h]` is the number of host h's value; `none` is that of no value, `exempt` of hosts
    that are not looked at."""

    codes: Ints
    values: dict[str, int]
    shared: bool

    @property
    def none(self) -> int:
        return len(self.values)

    @property
    def exempt(self) -> int:
        return len(self.values) + 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Hosts are counted as in the problem. `capacity[r, h]` and `needs[w]`, the rows of w with what a replica takes;
    `mask[w]` is the number of the hosts in `masks` where w may stand, without those where it may only stay."""

    scope: Scope
    capacity: Ints
    needs: dict[int, tuple[tuple[int, int], ...]]
    masks: list[Ints]
    mask: dict[int, int]
    hard: dict[int, tuple[Constraint, ...]]
    rules: dict[int, Rules] = field(default_factory=dict)
    _keys: dict[str, Keys] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        return self.scope.problem

    def hosts_of(self, workload: int) -> Ints:
        return self.masks[self.mask[workload]]

    def key(self, name: str) -> Keys:
        """The values of a key, looked up once."""
        if name not in self._keys:
            values: dict[str, int] = {}
            found = [host.domains.get(name) for host in self.problem.hosts]
            for value in found:
                if value is not None and value != EXEMPT:
                    values.setdefault(value, len(values))
            special = {None: len(values), EXEMPT: len(values) + 1}
            codes = np.fromiter(
                (special[v] if v is None or v == EXEMPT else values[v] for v in found), np.int64, len(found)
            )
            shared = bool((np.bincount(codes, minlength=1)[: len(values)] > 1).any())
            self._keys[name] = Keys(codes, values, shared)
        return self._keys[name]


def columns(scope: Scope) -> Columns:
    """The columns of a scope that `fits_columns`."""
    problem = scope.problem
    hard: dict[int, list[Constraint]] = {index: [] for index in scope.workloads}
    for constraint in scope.constraints:
        if constraint.weight is None:
            for index in dict.fromkeys(constraint.names()):
                hard[index].append(constraint)
    rows: list[Ints] = []
    needs: dict[int, list[tuple[int, int]]] = {index: [] for index in scope.workloads}
    for capacity, demand in _rows(scope):
        for index, need in demand.items():
            needs[index].append((len(rows), need))
        rows.append(capacity)
    made = Columns(
        scope,
        np.array(rows, np.int64).reshape(len(rows), len(problem.hosts)),
        {index: tuple(found) for index, found in needs.items()},
        [],
        {},
        {index: tuple(found) for index, found in hard.items()},
    )
    _find_masks(made)
    return made


def _rows(scope: Scope) -> Iterator[tuple[Ints, dict[int, int]]]:
    problem, hosts = scope.problem, scope.problem.hosts
    by_resource: dict[str, dict[int, int]] = {}
    for index in scope.workloads:
        for resource, need in problem.workloads[index].demand.items():
            if need:
                by_resource.setdefault(resource, {})[index] = need
    drawn = {device.draws for host in hosts for device in host.devices}
    for resource, needs in sorted(by_resource.items()):
        have = _column(host.capacity.get(resource, 0) for host in hosts)
        for moment in (tuple(needs),) if resource in drawn else together(problem, needs):
            yield have, {index: needs[index] for index in moment}
    for one in scope.constraints:
        if isinstance(one, Reserve) and one.weight is None:
            yield from _reserved(problem, one)
    yield from _devices(scope)


def _reserved(problem: Problem, one: Reserve) -> Iterator[tuple[Ints, dict[int, int]]]:
    """What a hard reserve leaves of its hosts."""
    have = np.full(len(problem.hosts), ENDLESS, np.int64)
    for host, free in one.free.items():
        have[host] = max(0, problem.hosts[host].capacity.get(one.resource, 0) - free)
    needs = {index: problem.workloads[index].demand.get(one.resource, 0) for index in one.names()}
    needs = {index: need for index, need in needs.items() if need}
    for moment in together(problem, needs) if needs else ():
        yield have, {index: needs[index] for index in moment}


def _devices(scope: Scope) -> Iterator[tuple[Ints, dict[int, int]]]:
    """Hall's condition for devices that are held alone: one row for each union of filters of a kind."""
    for kind, filters in sorted(_filters(scope).items()):
        for size in range(1, len(filters) + 1):
            for chosen in combinations(filters, size):
                needs: dict[int, int] = {}
                for index in scope.workloads:
                    for demand in scope.problem.workloads[index].devices:
                        if demand.kind == kind and (None in chosen or demand.accepts in chosen):
                            needs[index] = needs.get(index, 0) + demand.count
                yield _served(scope.problem, [filters[one] for one in chosen]), needs


def _filters(scope: Scope) -> dict[str, dict[frozenset[tuple[int, str]] | None, DeviceDemand]]:
    """The filters of each kind that is held alone only, each with a demand that has it."""
    lent = {d.kind for w in scope.problem.workloads for d in w.devices if d.share}
    found: dict[str, dict[frozenset[tuple[int, str]] | None, DeviceDemand]] = {}
    for index in scope.workloads:
        for demand in scope.problem.workloads[index].devices:
            if demand.kind not in lent:
                found.setdefault(demand.kind, {}).setdefault(demand.accepts, demand)
    return found


def _served(problem: Problem, demands: Sequence[DeviceDemand]) -> Ints:
    """How many devices of each host serve any of the demands."""
    counts = []
    for host, shape in enumerate(problem.hosts):
        serving = (
            {name for demand in demands for name in accepted(problem, demand, host)} if shape.devices else ()
        )
        counts.append(sum(device.count for device in shape.devices if device.id in serving))
    return _column(counts)


def _column(amounts: Iterator[int] | Sequence[int]) -> Ints:
    return np.fromiter(amounts, np.int64)


def _find_masks(made: Columns) -> None:
    """The hosts where workloads may stand, each set once: candidates that hard constraints leave, and that have a value
    of the keys that these are over."""
    workloads = made.problem.workloads
    known: dict[tuple[object, ...], int] = {}
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    by_identity: dict[int, tuple[int, ...]] = {}
    for index in made.scope.workloads:
        own = workloads[index].candidates
        if id(own) not in by_identity:
            by_identity[id(own)] = same.setdefault(own, own)
        candidates = by_identity[id(own)]
        accepting = tuple(one.accepted for one in made.hard[index] if isinstance(one, Hosts))
        keys = tuple(sorted({one.key for one in made.hard[index] if _keyed(one, index)}))  # type: ignore[attr-defined]
        name = (id(candidates), accepting, keys)
        if name not in known:
            known[name] = len(made.masks)
            found = np.array(candidates, np.int64)
            for key in keys:
                codes = made.key(key)
                found = found[codes.codes[found] != codes.none]
            for some in accepting:
                found = found[np.isin(found, np.fromiter(some, np.int64))]
            made.masks.append(found)
        made.mask[index] = known[name]


def _keyed(one: Constraint, index: int) -> bool:
    """Whether a hard constraint keeps new replicas from hosts without a value."""
    return isinstance(one, (Spread, AtMost, AtLeast, Same, Different)) and index in one.workloads


def fits_columns(scope: Scope) -> bool:
    """Whether columns say all that there is to say of a scope: nothing shared of devices, and few filters."""
    demands = [demand for index in scope.workloads for demand in scope.problem.workloads[index].devices]
    return all(demand.alone for demand in demands) and few_filters(scope)


def few_filters(scope: Scope) -> bool:
    """Whether rows can say what is held alone."""
    return all(len(found) <= FILTERS for found in _filters(scope).values())
