"""How many unlike sites are proved on all levels in 3 seconds of a processor: `python tests/bench/proofs.py [SEEDS]`.

Sites of 4 to 20 hosts with three services to a host, filled to 70 % and to 90 % of the scarcer resource. Prints
the share that is proved, the median and the 95th percentile of seconds, and what is left of the levels that are not.
"""

from __future__ import annotations

import sys
from collections import Counter
from statistics import quantiles
from time import process_time

from placelang_scheduler import solve
from tests.bench.schedule import sites

SECONDS = 3.0


def main(seeds: int = 40) -> None:
    solve(sites(1, hosts=8, services=24, load=0.9))  # loads the solver
    for load in (0.7, 0.9):
        took, proved, open_levels = [], 0, Counter[str]()
        for seed in range(seeds):
            hosts = (4, 8, 12, 16, 20)[seed % 5]
            problem = sites(1, hosts=hosts, services=3 * hosts, seed=seed, load=load)
            start = process_time()
            solution = solve(problem)
            took.append(process_time() - start)
            proved += all(level.proved for level in solution.levels) and took[-1] <= SECONDS
            open_levels.update(f"{v.name} by {v.value - v.bound}" for v in solution.levels if not v.proved)
        cuts = quantiles(took, n=20)
        print(
            f"{load:.0%} full: {proved} of {seeds} proved, median {cuts[9]:.2f} s, 95 % within {cuts[18]:.2f} s"
        )
        print(f"  open: {dict(open_levels)}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
