"""How soon drift is found, how often it is where there is none, and what watching costs.

    python tests/bench/drift.py [--seeds N] [--requests N]

A baseline of 10,000 rows with ten features is made anew for each seed. Then so many requests follow it, looked at
after each 64, of which none may say drift; then those of which one feature, the first, is shifted by half a standard
deviation, until drift is said. Last, what watching a request takes.
"""

from __future__ import annotations

import argparse
from time import perf_counter, process_time

import numpy as np

from placelang_runtime.drift.baseline import Baseline, distribution
from placelang_runtime.drift.features import Matrix, read_as
from placelang_runtime.drift.watcher import Watcher
from placelang_runtime.drift.window import DriftWindow, drift

FEATURES = 10
ROWS = 10_000
SHIFT = 0.5
PIECE = 64
THRESHOLD = 0.1


def draw(rng: np.random.Generator, count: int) -> Matrix:
    """Normal, skewed, counted and rare values, which are as unlike as features are."""
    rows = rng.standard_normal((count, FEATURES)).astype(np.float32)
    rows[:, 3] = np.exp(rows[:, 3])
    rows[:, 4] = rng.poisson(3, count)
    rows[:, 5] = rng.random(count) < 0.1
    rows[:, 6] = rng.standard_t(2, count)
    return rows


def baseline_of(rng: np.random.Generator) -> Baseline:
    rows = draw(rng, ROWS)
    read = read_as("x", (FEATURES,), batched=True)
    return Baseline(
        model="sha256:" + "0" * 64,
        rows=ROWS,
        inputs=(read,),
        outputs=(),
        answer=None,
        features=tuple(distribution(name, rows[:, n]) for n, name in enumerate(read.features)),
    )


def one_seed(seed: int, requests: int) -> tuple[bool, int]:
    """Whether there was a false alarm, and after how many shifted requests drift was said."""
    rng = np.random.default_rng(seed)
    window = DriftWindow(baseline_of(rng).features)
    alarm = False
    for _ in range(requests // PIECE):
        window.add(draw(rng, PIECE))
        found = window.distances()
        alarm |= found is not None and drift(found) > 0
    for count in range(PIECE, 5_000, PIECE):
        rows = draw(rng, PIECE)
        rows[:, 0] += SHIFT
        window.add(rows)
        found = window.distances()
        if found is not None and drift(found) > THRESHOLD:
            return alarm, count
    return alarm, 5_000


def overhead() -> None:
    """Watching, in microseconds of processor time a request, for few and for many features."""
    for features in (4, 10, 64):
        rng = np.random.default_rng(0)
        rows = rng.standard_normal((1000, features)).astype(np.float32)
        reads = tuple(
            read_as(f"x{n}", (min(32, features - n),), batched=True) for n in range(0, features, 32)
        )
        names = [name for read in reads for name in read.features]
        of = tuple(distribution(name, rows[:, n]) for n, name in enumerate(names))
        baseline = Baseline(
            model="sha256:" + "0" * 64, rows=1000, inputs=reads, outputs=(), answer=None, features=of
        )
        watcher = Watcher("bench", "1", baseline)
        inputs = [{f"x{n}": row[None, n : n + 32] for n in range(0, features, 32)} for row in rows]
        outputs = {"y": np.zeros((1, 2), np.float32)}
        for one in inputs:
            watcher.note(None, one, outputs, 0.001)
        watcher.look()
        began = process_time()
        for _ in range(20):
            for one in inputs:
                if watcher.note("id", one, outputs, 0.001):
                    watcher.look()
        took = (process_time() - began) / 20 / len(inputs)
        print(f"watching a request of {features} features: {took * 1e6:.1f} µs of processor time")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--requests", type=int, default=100_000)
    given = parser.parse_args()
    began = perf_counter()
    found = [one_seed(seed, given.requests) for seed in range(given.seeds)]
    alarms, delays = sum(alarm for alarm, _ in found), sorted(delay for _, delay in found)
    within = sum(delay <= 1_000 for delay in delays)
    print(f"{given.seeds} seeds, {given.requests:,} requests each: {alarms} false alarms")
    print(f"half a standard deviation found within 1,000 requests: {within} of {given.seeds}")
    print(f"median {delays[len(delays) // 2]}, latest {delays[-1]} requests; {perf_counter() - began:.0f} s")
    overhead()


if __name__ == "__main__":
    main()
