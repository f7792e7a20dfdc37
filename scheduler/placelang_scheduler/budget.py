"""`Budget`: what a search may spend, counted in the solver's deterministic time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event


ENDLESS = 1e9
"""Units that nobody waits for; more would be no number to divide."""


def granted(units: float) -> float:
    """Units as they can be spent: nothing for what is less, or no number."""
    return max(0.0, min(units, ENDLESS))


@dataclass(slots=True)
class Budget:
    """What may be spent: `units` of the solver's counted time, and the wall clock up to `deadline` as a net. Once
    `stop` is set, nothing."""

    units: float
    seed: int
    deadline: float | None = None
    timed_out: bool = False
    stop: Event | None = None

    @contextmanager
    def share(self, fraction: float) -> Iterator[Budget]:
        """A budget of a fraction of the units that are left; what it leaves over comes back."""
        given = self.units * fraction
        share = Budget(given, self.seed, self.deadline, self.timed_out, self.stop)
        yield share
        self.units -= given - share.units
        self.timed_out = share.timed_out

    @property
    def spent(self) -> bool:
        return self.timed_out or self.units <= 0 or self.stopped

    @property
    def stopped(self) -> bool:
        return self.stop is not None and self.stop.is_set()
