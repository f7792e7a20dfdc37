"""Random moves between placements, and every order that a graph allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from placelang_scheduler import Problem
from placelang_scheduler.steps import Act, Copy, Move, Order, Step, replay
from tests.scheduler.oracle import placements
from tests.scheduler.problems import problem

Counts = tuple[Mapping[int, int], ...]


@dataclass(frozen=True)
class Case:
    problem: Problem
    after: Counts
    moves: tuple[Move, ...]


def case(seed: int, kinds: Sequence[type] = ()) -> Case | None:
    """Moves from one placement that holds to another, now and then with an old version that needs more."""
    r = Random(seed)
    made = problem(seed, kinds)
    before = r.choice(list(islice(placements(made), 400)))[0]
    made = replace(
        made,
        workloads=tuple(replace(w, current=now) for w, now in zip(made.workloads, before, strict=True)),
    )
    after = r.choice(list(islice(placements(made), 400)))[0]
    moves = [m for w in range(len(made.workloads)) for m in _moves(r, made, w, before[w], after[w])]
    return Case(made, after, tuple(moves)) if moves else None


def _moves(
    r: Random, made: Problem, w: int, before: Mapping[int, int], after: Mapping[int, int]
) -> Iterator[Move]:
    demand = made.workloads[w].demand
    gone = [h for h in before for _ in range(before[h] - min(before[h], after.get(h, 0)))]
    come = [h for h in after for _ in range(after[h] - min(after[h], before.get(h, 0)))]
    stay = [h for h in after for _ in range(min(after[h], before.get(h, 0)))]
    r.shuffle(gone)
    alone = r.random() < 0.15
    for source, target in zip(gone, come, strict=False):
        yield Move(Copy(source, w, demand), Copy(target, w, demand), alone)
    for source in gone[len(come) :]:
        yield Move(Copy(source, w, demand), None)
    for target in come[len(gone) :]:
        yield Move(None, Copy(target, w, demand))
    for host in stay:
        if r.random() < 0.4:
            yield Move(Copy(host, w, demand), Copy(host, w, demand), alone)


def allowed(order: Order, r: Random) -> tuple[Step, ...]:
    """One of the orders that the graph allows, starts before stops more often than not: that is where room is short."""
    ahead: dict[int, set[int]] = {n: set() for n in range(len(order.steps))}
    for first, second in order.edges:
        ahead[second].add(first)
    made: list[int] = []
    left = set(ahead)
    while left:
        ready = sorted(n for n in left if ahead[n] <= set(made))
        starts = [n for n in ready if order.steps[n].act is Act.START]
        made.append(r.choice(starts if starts and r.random() < 0.7 else ready))
        left.remove(made[-1])
    return tuple(order.steps[n] for n in made)


def straight(found: Case) -> bool:
    """Whether, by trying every order, all moves can be made of which each starts before it stops."""
    seen: set[frozenset[tuple[int, Act]]] = set()
    queue: list[tuple[Step, ...]] = [()]
    while queue:
        made = queue.pop()
        done = frozenset((step.move, step.act) for step in made)
        nexts = [step for n in range(len(found.moves)) for step in _next(found.moves[n], n, done)]
        if not nexts:
            return True
        for step in nexts:
            longer = (*made, step)
            state = frozenset((s.move, s.act) for s in longer)
            if state not in seen:
                faults = [n for n, _ in replay(found.problem, found.after, found.moves, longer)]
                if len(longer) - 1 not in faults:
                    seen.add(state)
                    queue.append(longer)
    return False


def _next(move: Move, number: int, done: frozenset[tuple[int, Act]]) -> Iterator[Step]:
    if move.target and (number, Act.START) not in done:
        yield Step(Act.START, number, move.target.host)
    elif move.source and (number, Act.STOP) not in done:
        yield Step(Act.STOP, number, move.source.host)
