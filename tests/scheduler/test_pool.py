"""Pools: forced on small problems, their answers hold, and the best there is lies between these and their bounds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

import placelang_scheduler.pool
from placelang_scheduler import CONSTRAINTS, solve, verify
from tests.scheduler import oracle
from tests.scheduler.problems import problem

if TYPE_CHECKING:
    from placelang_scheduler import Problem


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every component is a pool that can be one."""
    monkeypatch.setattr(placelang_scheduler.pool, "POOL", 0)


def some(seed: int) -> Problem:
    r = Random(seed)
    kinds = r.choices(CONSTRAINTS, k=r.choice((0, 1, 1, 2, 2)))
    varied, timed, soft = (r.random() < share for share in (0.3, 0.2, 0.4))
    return problem(seed, kinds, soft=soft, varied=varied, timed=timed)


@pytest.mark.usefixtures("pooled")
@pytest.mark.parametrize("seed", range(150))
def test_a_pool_agrees_with_the_oracle(seed: int) -> None:
    one = some(seed)
    solution = solve(one)
    assert verify(one, solution) == ()
    best = oracle.best(one)
    found = tuple(level.value for level in solution.levels)
    assert found >= best
    for at, level in enumerate(solution.levels):
        if found[:at] == best[:at]:
            assert level.bound <= best[at]
