"""Hands that look up from their work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Final

from placelang_runtime.apply.hands import Threads

PIECE: Final = 0.5
"""Seconds of waiting after which the agent looks at what else is due."""


class Interrupted(KeyboardInterrupt):
    """What is carried out ends after what was begun: something else has to be decided first."""


class Attentive(Threads):
    """Threads of which the waiting one calls `attend` time and again, which may raise `Interrupted`."""

    attend: Callable[[], None] = staticmethod(lambda: None)

    def wait(self, futures: Collection[Future[object]], seconds: float | None) -> None:
        end = None if seconds is None else self.now() + seconds
        while futures or end is not None:
            left = PIECE if end is None else min(PIECE, max(0.0, end - self.now()))
            super().wait(futures, left)
            self.attend()
            if any(future.done() for future in futures) or (end is not None and self.now() >= end):
                return
