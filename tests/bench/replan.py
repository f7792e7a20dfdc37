"""How long it takes to plan again once a host of a site is lost: solving only, 95th percentile over unseen sites, and
with the reasons of what is left out beside.

    python tests/bench/replan.py [FIRST_SEED [SITES]]

Sites of 4 to 20 hosts with 10 to 60 services, filled to 70 %, of which each plan runs; then one host is gone.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from placelang_scheduler import Problem, solve
from tests.bench.schedule import sites

WANTED = 0.1
"""Seconds."""


def lost(problem: Problem, host: int) -> Problem:
    """The same site with its plan running, and one host gone."""
    placements = solve(problem, budget=5).placements
    workloads = tuple(
        replace(w, candidates=tuple(h for h in w.candidates if h != host), current=now)
        for w, now in zip(problem.workloads, placements, strict=True)
    )
    return replace(problem, workloads=workloads)


def main(first: int, number: int) -> None:
    times: dict[bool, list[float]] = {False: [], True: []}
    for seed in range(first, first + number):
        random = Random(seed)
        hosts = random.choice((4, 8, 12, 20))
        problem = lost(sites(1, hosts, 3 * hosts, seed), random.randrange(hosts))
        for reasons, found in times.items():
            started = process_time()
            solve(problem, reasons=reasons)
            found.append(process_time() - started)
    print(f"{number} sites, one host lost, milliseconds of a processor:")
    for reasons, found in times.items():
        found.sort()
        worst = found[-1 - len(found) // 20]
        what = "with reasons of what is left out" if reasons else "solved"
        print(f"  {what}: median {1000 * median(found):.0f}, 95th percentile {1000 * worst:.0f}", end="")
        print("" if reasons else f" ({worst / WANTED:.2f} of the {1000 * WANTED:.0f} that are wanted)")


if __name__ == "__main__":
    main(*map(int, (*sys.argv[1:], *("5000", "60")[len(sys.argv) - 1 :])))
