"""Threads that wait for what an engine tells, and wake the one that decides."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from time import sleep
from typing import Final

from placelang_runtime.drivers import Driver, DriverError

AGAIN: Final = 5.0
"""Seconds until an engine that does not answer is asked again."""


def follow_engine(driver: Driver, stir: Callable[[], None]) -> Thread:
    """Call `stir` whenever something of an engine may have changed, from now on."""

    def wait() -> None:
        while True:
            try:
                for _ in driver.follow():
                    stir()
            except DriverError:
                sleep(AGAIN)
            stir()

    thread = Thread(target=wait, name=f"events of {driver.host}", daemon=True)
    thread.start()
    return thread
