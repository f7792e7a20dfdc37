"""`Situation`: which copies stand after the steps made so far, and what is in the way of the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from placelang_scheduler.steps.local import watched
from placelang_scheduler.steps.moves import Act, Bar, Copy, Step
from placelang_scheduler.steps.pools import Pools
from placelang_scheduler.steps.views import Counts, broken, worse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from placelang_scheduler.constraints import Constraint
    from placelang_scheduler.problem import Problem
    from placelang_scheduler.steps.moves import Move
    from placelang_scheduler.steps.views import Broken

_TRIES = 20_000
"""Situations that are tried in all, in search of an order in which everything starts before it stops."""
SERVING = "serving"
"""The rule that most of a workload's replicas go on serving while others stop early."""
_SHARE = 4
"""One in so many replicas of a workload may stop early at a time."""


class Situation:
    """The steps made so far, which can be undone. `early` are moves that stopped before they start anew, `spares` the
    copies for hosts where some may stand for a while, `parked` those moves of which one stands there now.
    `partner_first`: what rests on a partner waits for it even before it is whole."""

    def __init__(
        self,
        problem: Problem,
        placements: Sequence[Mapping[int, int]],
        moves: Sequence[Move],
        ahead: Mapping[int, tuple[int, ...]],
    ) -> None:
        self.problem = problem
        self.moves = moves
        self.pools = Pools(problem, placements, moves)
        self.counts = Counts(problem, placements, moves)
        self.watched = watched(problem, placements, moves)
        self.partner_first = True
        self.before = {id(c): self._broken(c) for found in self.watched.values() for c in found}
        self.steps: list[Step] = []
        self.started: set[int] = set()
        self.stopped: set[int] = set()
        self.early: dict[int, int] = {}
        self.spares: dict[int, Copy] = {}
        self.parked: set[int] = set()
        self._ahead = ahead
        self.tries = _TRIES
        self._given_up: list[Constraint] = []
        self._running = dict(self.counts.whole)

    def gives_way(self, move: int) -> Bar | None:
        """Why a move can only stop before it starts: its copies must not stand at once, or never could."""
        if self.moves[move].alone:
            return Bar("alone")
        pool = self.pools.cramped(self.moves[move])
        return Bar(pool.rule, pool.constraint, pool.of, pool.host) if pool is not None else None

    def done(self, move: int) -> bool:
        """Whether nothing of a move is left to do."""
        shape = self.moves[move]
        started = shape.target is None or move in self.started
        return started and (shape.source is None or move in self.stopped) and move not in self.parked

    def attempt(self, step: Step) -> Bar | None:
        """Make a step, or tell what is in its way."""
        bar = self._bar(step)
        if bar is not None:
            return bar
        self._make(step, 1)
        for constraint in self._broken_now(step):
            self._make(step, -1)
            return Bar(constraint.keyword, constraint.id)
        self.steps.append(step)
        return None

    def force(self, step: Step) -> None:
        """Make a step that nothing but a constraint is in the way of, and say so."""
        self._make(step, 1)
        found = tuple(self._broken_now(step))
        self._given_up += found
        self.steps.append(replace(step, breaches=tuple(Bar(c.keyword, c.id) for c in found)))

    def undo(self, length: int) -> None:
        """Take back all steps but the first `length`."""
        while len(self.steps) > length:
            self._make(self.steps.pop(), -1)

    def copy(self, step: Step) -> Copy:
        """The copy that a step starts or stops."""
        move = self.moves[step.move]
        found = (
            self.spares[step.move] if step.spare else move.target if step.act is Act.START else move.source
        )
        if found is None:
            raise AssertionError("a step of a copy that there is none of")
        return found

    def _broken_now(self, step: Step) -> Iterator[Constraint]:
        """The constraints that hold no more, as far as they did before."""
        for constraint in self.watched.get(self.workload(step), ()):
            if constraint not in self._given_up and worse(
                self._broken(constraint), self.before[id(constraint)]
            ):
                yield constraint

    def _broken(self, constraint: Constraint) -> Broken:
        return broken(self.counts, constraint, partner_first=self.partner_first)

    def workload(self, step: Step) -> int:
        """The workload of which a copy starts or stops, -1 for one that is planned no more."""
        workload = self.copy(step).workload
        return -1 if workload is None else workload

    def _bar(self, step: Step) -> Bar | None:
        if any(not self._ready(other, step.act) for other in self._ahead.get(step.move, ())):
            return Bar("after")
        if step.act is Act.START:
            pool = self.pools.lacking(self.copy(step))
            return Bar(pool.rule, pool.constraint, pool.of, pool.host) if pool else None
        workload = self.moves[step.move].workload
        if step.early is not None and workload is not None:
            together = self.problem.counted(workload).workloads
            stopped = sum(1 for move in self.early if self.moves[move].workload in together)
            if stopped >= self.may_stop(workload):
                return Bar(SERVING)
        return None

    def _ready(self, other: int, act: Act) -> bool:
        """Whether a move that has to come first has come."""
        return other in (self.started if act is Act.START else self.stopped)

    def may_stop(self, workload: int) -> int:
        """How many replicas of a workload and its variants may be stopped early at a time."""
        return max(1, self._running.get(self.problem.counted(workload), 0) // _SHARE)

    def _make(self, step: Step, sign: int) -> None:
        """Make a step (1) or take it back (-1)."""
        copy = self.copy(step)
        starts = step.act is Act.START
        self.pools.add(copy, sign if starts else -sign)
        if copy.workload is not None:
            self.counts.add(copy.workload, copy.host, sign if starts else -sign)
        if not step.spare:
            self._note(step, sign)
        elif starts == (sign > 0):
            self.parked.add(step.move)
        else:
            self.parked.discard(step.move)

    def _note(self, step: Step, sign: int) -> None:
        marks = self.started if step.act is Act.START else self.stopped
        (marks.add if sign > 0 else marks.discard)(step.move)
        move = self.moves[step.move]
        early = move.target is not None and step.move not in self.started and step.move in self.stopped
        if early == (step.move in self.early) or move.source is None or step.move in self.spares:
            return
        if early:
            self.early[step.move] = move.source.host
        else:
            del self.early[step.move]
        if move.source.workload is not None:
            self.counts.hold(move.source.workload, move.source.host, 1 if early else -1)
