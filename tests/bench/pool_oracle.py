"""Thousands of small random problems as pools, against the oracle: `python -m tests.bench.pool_oracle [FIRST LAST]`.

Prints on how many the levels of groups and replicas are the best there are, on how many all levels are, and every
problem of which the answer does not hold or a bound is above the best.
"""

from __future__ import annotations

import sys
from collections import Counter

import placelang_scheduler.pool
from placelang_scheduler import UnsoundError, solve
from tests.scheduler import oracle
from tests.scheduler.test_pool import some


def main(first: int = 0, last: int = 3000) -> None:
    placelang_scheduler.pool.POOL = 0
    found = Counter[str]()
    for seed in range(first, last):
        one = some(seed)
        found["problems"] += 1
        best = oracle.best(one)
        try:
            levels = solve(one).levels
        except UnsoundError as error:
            print(f"seed {seed}: {error}", flush=True)
            continue
        values = tuple(level.value for level in levels)
        placed = sum(level.name.startswith(("placed", "replicas")) for level in levels)
        found["best placed"] += values[:placed] == best[:placed]
        found["best"] += values == best
        for at, level in enumerate(levels):
            if (values[:at] == best[:at] and level.bound > best[at]) or values < best:
                print(f"seed {seed}: {level} where the best is {best[at]}", flush=True)
                break
    print(", ".join(f"{number} {what}" for what, number in found.items()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
