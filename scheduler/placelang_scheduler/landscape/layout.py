"""`lay`: a problem as columns, where it is one that they can hold.

Enters a valid problem; leaves its `Layout`, or None: where replicas may be more or fewer, hold devices or keep hours,
where constraints are soft or of kinds that tallies cannot count, and where there are more pairs of items and hosts than
memory should hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placelang_scheduler.constraints import AtLeast, AtMost, Different, Overlap, Same
from placelang_scheduler.landscape.columns import Columns, Indices
from placelang_scheduler.landscape.tallies import Tallies, tallied
from placelang_scheduler.objectives import Toll

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from placelang_scheduler.problem import Problem

PAIRS = 50_000_000
"""Items times hosts, at most."""
_KINDS = (AtLeast, AtMost, Different, Overlap, Same)
_NOWHERE = np.int64(2**61)
"""An edge that nothing reaches."""
_WIDE = 2**61


@dataclass(frozen=True, slots=True)
class Layout:
    """`owner` has the workload of each item."""

    problem: Problem
    columns: Columns
    owner: Indices

    def counts(self, at: Indices) -> dict[int, Mapping[int, int]]:
        """Items that stand `at` hosts, as replicas of workloads."""
        found: dict[int, dict[int, int]] = {index: {} for index in range(len(self.problem.workloads))}
        for index, host in zip(self.owner.tolist(), at.tolist(), strict=True):
            found[index][host] = found[index].get(host, 0) + 1
        return {index: dict(sorted(hosts.items())) for index, hosts in found.items()}

    def items(self, placements: Sequence[Mapping[int, int]]) -> Indices:
        """Where items stand for replicas of workloads."""
        found = [host for hosts in placements for host, count in sorted(hosts.items()) for _ in range(count)]
        return np.array(found, np.int32)


def lay(problem: Problem) -> Layout | None:
    """The layout, if there is one."""
    if not _known(problem):
        return None
    shapes = problem.workloads
    owner = np.repeat(np.arange(len(shapes), dtype=np.int32), [shape.maximum for shape in shapes])
    if len(owner) * len(problem.hosts) > PAIRS:
        return None
    toll = next((one for one in problem.objectives if isinstance(one, Toll)), Toll())
    home = _homes(problem)
    need, capacity, arriving = _rows(problem, owner, home)
    pull, edge, weight = _hinges(problem, toll, owner)
    if _overflows(need, pull, weight):
        return None
    tallies = tallied(problem, owner)
    kind, allowed = _allowed(problem, owner, tallies)
    first, choices = _choices(kind, allowed, need, capacity)
    order, rank = _by_size(need, capacity)
    set_of = np.full(len(shapes), -1, np.int32)
    for number, one in enumerate(toll.sets if toll.most else ()):
        set_of[list(one)] = number
    columns = Columns(
        need,
        capacity,
        arriving,
        pull,
        edge,
        weight,
        home,
        np.array([toll.moves * shape.move_cost for shape in shapes], np.int64)[owner],
        np.array(toll.ways, np.int64).reshape(len(toll.ways), len(toll.ways)),
        set_of[owner],
        toll.most if toll.sets else 0,
        first,
        choices,
        kind,
        order,
        rank,
        allowed,
        tallies.tally_first,
        tallies.tallies,
        tallies.tally_key,
        tallies.base,
        tallies.value,
        tallies.rule_first,
        tallies.rule_kind,
        tallies.rule_other,
        tallies.rule_number,
    )
    return Layout(problem, columns, owner)


def _known(problem: Problem) -> bool:
    """Whether columns can say all that the problem says."""
    return all(one.weight is None and isinstance(one, _KINDS) for one in problem.constraints) and not any(
        one.devices or one.hours is not None or one.variants or one.minimum != one.maximum
        for one in problem.workloads
    )


def _homes(problem: Problem) -> Indices:
    """Where each item runs now, as far as one does; replicas beyond their maximum are none."""
    found: list[int] = []
    for shape in problem.workloads:
        running = [host for host, count in sorted(shape.current.items()) for _ in range(count)]
        found += (running + [-1] * shape.maximum)[: shape.maximum]
    return np.array(found, np.int32)


def _rows(
    problem: Problem, owner: Indices, home: Indices
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """What items take of hard rows, what hosts have, and which rows count arrivals only."""
    resources = sorted({name for shape in problem.workloads for name, need in shape.demand.items() if need})
    needs, capacities, arriving = [], [], []
    moving = {one.resource: one for one in problem.constraints if isinstance(one, Overlap)}
    running = home >= 0
    for name in resources:
        need = np.array([shape.demand.get(name, 0) for shape in problem.workloads], np.int64)[owner]
        capacity = np.array([host.capacity.get(name, 0) for host in problem.hosts], np.int64)
        used = np.zeros(len(capacity), np.int64)
        np.add.at(used, home[running], need[running])
        covered = (
            name in moving
            and (used <= capacity).all()
            and len(moving[name].workloads) == len(problem.workloads)
        )
        if not covered:
            needs.append(need)
            capacities.append(capacity)
            arriving.append(False)
    for overlap in (one for one in problem.constraints if isinstance(one, Overlap)):
        named = np.isin(owner, overlap.workloads)
        need = np.array([shape.demand.get(overlap.resource, 0) for shape in problem.workloads], np.int64)[
            owner
        ]
        needs.append(np.where(named, need, 0))
        spare = overlap.spare(problem)
        capacities.append(np.array([spare[host] for host in range(len(problem.hosts))], np.int64))
        arriving.append(True)
    return _stacked(needs, len(owner)), _stacked(capacities, len(problem.hosts)), np.array(arriving, np.bool_)


def _hinges(
    problem: Problem, toll: Toll, owner: Indices
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    pulls = [
        np.array([hinge.pull(one) for one in problem.workloads], np.int64)[owner] for hinge in toll.hinges
    ]
    edges = [
        np.array([_NOWHERE if edge is None else edge for edge in hinge.above], np.int64)
        for hinge in toll.hinges
    ]
    weights = np.array([hinge.weight for hinge in toll.hinges], np.int64)
    return _stacked(pulls, len(owner)), _stacked(edges, len(problem.hosts)), weights


def _stacked(rows: Sequence[NDArray[np.int64]], length: int) -> NDArray[np.int64]:
    return np.ascontiguousarray(np.stack(rows, axis=1)) if rows else np.zeros((length, 0), np.int64)


def _overflows(need: NDArray[np.int64], pull: NDArray[np.int64], weight: NDArray[np.int64]) -> bool:
    """Whether sums might not fit into 64 bits."""
    widest = np.abs(pull).astype(float).sum(axis=0) * weight
    return bool(need.astype(float).sum(axis=0).max(initial=0) > _WIDE or widest.max(initial=0) > _WIDE)


def _allowed(problem: Problem, owner: Indices, tallies: Tallies) -> tuple[Indices, NDArray[np.bool_]]:
    """The kinds of items by where they may stand, and the hosts of each kind."""
    masks: dict[tuple[int, tuple[str, ...]], int] = {}
    rows: list[NDArray[np.bool_]] = []
    held: list[tuple[int, ...]] = []
    kinds = np.zeros(len(problem.workloads), np.int32)
    for index, shape in enumerate(problem.workloads):
        keys = tallies.bound[index]
        name = (id(shape.candidates), keys)
        if name not in masks:
            row = np.zeros(len(problem.hosts), np.bool_)
            row[list(shape.candidates)] = True
            for key in keys:
                row &= tallies.known[key]
            masks[name] = len(rows)
            rows.append(row)
            held.append(shape.candidates)
        kinds[index] = masks[name]
    return kinds[owner], np.stack(rows) if rows else np.zeros((0, len(problem.hosts)), np.bool_)


def _by_size(need: NDArray[np.int64], capacity: NDArray[np.int64]) -> tuple[Indices, Indices]:
    """Items by what they take of what there is in all, and the place of each."""
    order = np.argsort((need / np.maximum(capacity.sum(axis=0), 1)).sum(axis=1), kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    return order.astype(np.int32), rank


def _choices(
    kind: Indices, allowed: NDArray[np.bool_], need: NDArray[np.int64], capacity: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Indices]:
    """Where each item may stand and would fit if nothing else but what cannot leave did."""
    found = [
        np.flatnonzero(allowed[k] & (capacity >= row).all(axis=1)) for k, row in zip(kind, need, strict=True)
    ]
    first = np.concatenate(([0], np.cumsum([len(one) for one in found]))).astype(np.int64)
    return first, np.concatenate(found).astype(np.int32) if found else np.zeros(0, np.int32)
