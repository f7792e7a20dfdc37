"""Processes that search sites beside each other."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from threading import Event as Flag


@contextmanager
def pool(workers: int, stop: Flag) -> Iterator[Executor | None]:
    """An executor with so many processes, None where one is enough. Those still at work once `stop` is set are ended.

    The processes begin afresh: a copy of one with several threads may stand still.
    """
    if workers == 1:
        yield None
        return
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_heed_no_interrupt)
    try:
        yield executor
    finally:
        executor.shutdown(wait=not stop.is_set(), cancel_futures=True)
        if stop.is_set():
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()


def _heed_no_interrupt() -> None:
    """A terminal interrupts them all; it is the one that they work for that decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
