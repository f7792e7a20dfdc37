"""`anneal`: a course downhill, for a counted number of iterations.

Two courses go beside each other, which differ in what they draw and in how hot they begin: the compiled search lets go
of the interpreter. Both then go on, cold, from the better one's best. What comes out depends on the columns, the start,
the iterations and the seed alone, unless the clock or the caller ended it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler.landscape import batch, kernel
from placelang_scheduler.landscape.columns import LEAST, Columns, Course, Indices, begin
from placelang_scheduler.landscape.jit import FAST

if TYPE_CHECKING:
    from collections.abc import Callable

_HEATS = (0.2, 2.0)
"""Where the courses begin, in what an item's demand costs on average where it is above all edges."""
_COLD = 2e-3
_COLDER = 2e-5
"""Where they end, and the last iterations."""
_LAST = 0.1
"""The share of the iterations that are cold, from the best."""
_SLICES = 100
"""How often it is looked whether to stop."""
_TIED = (0.5, 45, 55)
_FREE = (0.1, 20, 65)
"""The share of shifts that go home, and the kinds of moves, where what moves takes two places at once, or one."""


@dataclass(frozen=True, slots=True)
class Descent:
    """How to go down: so many `iterations` from a `seed`, until the total is `target` or `ended`."""

    iterations: int
    seed: int
    target: int
    ended: Callable[[], bool]


def anneal(columns: Columns, at: Indices, descent: Descent) -> tuple[int, Indices]:
    """The least total found, and where items stand for it."""
    mean = float((np.abs(columns.pull) * columns.weight).sum(axis=1).mean()) if len(at) else 0.0
    unit = max(mean, 1.0)
    heats = [heat * unit for heat in _HEATS]
    early = int(descent.iterations * (1 - _LAST))

    def down(lane: int) -> tuple[int, Indices]:
        return _cool(columns, at, descent, lane, (early, heats[lane], unit * _COLD))

    def finish(lane: int) -> tuple[int, Indices]:
        span = (descent.iterations - early, unit * _COLD, unit * _COLDER)
        return _cool(columns, best, descent, lane + len(heats), span)

    with ThreadPoolExecutor(len(heats)) as pool:
        lanes = range(len(heats))
        _, best = min(pool.map(down, lanes), key=lambda one: one[0])
        return min(pool.map(finish, lanes), key=lambda one: one[0])


def _cool(
    columns: Columns, at: Indices, descent: Descent, lane: int, span: tuple[int, float, float]
) -> tuple[int, Indices]:
    """One course, from one heat to another."""
    iterations, hot, cold = span
    course, best = begin(columns, at), at.astype(np.int32)
    walk = _walk(columns, course, best, descent, np.random.SeedSequence([descent.seed, lane]))
    for part in range(_SLICES):
        if course.marks[LEAST] <= descent.target or descent.ended():
            break
        heats = [hot * (cold / hot) ** ((part + step) / _SLICES) for step in (0, 1)]
        number = iterations * (part + 1) // _SLICES - iterations * part // _SLICES
        walk(number, *heats)
    return int(course.marks[LEAST]), best


def _walk(
    columns: Columns, course: Course, best: Indices, descent: Descent, seeds: np.random.SeedSequence
) -> Callable[[int, float, float], object]:
    """What makes iterations between two heats."""
    homing, shift, swap = _TIED if columns.arriving.any() else _FREE
    if FAST:
        state = seeds.generate_state(1, np.uint64) | np.uint64(1)
        return lambda number, hot, cold: kernel.search(
            columns, course, best, state, number, hot, cold, homing, shift, swap, descent.target
        )
    random = np.random.default_rng(seeds)
    return lambda number, hot, cold: batch.search(
        columns, course, best, random, number, hot, cold, homing, descent.target
    )
