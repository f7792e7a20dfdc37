"""What reaches the deciding thread from others: requests, and that something has changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Condition
from typing import Any

from placelang_runtime.apply.requests import Request


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """A request, and where its answers go: any number of events, then what came of it. `remote` ones come from
    somewhere else than this host."""

    request: Request
    remote: bool = False
    answers: SimpleQueue[dict[str, Any]] = field(default_factory=SimpleQueue)


class Inbox:
    """For any number of threads that put and one that takes."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._letters: deque[Letter] = deque()
        self._stirred = False
        self._nudged = False
        self._ending = False

    def put(self, letter: Letter) -> None:
        with self._changed:
            self._letters.append(letter)
            self._changed.notify_all()

    def stir(self) -> None:
        """Something may run otherwise than it did, or shall."""
        with self._changed:
            self._stirred = True
            self._changed.notify_all()

    def nudge(self) -> None:
        """An organ has something to do."""
        with self._changed:
            self._nudged = True
            self._changed.notify_all()

    def end(self) -> None:
        """The agent shall end, once what it has begun has."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    @property
    def ending(self) -> bool:
        return self._ending

    @property
    def waiting(self) -> bool:
        """Whether a request is there."""
        return bool(self._letters)

    def take(self) -> Letter | None:
        with self._changed:
            return self._letters.popleft() if self._letters else None

    def stirred(self) -> bool:
        """Whether anything stirred since this was asked last."""
        with self._changed:
            stirred, self._stirred = self._stirred, False
            return stirred

    def wait(self, seconds: float) -> None:
        """Until there is something to do."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._letters or self._stirred or self._nudged or self._ending,
                timeout=max(0.0, seconds),
            )
            self._nudged = False
