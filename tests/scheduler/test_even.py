"""Evening out a few hosts at a time: it agrees with trying everything, and finds what one search does not.

Thousands of random problems: `python -m tests.scheduler.test_even 5000`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random

import pytest

from placelang_scheduler import Balance, even, exact, solve, task, verify
from placelang_scheduler.constraints import CATALOGUE
from tests.bench.schedule import sites
from tests.scheduler import oracle
from tests.scheduler.problems import problem


def agree(seed: int) -> int:
    """Whether hosts were opened; nothing but rounds over a few of them and the proof is left to the search."""
    r = Random(seed)
    one = problem(seed, r.choices(CATALOGUE, k=2), soft=r.random() < 0.5, timed=r.random() < 0.3)
    one = replace(
        one, objectives=(*(o for o in one.objectives if not isinstance(o, Balance)), Balance("cpu"))
    )
    rounds = ROUNDS[0]
    solution = solve(one, seed=3)
    assert verify(one, solution) == ()
    assert tuple(level.value for level in solution.levels) == oracle.best(one), seed
    return ROUNDS[0] > rounds


ROUNDS = [0]


def without_the_rest(patch: pytest.MonkeyPatch) -> None:
    """No first search over all hosts, and no local search."""
    opened = even.Evening.opened

    def counted(self: even.Evening, left: dict[int, int]) -> object:
        ROUNDS[0] += 1
        return opened(self, left)

    patch.setattr(even.Evening, "opened", counted)
    patch.setattr(exact, "FEWEST", 2)
    patch.setattr(exact, "_BRIEF", 0.0)
    patch.setattr(task, "_FEW", 0)


@pytest.mark.parametrize("block", range(4))
def test_levels_are_the_best_there_are(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_rest(monkeypatch)
    assert sum(agree(20_000 + seed) for seed in range(40 * block, 40 * block + 40))


def test_a_site_is_evened_out_to_its_bound() -> None:
    """One search over all its hosts takes more than four times as long to find this, if it does."""
    solution = solve(sites(1, 20, 60, seed=32019), budget=10)
    assert all(level.proved for level in solution.levels)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patched:
        without_the_rest(patched)
        evened = sum(map(agree, range(int(sys.argv[1]))))
    print(f"{sys.argv[1]} problems agree, {evened} of them evened out")  # noqa: T201 - a command
