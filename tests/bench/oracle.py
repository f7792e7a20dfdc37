"""Thousands of small random problems against the oracle, which tries every placement: `python tests/bench/oracle.py
[FIRST LAST]`, with seeds. Prints how many there were of each kind, and every problem on which the two do not agree."""

from __future__ import annotations

import sys
from collections import Counter
from random import Random

from placelang_scheduler import CONSTRAINTS, Problem, UnsoundError, solve
from tests.scheduler import oracle
from tests.scheduler.problems import problem


def main(first: int = 0, last: int = 5000) -> None:
    tried, wrong = Counter[str](), 0
    for seed in range(first, last):
        r = Random(seed)
        kinds = r.choices(CONSTRAINTS, k=r.choice((0, 1, 1, 2, 2)))
        varied, sharing, timed, soft = (r.random() < share for share in (0.5, 0.3, 0.2, 0.4))
        one = problem(seed, kinds, soft=soft, varied=varied, sharing=sharing, timed=timed)
        names = [kind.__name__ for kind in kinds]
        tried.update(["problems", *["with variants"] * varied, *["with shares"] * sharing, *names])
        if not _agree(one):
            wrong += 1
            print(f"seed {seed}: {names} {varied=} {sharing=} {timed=} {soft=}", flush=True)
    print(", ".join(f"{number} {what}" for what, number in tried.most_common()))
    print(f"{wrong} on which the scheduler and the oracle do not agree")


def _agree(one: Problem) -> bool:
    try:
        levels = solve(one, seed=3).levels
    except UnsoundError:
        return False
    return tuple(level.value for level in levels) == oracle.best(one) and all(one.proved for one in levels)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
