"""Work that takes a while: it shows that it goes on, and an interrupt ends it at once.

A solver does not listen while it runs. So it works on a thread of its own, and the main thread stays free to hear the
interrupt and to draw.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

from placelang.cli.exits import Exit
from placelang.cli.logs import LOGGER

STEP = 0.5  # seconds after which the line appears, and changes
CLEAR = "\r\x1b[K"

T = TypeVar("T")


def interruptibly(work: Callable[[], T], *, doing: str) -> T:
    """What `work` returns or raises. On a terminal a line says what is being done, and for how long."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    shown = sys.stderr.isatty() and LOGGER.getEffectiveLevel() == logging.WARNING
    try:
        return _wait(future, doing if shown else None)
    except KeyboardInterrupt:
        if future.done():
            raise
        # The thread is in a solver and cannot be told to end. No file is open for writing while it works.
        if shown:
            sys.stderr.write(CLEAR)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(Exit.INTERRUPTED)


def _wait(future: Future[T], doing: str | None) -> T:
    steps = 0
    while not wait([future], timeout=STEP).done:
        steps += 1
        if doing is not None:
            sys.stderr.write(f"{CLEAR}{doing} … {steps * STEP:.0f} s")
            sys.stderr.flush()
    if doing is not None and steps:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()
    return future.result()
