"""Processes that search sites beside each other."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from threading import Event as Flag

from placelang.garbage import SELDOM

LARGE = 1 << 22
"""Bytes of files from which on processes are worth starting: several thousand sites."""
_MOST = 8


def worthwhile(files: Iterable[str | Path | None]) -> int:
    """How many processes pay where these files are read."""
    size = 0
    for file in files:
        with suppress(OSError, ValueError):
            size += Path(file).stat().st_size if file is not None else 0
    return min(_MOST, cores()) if size >= LARGE else 1


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    with _cleared_away_in_silence():
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_settle)
        for _ in range(workers):  # they load what they need while files are read here
            executor.submit(_warm)
    try:
        yield executor
    finally:
        executor.shutdown(wait=not stop.is_set(), cancel_futures=True)
        if stop.is_set():
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()


@contextmanager
def _cleared_away_in_silence() -> Iterator[None]:
    """Python starts a process that clears away what others leave behind: after an interrupt there is something, and it
    would say so on the terminal."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
    try:
        yield
    finally:
        del os.environ["PYTHONWARNINGS"]
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


def _warm() -> None:
    import_module("placelang.alike")
    gc.freeze()


def _settle() -> None:
    """A terminal interrupts them all; it is the one that they work for that decides. What is loaded stays, and what is
    worked on has little garbage that needs to be looked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*SELDOM)
