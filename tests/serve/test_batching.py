"""Requests that run together, without a server: the model is a thing that waits until it is let go."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from placelang_runtime.serve.batching import Batcher
from placelang_runtime.serve.loaded import Loaded
from placelang_runtime.serve.refusals import RefusalError


@dataclass
class Model:
    """It doubles, refuses what is negative, and notes what it ran."""

    batches: bool = True
    honest: bool = True
    inputs: dict[str, None] = field(default_factory=lambda: {"x": None})
    ran: list[list[float]] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        assert self.free.wait(30)
        x = feeds["x"]
        self.ran.append(x[:, 0].tolist())
        if (x < 0).any():
            raise ValueError("less than nothing")
        return {"y": 2 * x if self.honest else 2 * x[:1]}


def rows(*numbers: float, width: int = 2) -> dict[str, Any]:
    return {"x": np.array([[number] * width for number in numbers], np.float32)}


def together(model: Model, *asked: dict[str, Any], largest: int = 4, most: int = 100) -> list[Any]:
    """What comes of requests that all are there before the first has run."""

    async def all_of_them() -> list[Any]:
        with ThreadPoolExecutor(1) as pool:
            batcher = Batcher(cast("Loaded", model), largest, most, pool)
            waiting = []
            for one in asked:
                try:
                    waiting.append(batcher.submit(one))
                except RefusalError as error:
                    waiting.append(asyncio.get_running_loop().create_future())
                    waiting[-1].set_exception(error)
            model.free.set()
            return await asyncio.gather(*waiting, return_exceptions=True)

    return [one["y"][:, 0].tolist() if isinstance(one, dict) else one for one in asyncio.run(all_of_them())]


def test_who_comes_alone_runs_alone_and_who_waits_runs_together() -> None:
    model = Model()
    assert together(model, *map(rows, range(6))) == [[0], [2], [4], [6], [8], [10]]
    assert model.ran == [[0], [1, 2, 3, 4], [5]]


def test_a_batch_has_no_more_rows_than_it_may() -> None:
    model = Model()
    together(model, rows(0), rows(1, 2, 3), rows(4), rows(5), rows(*range(6, 12)))
    assert model.ran == [[0], [1, 2, 3, 4], [5], [6, 7, 8, 9, 10, 11]]


def test_only_the_same_shapes_run_together() -> None:
    model = Model()
    together(model, rows(0), rows(1), rows(2, width=3), rows(3, width=3), rows(4))
    assert model.ran == [[0], [1], [2, 3], [4]]


def test_a_model_with_a_fixed_first_dimension_runs_one_at_a_time() -> None:
    model = Model(batches=False)
    together(model, *map(rows, range(3)))
    assert model.ran == [[0], [1], [2]]


def test_one_that_fails_spoils_no_other() -> None:
    good, bad, also = together(Model(), rows(0), rows(-1), rows(2))
    assert (good, also) == ([0], [4])
    assert (bad.status, bad.message) == (500, "the model failed: less than nothing")


def test_a_model_that_does_not_keep_to_its_shapes_still_answers_each() -> None:
    assert together(Model(honest=False), rows(0), rows(1), rows(2)) == [[0], [2], [4]]


def test_nobody_waits_behind_more_than_may_wait() -> None:
    *answered, refused = together(Model(), *map(rows, range(4)), most=2)
    assert answered[:3] == [[0], [2], [4]]
    assert (refused.status, refused.retry_after) == (503, 1)


def test_what_nobody_waits_for_any_more_is_not_run() -> None:
    model = Model()

    async def give_up() -> None:
        with ThreadPoolExecutor(1) as pool:
            batcher = Batcher(cast("Loaded", model), 1, 10, pool)
            first, second, third = (batcher.submit(rows(one)) for one in range(3))
            second.cancel()
            model.free.set()
            await asyncio.gather(first, third)

    asyncio.run(give_up())
    assert model.ran == [[0], [2]]


@pytest.mark.parametrize("count", [0, 2])
def test_inputs_without_a_common_number_of_rows_run_alone(count: int) -> None:
    model = Model(inputs={"x": None, "z": None})
    asked = [rows(one) | {"z": np.zeros((count, 1))} for one in range(3)]
    together(model, *asked)
    assert model.ran == [[0], [1], [2]]
