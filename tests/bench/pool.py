"""Pools: what passes place how fast, beside a scheduler that goes one by one as Kubernetes does.

    python -m tests.bench.pool [HOSTS REPLICAS [SEEDS [BUDGET]]]
    python -m tests.bench.pool shapes
    python -m tests.bench.pool lost
    python -m tests.bench.pool bad

The first prints, for each seed: replicas a second of one pass, replicas without a place after the first pass and in the
end, those of the one-by-one baseline, which is written below from the documented scoring, and seconds in all. `shapes`
are like those of scheduler_perf at 5,000 nodes; `lost` loses hosts of pools of 5,000, one after the other; `bad` are
pools that nobody should have.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from dataclasses import replace
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler import (
    AtMost,
    Group,
    Host,
    Placed,
    Problem,
    Same,
    Spread,
    Workload,
    session,
    solve,
    verify,
)
from placelang_scheduler.parts import whole
from placelang_scheduler.pool.columns import columns
from placelang_scheduler.pool.engine import styles
from placelang_scheduler.pool.passes import run_pass
from tests.bench.planted import planted

if TYPE_CHECKING:
    from collections.abc import Callable

Missing = tuple[int, ...]
"""Replicas without a place, by priority, highest first."""


def kubernetes(problem: Problem) -> Missing:
    """One pod after the other, higher priority first: filter, score least allocated and balanced allocation, and take
    the first of the best. Knows `AtMost` over hosts and `Spread`, of one workload each."""
    names = sorted({name for host in problem.hosts for name in host.capacity})
    capacity = np.array([[host.capacity.get(name, 0) for host in problem.hosts] for name in names], float)
    used = np.zeros_like(capacity)
    missing: Counter[int] = Counter()
    rules = {one.workloads[0]: one for one in problem.constraints if isinstance(one, (AtMost, Spread))}
    priority = [problem.groups[workload.group].priority for workload in problem.workloads]
    for index in sorted(range(len(priority)), key=lambda at: (-priority[at], at)):
        workload = problem.workloads[index]
        hosts = np.array(workload.candidates)
        need = np.array([workload.demand.get(name, 0) for name in names], float)[:, None]
        rule = rules.get(index)
        keys = [problem.hosts[host].domains.get(rule.key) if rule else None for host in hosts]
        values, codes = np.unique(np.array(keys, str), return_inverse=True)
        count = np.zeros(len(values), int)
        for number in range(workload.maximum):
            share = (used[:, hosts] + need) / capacity[:, hosts]
            may = (share <= 1).all(axis=0)
            if isinstance(rule, Spread):
                may &= count[codes] < count.min() + rule.skew
            elif rule:
                may &= count[codes] < rule.count
            points = ((1 - share) * 100).astype(int).sum(axis=0) // len(names) + (
                100 * (1 - share.std(axis=0))
            ).astype(int)
            at = int(np.where(may, points, -1).argmax())
            if not may[at]:
                missing[priority[index]] += workload.maximum - number
                break
            used[:, hosts[at]] += need[:, 0]
            count[codes[at]] += 1
    return tuple(missing[one] for one in sorted(set(priority), reverse=True))


def main(hosts: int = 5000, replicas: int = 50_000, seeds: int = 5, budget: int = 60) -> None:
    print(f"{hosts} hosts, {replicas} replicas, 95 % full; without a place, by priority 100, 50, 0")
    ours, theirs, worse = [], [], 0
    for seed in range(101, 101 + seeds):
        problem = planted(hosts, replicas, seed)
        made = columns(whole(problem))
        started = process_time()
        ground = run_pass(made, next(styles(made)), frozenset(range(len(problem.groups))))
        speed = sum(ground.placed.values()) / (process_time() - started)
        first = replicas - sum(ground.placed.values())
        started = process_time()
        solution = solve(problem, budget=budget, reasons=False)
        took = process_time() - started
        levels = [level for level in solution.levels if level.name.startswith("replicas")]
        found = tuple(level.value for level in levels)
        started = process_time()
        baseline = kubernetes(problem)
        slow = replicas / (process_time() - started)
        ours.append(sum(found))
        theirs.append(sum(baseline))
        worse += found > baseline
        gap = sum(level.value - level.bound for level in levels)
        print(
            f"seed {seed}: {speed:,.0f} replicas/s a pass, {first} left; in the end {found}, gap {gap}, {took:.1f} s; "
            f"one by one {baseline}, {slow:,.0f} replicas/s",
            flush=True,
        )
    print(
        f"median {median(ours)} beside {median(theirs)}; worse by priority on {worse} of {seeds}; {_memory()} MB"
    )


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _pool(nodes: int, workloads: tuple[Workload, ...], *constraints: AtMost | Spread | Same) -> Problem:
    hosts = tuple(
        Host(f"n{n}", {"cpu": 4000, "memory": 32768, "pods": 110}, {"host": f"n{n}", "zone": f"z{n % 3}"})
        for n in range(nodes)
    )
    groups = tuple(Group(f"g{index}") for index in range(len(workloads)))
    return Problem(hosts, groups, workloads, constraints, (Placed(),))


def _pods(index: int, number: int, nodes: int) -> Workload:
    every = tuple(range(nodes))
    return Workload(f"w{index}", index, {"cpu": 100, "memory": 500, "pods": 1}, every, number, number)


def shapes(nodes: int = 5000) -> None:
    """Pods a second of a whole solve, reading excepted, checks included."""
    cases = {
        "basic, 10,000": _pool(nodes, (_pods(0, 10_000, nodes),)),
        "topology spread, 5,000": _pool(nodes, (_pods(0, 5000, nodes),), Spread("spread", (0,), "zone", 1)),
        "anti-affinity, 2,000": _pool(nodes, (_pods(0, 2000, nodes),), AtMost("apart", (0,), "host", 1)),
        "affinity, 5,000": _pool(
            nodes, (_pods(0, 1, nodes), _pods(1, 4999, nodes)), Same("together", (1,), (0,), "zone")
        ),
    }
    for name, problem in cases.items():
        pods = sum(workload.maximum for workload in problem.workloads)
        took = []
        for _ in range(3):
            started = process_time()
            solution = solve(problem)
            took.append(process_time() - started)
        placed = sum(sum(found.values()) for found in solution.placements)
        broken = len(verify(problem, solution))
        print(f"{name}: {pods / median(took):,.0f} pods/s, {placed} of {pods}, {broken} violations")


def lost() -> None:
    """Hosts that go, in a session that has all columns at hand."""
    for full in (0.75, 0.95):
        problem = planted(5000, 50_000, 7, full)
        now = session(problem)
        need = [max(workload.demand.values()) for workload in problem.workloads]
        for index in sorted(range(len(need)), key=lambda at: (-need[at], at)):
            now.arrive(index, problem.workloads[index].maximum)
        times, displaced, again, others = [], 0, 0, 0
        for host in range(0, 5000, 250):
            gone = sum(now.on(index).get(host, 0) for index in range(len(need)))
            started = process_time()
            changes = now.lose(host)
            times.append(process_time() - started)
            displaced += gone
            again += gone + sum(sum(found.values()) for found in changes.values())
            others -= sum(n for found in changes.values() for at, n in found.items() if n < 0 and at != host)
        print(
            f"{full:.0%} full, {len(times)} hosts lost: {displaced} displaced, {again} placed again, "
            f"{others} others moved; "
            f"median {1000 * median(times):.0f} ms, at most {1000 * max(times):.0f} ms"
        )


def bad() -> None:
    """Pools that nobody should have."""
    one = planted(2000, 20_000, 1)
    tripled = replace(one, workloads=tuple(replace(w, maximum=3 * w.maximum) for w in one.workloads))
    lonely = replace(
        one,
        workloads=tuple(
            replace(w, candidates=(7,)) if n % 50 == 0 else w for n, w in enumerate(one.workloads)
        ),
    )
    small = tuple(
        Host(h.id, {"cpu": 1, "memory": 1}, h.domains) if n % 2 else h for n, h in enumerate(one.hosts)
    )
    equal = _pool(2000, tuple(_pods(n, 200, 2000) for n in range(200)))
    different = replace(
        one,
        workloads=tuple(
            replace(w, candidates=tuple(h for h in w.candidates if (h * 7 + n) % 11))
            for n, w in enumerate(one.workloads)
        ),
    )
    wide = _pool(
        100_000, tuple(replace(_pods(n, 10_000, 1), candidates=tuple(range(100_000))) for n in range(10))
    )
    many = _pool(100_000, (replace(_pods(0, 1_000_000, 1), candidates=tuple(range(100_000))),))
    cases = {
        "half the hosts hold nothing": replace(one, hosts=small),
        "demand at 300 %": tripled,
        "one host for a fiftieth": lonely,
        "all hosts equal": equal,
        "all masks different": different,
        "100,000 hosts, a replica each": wide,
        "1,000,000 replicas of one workload": many,
    }
    for name, problem in cases.items():
        started = process_time()
        solution = solve(problem, reasons=False)
        levels = [level for level in solution.levels if level.value]
        left = (
            ", ".join(f"{level.name}: {level.value} (>= {level.bound})" for level in levels) or "all placed"
        )
        print(
            f"{name}: {process_time() - started:.1f} s, {solution.outcome}, {left}; {_memory()} MB so far",
            flush=True,
        )


if __name__ == "__main__":
    commands: dict[str, Callable[[], None]] = {"shapes": shapes, "lost": lost, "bad": bad}
    if sys.argv[1:2] and sys.argv[1] in commands:
        commands[sys.argv[1]]()
    else:
        main(*map(int, sys.argv[1:]))
