"""`sequence`: steps one after the other, each of them safe.

First straight on: whatever may be done is done, and where that ends before all is, other orders are tried, up to a
bound. Where there is none, what waits for each other is told apart: a replica stands on a spare host for a while, or
stops before it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placelang_scheduler.steps.moves import Act, Bar, Copy, Early, Step
from placelang_scheduler.steps.spare import spare_hosts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang_scheduler.steps.situation import Situation

_TRIED = 1000
"""Situations that are tried for one piece before something has to give way."""
_MOST = 40
"""Moves up to which other orders are tried."""
_ALONE = Bar("alone")


def sequence(situation: Situation, moves: Sequence[int]) -> None:
    """Make all steps of `moves`, which are of one piece: most important first."""
    for partner_first in (True, False):
        situation.partner_first = partner_first
        if _straight(situation, moves):
            return
    while not _sweep(situation, moves):
        _relieve(situation, moves)


def _straight(situation: Situation, moves: Sequence[int]) -> bool:
    """Make all steps so that whatever moves starts before it stops, or none."""
    start = len(situation.steps)
    if _sweep(situation, moves):
        return True
    situation.undo(start)
    return len(moves) <= _MOST and _search(situation, moves)


def _sweep(situation: Situation, moves: Sequence[int]) -> bool:
    """Do what can be done until nothing can, and tell whether all is done."""
    left = [move for move in moves if not situation.done(move)]
    gained = True
    while left and gained:
        gained = False
        for move in left:
            while any(_take(situation, steps) for steps in _onward(situation, move)):
                gained = True
        left = [move for move in left if not situation.done(move)]
    return not left


def _onward(situation: Situation, move: int) -> Iterator[tuple[Step, ...]]:
    """What may be done next for a move: a step, or two at once where it stops and starts."""
    shape = situation.moves[move]
    waits = shape.target is not None and move not in situation.started
    if waits and shape.target is not None:
        start = Step(Act.START, move, shape.target.host)
        runs = shape.source is not None and move not in situation.stopped
        bar = situation.gives_way(move) if runs else None
        if bar is not None and shape.source is not None:
            yield Step(Act.STOP, move, shape.source.host, early=Early(bar, move)), start
        else:
            yield (start,)
    elif move in situation.parked:
        yield (Step(Act.STOP, move, situation.spares[move].host, spare=True),)
    if not waits and shape.source is not None and move not in situation.stopped:
        yield (Step(Act.STOP, move, shape.source.host),)


def _take(situation: Situation, steps: Sequence[Step]) -> bool:
    """Make the steps, all or none."""
    length = len(situation.steps)
    for step in steps:
        if situation.attempt(step) is not None:
            situation.undo(length)
            return False
    return True


def _search(situation: Situation, moves: Sequence[int]) -> bool:
    """Try one order after the other, deepest first; nothing is done where none is found."""
    start = len(situation.steps)
    seen: set[tuple[frozenset[int], frozenset[int]]] = set()
    frames = [_choices(situation, moves)]
    marks = [start]
    while frames:
        if all(situation.done(move) for move in moves):
            return True
        situation.undo(marks[-1])
        steps = next((s for s in frames[-1] if _take(situation, s)), None)
        if steps is None:
            frames.pop()
            marks.pop()
            continue
        state = frozenset(situation.started), frozenset(situation.stopped)
        if state not in seen and len(seen) < _TRIED and situation.tries > 0:
            seen.add(state)
            situation.tries -= 1
            frames.append(_choices(situation, moves))
            marks.append(len(situation.steps))
    situation.undo(start)
    return False


def _choices(situation: Situation, moves: Sequence[int]) -> Iterator[tuple[Step, ...]]:
    """All that may be done next, stops first. Worked out at once: the situation changes while it is gone through."""
    found = [steps for move in moves for steps in _onward(situation, move)]
    return iter(sorted(found, key=lambda steps: steps[0].act is not Act.STOP))


def _relieve(situation: Situation, moves: Sequence[int]) -> None:
    """Nothing can be done: make room for something. The least important of `moves` give way first."""
    waiting = [m for m in moves if situation.moves[m].target and m not in situation.started]
    able = [m for m in reversed(waiting) if situation.moves[m].source and m not in situation.stopped]
    for move in able:
        if not situation.moves[move].alone and _park(situation, move, waiting):
            return
    for wanted in (waiting, None):
        for move in able:
            if _stop_early(situation, move, wanted):
                return
    _give_in(situation, moves)


def _park(situation: Situation, move: int, waiting: Sequence[int]) -> bool:
    """Let a replica stand on a spare host for a while, if something can start then."""
    source = situation.moves[move].source
    if source is None or move in situation.spares:
        return False
    for spare in spare_hosts(situation, move):
        situation.spares[move] = spare
        steps = (
            Step(Act.START, move, spare.host, spare=True),
            Step(Act.STOP, move, source.host),
        )
        situation.pools.enliven(spare, _standing(situation))
        length = len(situation.steps)
        if _take(situation, steps):
            if _opens(situation, [other for other in waiting if other != move]) is not None:
                return True
            situation.undo(length)
        del situation.spares[move]
    return False


def _standing(situation: Situation) -> Iterator[Copy]:
    """The moves' copies that stand."""
    for number, move in enumerate(situation.moves):
        if move.source is not None and number not in situation.stopped:
            yield move.source
        if move.target is not None and number in situation.started:
            yield move.target
        if number in situation.parked:
            yield situation.spares[number]


def _stop_early(situation: Situation, move: int, waiting: Sequence[int] | None) -> bool:
    """Stop a replica that is to start elsewhere, if one of `waiting` can start then, or in any case."""
    source, target = situation.moves[move].source, situation.moves[move].target
    if source is None or target is None:
        return False
    if move in situation.parked:
        return False
    length = len(situation.steps)
    before = {m: _in_the_way(situation, m) for m in waiting or (move,)}
    early = Early(before.get(move) or _ALONE, move)
    if situation.attempt(Step(Act.STOP, move, source.host, early=early)) is not None:
        return False
    if waiting is None:
        return True
    opened = _opens(situation, waiting)
    situation.undo(length)
    if opened is None:
        return False
    early = Early(before[opened] or _ALONE, opened)
    return situation.attempt(Step(Act.STOP, move, source.host, early=early)) is None


def _opens(situation: Situation, waiting: Sequence[int]) -> int | None:
    """The first of `waiting` that could start now."""
    return next((move for move in waiting if _in_the_way(situation, move) is None), None)


def _in_the_way(situation: Situation, move: int) -> Bar | None:
    """What is in the way of a start."""
    target = situation.moves[move].target
    if target is None:
        return None
    length = len(situation.steps)
    bar = situation.attempt(Step(Act.START, move, target.host))
    situation.undo(length)
    return bar


def _give_in(situation: Situation, moves: Sequence[int]) -> None:
    """No order keeps every constraint: stop something all the same, and else start it."""
    for move in reversed(moves):
        source, target = situation.moves[move].source, situation.moves[move].target
        if source is not None and move not in situation.stopped:
            waits = target is not None and move not in situation.started
            bar = _in_the_way(situation, move) if waits else None
            early = Early(bar or _ALONE, move) if waits else None
            situation.force(Step(Act.STOP, move, source.host, early=early))
            return
    for move in moves:
        target = situation.moves[move].target
        if target is not None and move not in situation.started:
            situation.force(Step(Act.START, move, target.host))
            return
        if move in situation.parked:
            situation.force(Step(Act.STOP, move, situation.spares[move].host, spare=True))
            return
