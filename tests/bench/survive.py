"""What it takes to survive the loss of any one host: `python tests/bench/survive.py [SEEDS]`.

Sites made from seeds, unlike each other: services of one to three replicas, of which some need a label, are spread or
kept apart, all of them guaranteed, filled to a share of the scarcer resource. Prints, per case: of how many seeds, how
many survive every loss with all that they run, in how many it is proved that something cannot survive and stays out,
for how many all levels are proved, and percentiles of the seconds of processor time.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from time import process_time

from placelang_scheduler import Problem, Proof, Survive, Workload, solve
from tests.bench.schedule import sites

CASES = (
    ("8 hosts, 50 workloads, 70 %", 8, 50, 0.7, 20),
    ("8 hosts, 50 workloads, 80 %", 8, 50, 0.8, 6),
    ("20 hosts, 60 workloads, 70 %", 20, 60, 0.7, 5),
    ("50 hosts, 150 workloads, 70 %", 50, 150, 0.7, 4),
)
FIRST = 7000
BUDGET = 20.0


def guarded(hosts: int, services: int, load: float, seed: int) -> Problem:
    """A site on which everything survives the loss of any one host."""
    site = sites(1, hosts, services, seed=seed, load=load)
    site = replace(site, workloads=tuple(_spared(workload, hosts) for workload in site.workloads))
    losses = tuple((host,) for host in range(hosts))
    everything = tuple(range(len(site.workloads)))
    return replace(site, constraints=(*site.constraints, Survive("any one host", everything, losses)))


def _spared(workload: Workload, hosts: int) -> Workload:
    """No more replicas than there are hosts for them when one is lost: they may have to be kept apart."""
    candidates = workload.candidates if len(workload.candidates) > 1 else tuple(range(hosts))
    replicas = min(workload.minimum, len(candidates) - 1)
    return replace(workload, candidates=candidates, minimum=replicas, maximum=replicas)


def main(most: int) -> None:
    for name, hosts, services, load, usual in CASES:
        seeds = min(most, usual)
        took, told, covered, impossible, proved = [], [], 0, 0, 0
        for seed in range(FIRST, FIRST + seeds):
            problem = guarded(hosts, services, load, seed)
            started = process_time()
            solution = solve(problem, budget=BUDGET, reasons=False)
            took.append(process_time() - started)
            solve(problem, budget=BUDGET)
            told.append(process_time() - started - took[-1])
            covered += all(solution.admitted)
            left = [one.proof for one in solution.left_out]
            impossible += bool(left) and all(proof is Proof.PROVED for proof in left)
            proved += all(level.proved for level in solution.levels)
        print(f"{name}: {seeds} seeds, all survives {covered}, proved impossible {impossible}, ", end="")
        print(f"all levels proved {proved}")
        print(f"  seconds: {_spread(took)}; with reasons: {_spread(told)}", flush=True)


def _spread(seconds: list[float]) -> str:
    took = sorted(seconds)
    half, high = took[len(took) // 2], took[-(-95 * len(took) // 100) - 1]
    return f"median {half:.2f}, 95th percentile {high:.2f}, most {took[-1]:.2f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
