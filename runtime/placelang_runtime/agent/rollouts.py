"""Rollouts go on by themselves: what may begin now does, and what has to stay well is looked at in time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from placelang_runtime.apply.outlook import begin, due_at, find_outlook
from placelang_runtime.journal import Journal
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.clock import Moment, moment

SELDOM: Final = 300.0
"""Seconds after which the calendar is looked at again, which may have been set anew."""


@dataclass(slots=True)
class Rollouts:
    """The rollouts of the part that holds, which `part` tells, on these hosts."""

    part: Callable[[], SitePart | None]
    journal: Journal
    hosts: Collection[str]
    moment: Callable[[], Moment] = moment
    _due: float = 0.0
    _writes: int = -1
    _asked: int | None = None

    def due(self, now: float) -> float | None:
        """Now, if anything was noted since the last time, as that may let something begin."""
        return now if self.journal.writes != self._writes else self._due

    def tick(self, now: float) -> bool:
        """Note what begins; whether that is anything, or something has to be looked at."""
        part = self.part()
        outlook = None if part is None else find_outlook(part, self.journal, self.hosts)
        self._due, changed = now + SELDOM, False
        if outlook is not None:
            time = self.moment()
            decision = begin(outlook, self.journal, time)
            look = due_at(outlook, time)
            over = look is not None and look <= time.elapsed
            opens = [gate.until for gate in decision.gates if gate.until is not None]
            waits = [(until - time.wall).total_seconds() for until in opens]
            looks = [] if look is None or over else [(look - time.elapsed) / 1000]
            self._due = now + max(0.0, min((SELDOM, *waits, *looks)))
            changed = bool(decision.begins) or (
                over and look != self._asked
            )  # what is under way is not cut off
            self._asked = look if over else None
        self._writes = self.journal.writes
        return changed
