"""Work that takes a while: it shows that it goes on, and an interrupt ends it.

A solver does not listen while it runs. So it works on a thread of its own, and the main thread stays free to hear the
interrupt and to draw. Work that is watched says how far it has come; while it searches, the first interrupt asks it to
come to an end with what it has, and the next ends it at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from placelang.cli.exits import Exit
from placelang_runtime.cli.logs import LOGGER

if TYPE_CHECKING:
    from placelang_scheduler import Event

STEP = 0.5  # seconds after which the line appears, and changes
CLEAR = "\r\x1b[K"
BAR = 20
SEARCHING = frozenset({"planning", "solving", "improving", "explaining"})

T = TypeVar("T")


class Watch:
    """What is known of work while it goes on: the latest event; and what asks it to stop."""

    def __init__(self) -> None:
        self.stop = Flag()
        self._latest: Event | None = None

    def hear(self, event: Event) -> None:
        """Note how far the work has come."""
        self._latest = event

    def ask(self) -> bool:
        """Ask the work to end; False where it would not listen, or was asked before."""
        if self._latest is None or self._latest.stage not in SEARCHING or self.stop.is_set():
            return False
        self.stop.set()
        return True

    def __str__(self) -> str:
        latest = self._latest
        if latest is None or not latest.total:
            return ""
        full = BAR * latest.done // latest.total
        return f" {'█' * full}{'░' * (BAR - full)} {latest.stage} {latest.done:,} of {latest.total:,}"


def interruptibly(work: Callable[[], T], *, doing: str, watch: Watch | None = None) -> T:
    """What `work` returns or raises. On a terminal a line says what is being done, and for how long."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    shown = sys.stderr.isatty() and LOGGER.getEffectiveLevel() == logging.WARNING
    watch = watch or Watch()
    while True:
        try:
            return _wait(future, doing if shown else None, watch)
        except KeyboardInterrupt:
            if future.done():
                raise
            if shown:
                sys.stderr.write(CLEAR)
            if not watch.ask():
                _leave()
            LOGGER.warning("stopping with the best plan found so far; interrupt again to leave at once")


def _leave() -> None:
    """The thread is in a solver and cannot be told to end. No file is open for writing while it works."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(Exit.INTERRUPTED)


def _wait(future: Future[T], doing: str | None, watch: Watch) -> T:
    steps = 0
    while not wait([future], timeout=STEP).done:
        steps += 1
        if doing is not None:
            sys.stderr.write(f"{CLEAR}{doing}{watch} … {steps * STEP:.0f} s")
            sys.stderr.flush()
    if doing is not None and steps:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()
    return future.result()
