"""`split`: a problem falls apart into parts that share no host, group, requirement or constraint.

Enters a valid problem; leave parts in ascending order of their first group. Every group, every workload and every
host that can be used is in exactly one part; a constraint is in the part of each workload that it names, and what it
says holds for the whole when it holds in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from placelang_scheduler.rules import candidates, capacity, devices

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Problem, Variants
    from placelang_scheduler.rules.row import Row

LARGE = 10_000
"""Size of a part from which on a model of all of it knows too little in any time worth waiting for."""

Room = Mapping[int, Mapping[int, int]]
"""The most replicas of each workload on each host where one may stand."""

Sure = Mapping[int | tuple[int, ...], int]
"""The least replicas of workloads, and of variants together, in any plan that is looked at; 0 for those that are not
listed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: the whole problem, or a part of it. All indices ascend."""

    problem: Problem
    groups: tuple[int, ...]
    workloads: tuple[int, ...]
    hosts: tuple[int, ...]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Part(Scope):
    """A scope that can be solved by itself.

    `rows`: what the replicas on a host may take together. `open`: groups that may be admitted; the room of the
    others' workloads is empty.
    """

    room: Room
    rows: Mapping[int, tuple[Row, ...]]
    open: frozenset[int]

    @property
    def size(self) -> int:
        """Groups and counts: how large a model of the part is."""
        return len(self.groups) + sum(len(found) for found in self.room.values())

    def room_for(self, one: Variants) -> Mapping[int, int]:
        """The most replicas of variants together on each host: as many as of each by itself, and as its rows take of
        the one that needs the least."""
        if len(one.workloads) == 1:
            return self.room[one.workloads[0]]
        forms: dict[int, list[int]] = {}
        for index in one.workloads:
            for host in self.room[index]:
                forms.setdefault(host, []).append(index)
        return {host: self._most(host, found, one.maximum) for host, found in forms.items()}

    def _most(self, host: int, forms: Sequence[int], most: int) -> int:
        limits = [
            row.capacity // min(row.demand[index] for index in forms)
            for row in self.rows[host]
            if all(index in row.demand for index in forms)
        ]
        return min(most, sum(self.room[index][host] for index in forms), *limits)


def whole(problem: Problem) -> Scope:
    """All of `problem` as one scope."""
    return Scope(
        problem,
        tuple(range(len(problem.groups))),
        tuple(range(len(problem.workloads))),
        tuple(range(len(problem.hosts))),
        problem.constraints,
    )


def limiting(constraints: Iterable[Constraint]) -> dict[int, list[Constraint]]:
    """The hard ones of `constraints` by the workloads that they bind."""
    found: dict[int, list[Constraint]] = {}
    for constraint in constraints:
        if constraint.weight is None:
            for subject in constraint.subjects():
                found.setdefault(subject, []).append(constraint)
    return found


def measure(problem: Problem, limits: Mapping[int, Sequence[Constraint]]) -> Room:
    """The room of every workload, as far as one host and the constraints that bind it limit it."""
    return {index: room_of(problem, index, limits.get(index, ())) for index in range(len(problem.workloads))}


def room_of(problem: Problem, index: int, limits: Iterable[Constraint]) -> dict[int, int]:
    """The room of one workload, as far as one host and `limits` limit it."""
    workload = problem.workloads[index]
    found = {}
    for host, most in candidates.places(workload):
        limit = min(most, capacity.most(problem, workload, host))
        if limit and workload.devices:
            limit = min(limit, devices.most(problem, workload, host))
        for constraint in limits:
            limit = min(limit, constraint.limit(problem, index, host))
        if limit > 0:
            found[host] = limit
    return found


def split(problem: Problem, room: Room, barred: Collection[int] = ()) -> tuple[Part, ...]:
    """The parts of `problem`, of which the groups `barred` are left out from the start."""
    closed = frozenset(barred)
    room = {index: {} if problem.workloads[index].group in closed else found for index, found in room.items()}
    return tuple(
        compose(Scope(problem, groups, workloads, (), constraints), room, closed)
        for groups, workloads, constraints in gather(problem, room)
    )


def gather(
    problem: Problem, room: Room
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[Constraint, ...]]]:
    """The groups, workloads and constraints that hang together where workloads have `room`, by their first group."""
    groups = len(problem.groups)
    root = list(range(groups + len(problem.hosts)))
    for group, other in _ties(problem, room):
        _join(root, group, other)
    members: dict[int, list[int]] = {}
    for group in range(groups):
        members.setdefault(_find(root, group), []).append(group)
    number = {top: position for position, top in enumerate(members)}
    part_of = [number[_find(root, group)] for group in range(groups)]
    workloads: list[list[int]] = [[] for _ in members]
    for index, workload in enumerate(problem.workloads):
        workloads[part_of[workload.group]].append(index)
    constraints: list[list[Constraint]] = [[] for _ in members]
    part_of_workload = [part_of[workload.group] for workload in problem.workloads]
    for constraint in problem.constraints:
        for position, share in constraint.divide(part_of_workload).items():
            constraints[position].append(share)
    for position, top in enumerate(members):
        yield tuple(members[top]), tuple(workloads[position]), tuple(constraints[position])


def by_workload(constraints: Iterable[Constraint], workloads: Collection[int]) -> Iterator[Constraint]:
    """`constraints` on `workloads`, as far as they concern them."""
    inside = set(workloads)
    for constraint in constraints:
        part_of = {index: int(index not in inside) for index in constraint.names()}
        share = constraint.divide(cast("Sequence[int]", part_of)).get(0)  # which is only asked for them
        if share is not None:
            yield share


def compose(scope: Scope, room: Room, barred: Collection[int] = ()) -> Part:
    """A part of the groups, workloads and constraints of `scope`, on the hosts where these have room."""
    problem = scope.problem
    present: dict[int, list[int]] = {}
    for index in scope.workloads:
        for host in room[index]:
            present.setdefault(host, []).append(index)
    hosts = tuple(sorted(present))
    rows = {
        host: (*capacity.rows(problem, host, present[host]), *devices.rows(problem, host, present[host]))
        for host in hosts
    }
    own = {index: room[index] for index in scope.workloads}
    open_groups = frozenset(scope.groups) - frozenset(barred)
    return Part(problem, scope.groups, scope.workloads, hosts, scope.constraints, own, rows, open_groups)


def _ties(problem: Problem, room: Room) -> Iterator[tuple[int, int]]:
    """Pairs that belong into one part; hosts count from the number of groups on."""
    first_host = len(problem.groups)
    tied_already: set[int] = set()
    for index, found in room.items():
        group = problem.workloads[index].group
        for host in found:
            yield group, first_host + host
            if id(found) in tied_already:
                break  # the hosts of one and the same room are tied together
        tied_already.add(id(found))
    for group, shape in enumerate(problem.groups):
        for other in shape.requires:
            yield group, other
    if any(objective.keyword == "toll" for objective in problem.objectives):
        yield from ((0, node) for node in range(1, first_host + len(problem.hosts)))
    for constraint in problem.constraints:
        for tied in constraint.ties(problem, room):
            yield from _chain([problem.workloads[index].group for index in tied])


def _chain(groups: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((groups[0], other) for other in groups[1:])


def _find(root: list[int], node: int) -> int:
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


def _join(root: list[int], one: int, other: int) -> None:
    low, high = sorted((_find(root, one), _find(root, other)))
    root[high] = low
