"""Which constraints are looked at when a workload moves: the shares of them in what it may meet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from placelang_scheduler.constraints import AtLeast, AtMost, Reserve, Spread
from placelang_scheduler.steps.pieces import Pieces
from placelang_scheduler.steps.views import AT_REST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.steps.moves import Copy, Move

_POOLED = (AtMost, Reserve)


def watched(
    problem: Problem, placements: Sequence[Mapping[int, int]], moves: Sequence[Move]
) -> dict[int, tuple[Constraint, ...]]:
    """By workload that moves, the hard constraints that its steps may break.

    One that waits until a workload is whole does not matter while the first replicas of it start.
    """
    arriving = Counter(m.target.workload for m in moves if m.target is not None)
    runs = {m.source.workload for m in moves if m.source is not None}
    runs |= {w for w, count in arriving.items() if w is not None and sum(placements[w].values()) > count}
    found: dict[int, list[Constraint]] = {}
    constraints = [
        constraint
        for constraint in problem.constraints
        if not isinstance(constraint, (*_POOLED, *AT_REST))
        and (not isinstance(constraint, Spread | AtLeast) or not runs.isdisjoint(constraint.workloads))
    ]
    for share in shares(
        problem, constraints, placements, (c for m in moves for c in (m.source, m.target) if c)
    ):
        for workload in share.names():
            found.setdefault(workload, []).append(share)
    return {workload: tuple(constraints) for workload, constraints in found.items()}


def shares(
    problem: Problem,
    constraints: Sequence[Constraint],
    placements: Sequence[Mapping[int, int]],
    copies: Iterable[Copy],
) -> Iterator[Constraint]:
    """The hard ones of `constraints`, divided where their workloads never meet, as far as they name one of which there
    are `copies`: those that start or stop."""
    hosts: dict[int, dict[int, int]] = {}
    for copy in copies:
        if copy.workload is not None:
            hosts.setdefault(copy.workload, dict(placements[copy.workload]))[copy.host] = 1
    for constraint in constraints:
        if constraint.weight is not None or hosts.keys().isdisjoint(constraint.names()):
            continue
        names = constraint.names()
        if len(names) == 1:
            yield constraint
            continue
        part_of = _parts(problem, constraint, {w: hosts.get(w) or placements[w] for w in names})
        for share in constraint.divide(part_of).values():
            if not hosts.keys().isdisjoint(share.names()):
                yield share


def _parts(problem: Problem, constraint: Constraint, where: Mapping[int, Mapping[int, int]]) -> Sequence[int]:
    """A number for each workload, the same for those that meet on a host or that the constraint ties together."""
    pieces = Pieces(len(problem.workloads))
    first: dict[int, int] = {}
    for workload, hosts in where.items():
        for host in hosts:
            pieces.join(workload, first.setdefault(host, workload))
    for tied in constraint.ties(problem, where):
        for workload in tied[1:]:
            pieces.join(tied[0], workload)
    return [pieces.of(workload) for workload in range(len(problem.workloads))]
