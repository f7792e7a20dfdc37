"""How long it takes to explain what is left out, on instances by seeds: `python tests/bench/explain.py [SEED…]`.

Prints, per case: explanations, how many have a core and how many a minimal one, members of the largest, and seconds of
processor time (median and most). Wanted: 0.5 s at a site of 12 hosts and 60 services, 2 s at 2,000 rule instances.
"""

from __future__ import annotations

import sys
from random import Random
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Constraint,
    Core,
    Different,
    Group,
    Host,
    Hosts,
    Placed,
    Problem,
    Same,
    Spread,
    Workload,
    core,
    solve,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEDS = tuple(range(100, 110))


def site(seed: int) -> Problem:
    """12 hosts, 60 services in groups of one to three, at 110 % of what the hosts have."""
    r = Random(seed)
    hosts = []
    for index in range(12):
        cores, memory = r.choice(((4, 8), (4, 16), (8, 16), (8, 32)))
        labels = {"host": f"h{index}", "zone": f"z{index % 3}"}
        hosts.append(Host(f"h{index}", {"cpu": 1000 * cores, "memory": 1024 * memory}, labels))
    labelled = [{h for h in range(12) if r.random() < 0.4} | {r.randrange(12)} for _ in range(3)]
    drawn = [(r.choice((1, 1, 2, 3)), r.randint(1, 8), r.randint(1, 8)) for _ in range(60)]
    total = [sum(host.capacity[key] for host in hosts) for key in ("cpu", "memory")]
    unit = [1.1 * total[at] / sum(one[0] * one[1 + at] for one in drawn) for at in range(2)]
    groups: list[Group] = []
    workloads = []
    for index, (replicas, cpu, memory) in enumerate(drawn):
        if not groups or r.random() < 0.5:
            groups.append(Group(f"g{len(groups)}", r.choice((0, 50, 100))))
        label = r.choice((None, None, *labelled))
        candidates = tuple(range(12)) if label is None else tuple(sorted(label))
        demand = {"cpu": int(cpu * unit[0]), "memory": int(memory * unit[1])}
        count = min(replicas, len(candidates))
        workloads.append(Workload(f"w{index}", len(groups) - 1, demand, candidates, count, count))
    constraints: list[Constraint] = []
    for index in range(60):
        kind = r.random()
        if kind < 0.3:
            constraints.append(AtMost(f"apart {index}", (index,), "host", 1))
        elif kind < 0.5:
            constraints.append(Spread(f"spread {index}", (index,), "zone", 1))
        elif kind < 0.6:
            other = r.choice([w for w in range(60) if w != index])
            constraints.append(Different(f"not beside {index}", (index,), (other,), "host"))
    return Problem(tuple(hosts), tuple(groups), tuple(workloads), tuple(constraints), (Placed(),))


def rules(seed: int, count: int = 2000) -> Problem:
    """One group of 400 services on 40 hosts with `count` constraints, of which few clash."""
    r = Random(seed)
    hosts = tuple(
        Host(f"h{i}", {"cpu": 10_000}, {"host": f"h{i}", "rack": f"r{i % 10}", "zone": f"z{i % 4}"})
        for i in range(40)
    )
    workloads = tuple(
        Workload(f"w{index}", 0, {"cpu": r.randint(10, 200)}, tuple(sorted(r.sample(range(40), 12))), 2, 2)
        for index in range(400)
    )
    constraints = [_rule(r, f"c{number}") for number in range(count - 3)]
    one, other = r.sample(range(400), 2)
    constraints += [
        Same("clash 1", (one,), (other,), "zone"),
        Hosts("clash 2", one, frozenset(h for h in range(40) if h % 4 == 0)),
        Hosts("clash 3", other, frozenset(h for h in range(40) if h % 4 != 0)),
    ]
    r.shuffle(constraints)
    return Problem(hosts, (Group("g"),), workloads, tuple(constraints), (Placed(),))


def _rule(r: Random, name: str) -> Constraint:
    one, other = r.sample(range(400), 2)
    makes: tuple[Callable[[], Constraint], ...] = (
        lambda: AtMost(name, (one,), "host", 1),
        lambda: AtMost(name, (one,), "rack", 2),
        lambda: Spread(name, (one,), "zone", 2),
        lambda: AtLeast(name, (one,), "rack", 1),
        lambda: Different(name, (one,), (other,), "host"),
    )
    return r.choice(makes)()


def explained(problem: Problem, budget: float) -> Iterator[tuple[Core | None, float]]:
    """The core of each left-out group, looked for within a budget, and how long it took."""
    solution = solve(problem, budget=8)
    for left in solution.left_out:
        started = process_time()
        yield core(problem, solution, left.group, budget=budget), process_time() - started


CASES: dict[str, tuple[Callable[[int], Problem], float, float]] = {
    "site of 12 hosts and 60 services": (site, 0.25, 0.5),
    "2000 rule instances": (rules, 10.0, 2.0),
}
"""How an instance is made, the budget of an explanation, and the seconds that it may take."""


def main(seeds: list[int]) -> None:
    core(site(0), solve(site(0), budget=1), 0)  # what is loaded once
    for name, (make, budget, wanted) in CASES.items():
        found = [one for seed in seeds for one in explained(make(seed), budget)]
        cores = [one for one, _ in found if one is not None]
        seconds = [took for _, took in found]
        print(f"{name}: {len(found)} explanations")
        print(f"  {len(cores)} with a core, {sum(one.minimal for one in cores)} minimal and re-checked")
        print(f"  largest core: {max((len(one.members) for one in cores), default=0)} members")
        print(f"  seconds: median {median(seconds):.2f}, most {max(seconds):.2f}, wanted {wanted}")
        print(f"  within that: {sum(took <= wanted for took in seconds)} of {len(seconds)}")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or list(SEEDS))
