"""Jobs in time: how much of a processor it takes to place a day of them, and how good it gets.

    python tests/bench/jobs.py

Random instances, minutes of a day: services leave a share of each host that changes over the day, most jobs belong into
the night, and each may go to a third of the hosts. `slack` and `tight` differ in how much of a host a job takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from statistics import median
from time import process_time

from placelang_scheduler.timetable import Mode, Pool, Run, Timetable, clashes, timetable

DAY = 1440
GIB = 2**30


@dataclass(frozen=True)
class Shape:
    """A job takes from `low` to `high` of 8 cores and 16 GiB, in windows that open at one of `opens`."""

    hosts: int
    runs: int
    low: float
    high: float
    opens: tuple[int, ...] = (0, 0, 0, 240, 600, 900)


def instance(shape: Shape, seed: int) -> Timetable:
    """One day; priorities 0 and 50."""
    r = Random(f"{shape}/{seed}")
    pools: list[Pool] = []
    for host in range(shape.hosts):
        busy = sorted(r.sample(range(360, 1320, 30), 2))
        cores, memory = r.choice((8, 16)), r.choice((16, 32))
        pools += [
            _pool(r, f"h{host} cpu", 1000 * cores, busy),
            _pool(r, f"h{host} memory", GIB * memory, busy),
        ]
    runs = []
    for number in range(shape.runs):
        duration = r.choice((30, 45, 60, 90, 120, 180, 240))
        first = r.choice(shape.opens)
        last = min(DAY, first + r.choice((300, 360, 480))) - duration
        hosts = sorted(r.sample(range(shape.hosts), max(2, shape.hosts // 3)))
        cpu, memory = (int(r.uniform(shape.low, shape.high) * most) for most in (8000, 16 * GIB))
        modes = tuple(Mode(h, first, last, {2 * h: cpu, 2 * h + 1: memory}) for h in hosts)
        runs.append(Run(f"r{number}", duration, modes, r.choice((0, 0, 0, 50))))
    return Timetable(DAY, tuple(pools), tuple(runs))


def _pool(r: Random, name: str, most: int, busy: list[int]) -> Pool:
    left = int(most * r.choice((0.5, 0.7)))
    return Pool(name, ((0, most), (busy[0], left), (busy[1], most)))


def main() -> None:
    for title, shape, seconds, budget in (
        ("8 hosts, 20 jobs, slack", Shape(8, 20, 0.1, 0.4), 1.0, 5.0),
        ("8 hosts, 20 jobs, tight", Shape(8, 20, 0.4, 1.2, (0, 60)), 1.0, 5.0),
        ("50 hosts, 200 jobs, slack", Shape(50, 200, 0.1, 0.4), 1.5, 5.0),
        ("50 hosts, 200 jobs, tight", Shape(50, 200, 0.8, 1.5, (0, 0, 60, 120)), 5.0, 4.0),
    ):
        times, proved, left_out, listed = [], 0, [], []
        for seed in range(5):
            one = instance(shape, seed)
            start = process_time()
            found = timetable(one, budget=budget)
            times.append(process_time() - start)
            assert clashes(one, found.slots) == ()
            proved += found.proved
            left_out.append(sum(slot is None for slot in found.slots))
            listed.append(sum(slot is None for slot in timetable(one, budget=0).slots))
            print(end=".", flush=True)
        print(
            f"{title:28} {median(times):6.2f} s of a processor (at most {max(times):.2f}, due {seconds}), "
            f"proved {proved} of 5, left out {sum(left_out)} of {5 * shape.runs}, by the list alone {sum(listed)}"
        )


if __name__ == "__main__":
    main()
