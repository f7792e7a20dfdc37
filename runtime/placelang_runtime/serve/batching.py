"""Requests of one loaded model, run together.

All of this is on the one thread of the event loop, but for the run itself. While the model runs, requests wait in
order; what waits when it is free is the next batch, as far as shapes are alike. So who comes alone never waits for
company, and nobody waits for more than is running and what came before. No more than so many wait: then the client is
told to come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np

from placelang_runtime.drift.watcher import Watcher
from placelang_runtime.serve.loaded import Loaded
from placelang_runtime.serve.metrics import Meter
from placelang_runtime.serve.refusals import RefusalError, bad, busy
from placelang_runtime.serve.tensors import Array

Arrays = dict[str, Array]


@dataclass(slots=True)
class Waiting:
    feeds: Arrays
    rows: int
    shapes: tuple[Any, ...]
    answer: asyncio.Future[Arrays]


@dataclass(slots=True)
class Batcher:
    """At most `largest` rows together, and at most `most` requests waiting."""

    loaded: Loaded
    largest: int
    most: int
    pool: ThreadPoolExecutor
    meter: Meter | None = None
    watcher: Watcher = field(init=False)
    """What is told of answers; whoever serves this says which."""
    queue: deque[Waiting] = field(default_factory=deque)
    running: int = 0
    """Requests in the batch that runs."""
    took: float = 0.0
    """Seconds of the last batch."""

    def submit(self, feeds: Arrays) -> asyncio.Future[Arrays]:
        """Have the model run; raises RefusalError where too many wait."""
        if len(self.queue) >= self.most:
            seconds = ceil(self.took * self.most / max(1, self.running))
            raise busy(f"{self.most} requests wait for this model already", max(1, min(seconds, 60)))
        waiting = Waiting(feeds, *self._form(feeds), asyncio.get_running_loop().create_future())
        self.queue.append(waiting)
        if not self.running:
            self._next()
        return waiting.answer

    def _form(self, feeds: Arrays) -> tuple[int, tuple[Any, ...]]:
        """How many rows, and what has to be alike for two to run together; nothing is like what has no rows, or not
        the same number in all inputs."""
        if not self.loaded.batches:
            return 1, (object(),)
        rows = {one.shape[0] for one in feeds.values()}
        if len(rows) > 1 or rows == {0}:
            return 1, (object(),)
        return rows.pop(), tuple(feeds[name].shape[1:] for name in self.loaded.inputs)

    def _next(self) -> None:
        batch = self._batch()
        self.running = len(batch)
        if not batch:
            return
        if self.meter is not None:
            self.meter.rows.observe(sum(one.rows for one in batch))
        began = perf_counter()
        run = self.pool.submit(
            run_batch, self.loaded, [one.feeds for one in batch], [one.rows for one in batch]
        )
        loop = asyncio.get_running_loop()
        run.add_done_callback(lambda run: loop.call_soon_threadsafe(partial(self._done, batch, began, run)))

    def _batch(self) -> list[Waiting]:
        """The first that somebody still waits for, and what comes directly after it and is like it."""
        batch: list[Waiting] = []
        rows = 0
        while self.queue:
            one = self.queue[0]
            if one.answer.done():  # nobody waits for it any more
                self.queue.popleft()
                continue
            if batch and (one.shapes != batch[0].shapes or rows + one.rows > self.largest):
                break
            batch.append(self.queue.popleft())
            rows += one.rows
        return batch

    def _done(self, batch: Sequence[Waiting], began: float, run: Future[list[Arrays | RefusalError]]) -> None:
        self.took = perf_counter() - began
        for one, result in zip(batch, run.result(), strict=True):
            if one.answer.done():
                continue
            if isinstance(result, RefusalError):
                one.answer.set_exception(result)
            else:
                one.answer.set_result(result)
        self._next()


def run_batch(loaded: Loaded, feeds: Sequence[Arrays], rows: Sequence[int]) -> list[Arrays | RefusalError]:
    """The results of several requests; where they fail together, each is tried alone, so that one that the model cannot
    run spoils no other."""
    if len(feeds) == 1:
        return [_alone(loaded, feeds[0])]
    try:
        together = loaded.run({name: np.concatenate([one[name] for one in feeds]) for name in loaded.inputs})
    except Exception:  # noqa: BLE001 - the runtime's errors have no common kind
        return [_alone(loaded, one) for one in feeds]
    if any(
        array.shape[:1] != (sum(rows),) for array in together.values()
    ):  # it does not keep to its own shapes
        return [_alone(loaded, one) for one in feeds]
    ends = np.cumsum([0, *rows]).tolist()
    return [{name: array[a:b] for name, array in together.items()} for a, b in pairwise(ends)]


def _alone(loaded: Loaded, feeds: Arrays) -> Arrays | RefusalError:
    try:
        return loaded.run(feeds)
    except Exception as error:  # noqa: BLE001 - the same
        said = str(error).strip().splitlines() or [type(error).__name__]
        if type(error).__name__ == "InvalidArgument":
            return bad(f"the model cannot run this: {said[0][:400]}")
        return RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, f"the model failed: {said[0][:400]}")
