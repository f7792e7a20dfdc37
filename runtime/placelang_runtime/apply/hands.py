"""The hands that carry out, and the clock that they go by: threads for engines that are real, and a time that is only
thought of for those that are not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Protocol, Self, TypeVar

T = TypeVar("T")
LANES = 8
"""So many things are asked of engines at once."""


class Hands(Protocol):
    """What does things, and knows for how long."""

    def now(self) -> float:
        """Seconds since some moment; it never goes back."""

    def submit(self, act: Callable[[], T]) -> Future[T]: ...

    def wait(self, futures: Collection[Future[object]], seconds: float | None) -> None:
        """Until one of the futures is done, or so many seconds have passed."""


class Threads:
    """Real ones. Leave it as a context, and what was begun has ended."""

    def __init__(self, lanes: int = LANES) -> None:
        self._pool = ThreadPoolExecutor(lanes, thread_name_prefix="hand")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._pool.shutdown()

    def now(self) -> float:
        return monotonic()

    def submit(self, act: Callable[[], T]) -> Future[T]:
        return self._pool.submit(act)

    def wait(self, futures: Collection[Future[object]], seconds: float | None) -> None:
        if futures:
            wait_for(futures, timeout=seconds, return_when=FIRST_COMPLETED)
        elif seconds is not None:
            sleep(seconds)


@dataclass(slots=True)
class Thought:
    """Things are done at once, one after the other, and time passes only where there is nothing else to do."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def submit(self, act: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(act())
        except Exception as error:  # noqa: BLE001 - whoever looks at the result raises it
            future.set_exception(error)
        return future

    def wait(self, futures: Collection[Future[object]], seconds: float | None) -> None:
        if seconds is not None and not any(future.done() for future in futures):
            self.time += seconds
