"""What an agent does beside carrying out, each thing by itself and at its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class Clock:
    """`boottime` is for durations: seconds that never jump, and go on while the host sleeps. `wall` is for people and
    calendars."""

    boottime: Callable[[], float]
    wall: Callable[[], datetime]


CLOCK: Final = Clock(lambda: time.clock_gettime(time.CLOCK_BOOTTIME), lambda: datetime.now(UTC))


class Organ(Protocol):
    """Something that has its turns in the deciding thread. It writes down what it decides in the journal, where
    `find_target` and others read it, and must not wait for anybody."""

    def due(self, now: float) -> float | None:
        """When it wants its next turn, by the clock of durations; None for not before something else happens."""

    def tick(self, now: float) -> bool:
        """Take a turn; whether what shall run may be another now."""
