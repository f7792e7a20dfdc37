"""Rollouts go on by themselves: what may begin now does, and what has to stay well is looked at in time. How far each
app is, and for how long it has been well, is told to whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from placelang_runtime.agent.progress import Progress, find_progress
from placelang_runtime.agent.view import View
from placelang_runtime.apply.outlook import begin, due_at, find_outlook
from placelang_runtime.journal import Journal
from placelang_runtime.part import SitePart
from placelang_runtime.rollout.clock import Moment, moment
from placelang_runtime.rollout.gates import Gate

SELDOM: Final = 300.0
"""Seconds after which the calendar is looked at again, which may have been set anew."""
_TOLD: Final = "rollouts.told"


@dataclass(slots=True)
class Rollouts:
    """The rollouts of the part that holds, which `part` tells, on these hosts. `alarmed` are the apps of which a rule
    says that something is wrong, and `happen` hears of what came of an app."""

    part: Callable[[], SitePart | None]
    journal: Journal
    hosts: Collection[str]
    view: View
    happen: Callable[[str, str, str], object]
    alarmed: Callable[[], frozenset[str]] = frozenset
    moment: Callable[[], Moment] = moment
    progress: tuple[Progress, ...] = ()
    _due: float = 0.0
    _writes: int = -1
    _asked: int | None = None
    _signs: object = None
    _open: frozenset[str] = frozenset()
    _since: dict[str, tuple[int, float]] = field(default_factory=dict)

    def due(self, now: float) -> float | None:
        """Now, if anything was noted since the last time, as that may let something begin."""
        changed = self.journal.writes != self._writes or self._found() != self._signs
        return now if changed else self._due

    def tick(self, now: float) -> bool:
        """Note what begins; whether that is anything, or something else is to run, or has to be looked at."""
        part = self.part()
        outlook = None if part is None else find_outlook(part, self.journal, self.hosts)
        self._due, changed = now + SELDOM, False
        gates: tuple[Gate, ...] = ()
        if outlook is not None:
            time = self.moment()
            decision = begin(outlook, self.journal, time)
            look, gates = due_at(outlook, time), decision.gates
            over = look is not None and look <= time.elapsed
            opens = [gate.until for gate in gates if gate.until is not None]
            waits = [(until - time.wall).total_seconds() for until in opens]
            looks = [] if look is None or over else [(look - time.elapsed) / 1000]
            self._due = now + max(0.0, min((SELDOM, *waits, *looks)))
            changed = bool(decision.begins) or (
                over and look != self._asked
            )  # what is under way is not cut off
            self._asked = look if over else None
            changed |= outlook.open != self._open
            self._open = outlook.open
        self._signs = self._found()
        accepted = self.journal.accepted()
        if part is not None and accepted is not None:
            self.progress = tuple(find_progress(part, outlook, self.journal, accepted.id, gates))
            self._follow(accepted.id, now)
        self._writes = self.journal.writes
        return changed

    def well_for(self, app: str, now: float) -> float:
        """For how many seconds an app that is through has been as it shall be."""
        return now - self._since[app][1] if app in self._since else 0.0

    def _found(self) -> object:
        return self.view.settled, self.view.unreachable, self.alarmed()

    def _follow(self, accepted: int, now: float) -> None:
        """Count for how long what is through is well, and tell of what became of an app."""
        told = json.loads(self.journal.kept(_TOLD) or "{}")
        alarmed, settled = self.alarmed(), self.view.settled and not self.view.unreachable
        since, said = {}, {}
        for one in self.progress:
            if one.stage == "through" and settled and one.app not in alarmed:
                known = self._since.get(one.app)
                since[one.app] = known if known is not None and known[0] == accepted else (accepted, now)
            said[one.app] = [accepted, one.stage]
            if told.get(one.app) != said[one.app]:
                self.happen("rollout", one.app, f"{one.stage}: {one.why}" if one.why else one.stage)
        self._since = since
        if said != told:
            self.journal.keep(_TOLD, json.dumps(said))
