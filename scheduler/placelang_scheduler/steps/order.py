"""`order`: the steps from what runs to a placement, and the graph between them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from placelang_scheduler.steps.graph import edges
from placelang_scheduler.steps.moves import Act, Order, Step
from placelang_scheduler.steps.pieces import Pieces
from placelang_scheduler.steps.sequence import sequence
from placelang_scheduler.steps.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from placelang_scheduler.problem import Problem
    from placelang_scheduler.steps.moves import Move


def order(
    problem: Problem,
    placements: Sequence[Mapping[int, int]],
    moves: Sequence[Move],
    after: Mapping[int, Sequence[int]] | None = None,
) -> Order:
    """The steps of `moves`, which lead to `placements`: replicas by workload and host, of which those that are no
    target of a move stand already.

    `after`: the workloads whose replicas start before those of a workload, where both start for the first time, and
    stop after them where both stop for good.
    """
    if not moves:
        return Order((), ())
    ahead = _ahead(moves, after or {})
    situation = Situation(problem, placements, moves, ahead)
    starts = []
    for piece in _pieces(situation, ahead):
        starts.append(len(situation.steps))
        if len(piece) == 1 and _only_starts(situation, piece[0]):
            continue
        sequence(situation, sorted(piece, key=lambda number: _rank(problem, moves[number], number)))
    return Order(tuple(situation.steps), edges(situation, ahead, starts))


def _only_starts(situation: Situation, number: int) -> bool:
    """Make the one step of a move that starts what did not run, if no constraint looks at it and it may."""
    move = situation.moves[number]
    if move.source is not None or move.target is None or move.workload in situation.watched:
        return False
    return situation.attempt(Step(Act.START, number, move.target.host)) is None


def _rank(problem: Problem, move: Move, number: int) -> tuple[int, int]:
    """What is planned no more first, since it makes room, then by priority."""
    if move.workload is None:
        return -1001, number
    return -problem.groups[problem.workloads[move.workload].group].priority, number


def _ahead(moves: Sequence[Move], after: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """By move, those whose step comes first: starts before starts, and stops the other way round."""
    first: dict[int, list[int]] = {}
    last: dict[int, list[int]] = {}
    for number, move in enumerate(moves):
        if move.workload is not None and move.source is None:
            first.setdefault(move.workload, []).append(number)
        elif move.workload is not None and move.target is None:
            last.setdefault(move.workload, []).append(number)
    found: dict[int, list[int]] = {}
    moving = first.keys() | last.keys()
    for workload, other in _straightened(
        (w, o) for w in after if w in moving for o in after[w] if o in moving
    ):
        for number in first.get(workload, ()):
            found.setdefault(number, []).extend(first.get(other, ()))
        for number in last.get(other, ()):
            found.setdefault(number, []).extend(last.get(workload, ()))
    return {number: tuple(dict.fromkeys(before)) for number, before in found.items()}


def _straightened(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without pairs that go round in a circle."""
    wanted = list(pairs)
    if not _circles(wanted):
        return wanted
    import networkx as nx  # noqa: PLC0415 - only what goes round needs it, and it takes a fifth of a second

    circles = nx.strongly_connected_components(nx.DiGraph(wanted))
    circle_of = {workload: number for number, circle in enumerate(circles) for workload in circle}
    return [(one, other) for one, other in wanted if circle_of[one] != circle_of[other]]


def _circles(pairs: Iterable[tuple[int, int]]) -> bool:
    """Whether any of the pairs go round in a circle."""
    order: TopologicalSorter[int] = TopologicalSorter()
    for one, other in pairs:
        order.add(one, other)
    try:
        order.prepare()
    except CycleError:
        return True
    return False


def _pieces(situation: Situation, ahead: Mapping[int, tuple[int, ...]]) -> list[list[int]]:
    """Moves that may have to do with each other."""
    pieces = Pieces(len(situation.moves))
    first: dict[object, int] = {}
    for number, move in enumerate(situation.moves):
        copies = [copy for copy in (move.source, move.target) if copy is not None]
        shared: list[object] = [pool for copy in copies for pool, _ in situation.pools.looked_at(copy)]
        watched = situation.watched
        looking = (c for copy in copies if copy.workload is not None for c in watched.get(copy.workload, ()))
        shared += [(c.id, c.names()) for c in looking]
        if len(copies) > 1 and move.workload is not None:
            shared.append(situation.problem.counted(move.workload))
        for one in shared:
            pieces.join(number, first.setdefault(one, number))
        for other in ahead.get(number, ()):
            pieces.join(number, other)
    return pieces.all()
