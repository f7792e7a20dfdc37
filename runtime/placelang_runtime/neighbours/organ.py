"""`Offering`: the agent's door for neighbours, where the part that holds says that this host has any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from placelang_runtime.doors import Door
from placelang_runtime.drivers import Driver
from placelang_runtime.journal import Journal
from placelang_runtime.neighbours.offer import Shelf, offer
from placelang_runtime.part import Member, SitePart
from placelang_runtime.trust.keys import BadKeyError

LOOK: Final = 15.0
"""Seconds until it is looked again at which part holds, and whether an address that could not be had is there."""


@dataclass(slots=True)
class Offering:
    """What a host offers, in the deciding thread: it keeps the door open to the members that the part names, at the
    address that it names for this host. `folder` is the state folder."""

    folder: Path
    journal: Journal
    driver: Driver
    part: SitePart | None = None
    _accepted: int = 0
    _open_to: tuple[Member, ...] = ()
    _door: Door | None = None
    _why: str = ""
    _next: float = 0.0

    def due(self, now: float) -> float:
        return max(now, self._next)

    def tick(self, now: float) -> bool:
        self._next = now + LOOK
        accepted = self.journal.accepted()
        if accepted is not None and accepted.id != self._accepted:
            self.part, self._accepted = SitePart.model_validate_json(accepted.document), accepted.id
        members = self.part.members if self.part is not None else ()
        if members != self._open_to:
            self.close()
            self._open(members)
        return False

    def close(self) -> None:
        door, self._door, self._open_to = self._door, None, ()
        if door is not None:
            door.close()

    def _open(self, members: tuple[Member, ...]) -> None:
        me = next((member for member in members if member.name == self.driver.host), None)
        try:
            if me is not None and len(members) > 1:
                self._door = offer(Shelf(self.folder, self.driver, lambda: self.part), me, members)
                self._door.open()
            self._open_to, self._why = members, ""
        except (OSError, BadKeyError) as error:
            if str(error) != self._why:
                self._why = str(error)
                self.journal.happen(
                    "trouble", self.driver.host, f"images and models are not offered to neighbours: {error}"
                )
