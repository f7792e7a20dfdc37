"""How long the scheduler takes, on instances made from a seed: `python tests/bench/schedule.py [CASE…]`.

Prints, per case: hosts, workloads and replicas, seconds of processor time (once), groups placed, levels proved.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from random import Random
from time import process_time
from typing import TYPE_CHECKING

from placelang_scheduler import (
    AtMost,
    Balance,
    Group,
    Host,
    Hosts,
    Moves,
    Placed,
    Preferences,
    Problem,
    Spread,
    Workload,
    solve,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang_scheduler import Constraint

MEBI = 2**20
OBJECTIVES = (Placed(), Preferences(), Moves(), Balance("memory"))


@dataclass(slots=True)
class Fleet:
    """A problem in the making."""

    hosts: list[Host]
    groups: list[Group]
    workloads: list[Workload]
    constraints: list[Constraint]

    def problem(self) -> Problem:
        return Problem(
            tuple(self.hosts), tuple(self.groups), tuple(self.workloads), tuple(self.constraints), OBJECTIVES
        )


def sites(count: int, hosts: int = 4, services: int = 10, seed: int = 1, load: float = 0.7) -> Problem:
    """Unlike sites: hosts of several sizes and labels; services of one to three replicas, of which most may stand
    anywhere and some need a label; spread or kept apart; filled to about `load` of the scarcer resource."""
    r = Random(seed)
    fleet = Fleet([], [], [], [])
    for site in range(count):
        _site(fleet, r, f"s{site}", hosts=hosts, services=services, load=load)
    return fleet.problem()


def _site(fleet: Fleet, r: Random, name: str, *, hosts: int, services: int, load: float) -> None:
    first = len(fleet.hosts)
    labels = []
    for index in range(hosts):
        cores, memory = r.choice(((4, 8), (4, 16), (8, 16), (8, 32), (16, 32)))
        labels.append({label for label in ("gpu", "camera", "ssd") if r.random() < 0.5})
        domains = {"site": name, "host": f"{name}-{index}", "zone": f"{name}-{index % 2}"}
        capacity = {
            "cpu": 1000 * cores - r.choice((0, 100, 250)),
            "memory": (1024 * memory - r.randint(200, 900)) * MEBI,
        }
        fleet.hosts.append(Host(f"{name}-{index}", capacity, domains))
    here = range(first, first + hosts)
    total = {key: sum(fleet.hosts[host].capacity[key] for host in here) for key in ("cpu", "memory")}
    replicas = [r.choice((1, 2, 2, 3)) for _ in range(services)]
    drawn = [(r.choice((1, 2, 2, 4, 5, 8)), r.choice((1, 2, 3, 4, 6, 8, 12))) for _ in range(services)]
    scale = [
        load * total[key] / sum(count * need[at] for count, need in zip(replicas, drawn, strict=True))
        for at, key in enumerate(("cpu", "memory"))
    ]
    groups = [len(fleet.groups) + number for number in range(2)]
    fleet.groups += [Group(f"{name}/a", 100), Group(f"{name}/b", 0)]
    for number in range(services):
        label = r.choice((None, None, None, "gpu", "camera", "ssd"))
        candidates = tuple(host for host in here if label is None or label in labels[host - first]) or tuple(
            here
        )
        cpu = max(50, int(drawn[number][0] * scale[0] * r.uniform(0.6, 1.0)) // 50 * 50)
        memory = max(64, int(drawn[number][1] * scale[1]) // MEBI // 64 * 64) * MEBI
        index = len(fleet.workloads)
        fleet.workloads.append(
            Workload(
                f"{name}/{number}",
                groups[number % 2],
                {"cpu": cpu, "memory": memory},
                candidates,
                min(replicas[number], len(candidates)),
                min(replicas[number], len(candidates)),
            )
        )
        _rules(fleet, r, index, [host for host in here if r.random() < 0.5])


def _rules(fleet: Fleet, r: Random, index: int, liked: list[int]) -> None:
    kind = r.random()
    if kind < 0.3:
        fleet.constraints.append(AtMost(f"apart {index}", (index,), "host", 1))
    elif kind < 0.5:
        fleet.constraints.append(Spread(f"spread {index}", (index,), "zone", 1))
    elif kind < 0.7:
        fleet.constraints.append(Spread(f"spread {index}", (index,), "zone", 1, weight=5))
    if r.random() < 0.2:
        fleet.constraints.append(Hosts(f"liked {index}", index, frozenset(liked), weight=r.randint(1, 5)))


def pool(hosts: int, workloads: int, seed: int = 1, load: float = 0.85) -> Problem:
    """One part: every service may stand on any host that has its label, four replicas each."""
    r = Random(seed)
    fleet = Fleet([], [], [], [])
    labels = []
    for index in range(hosts):
        cores, memory = r.choice(((16, 32), (16, 64), (32, 64), (32, 128)))
        labels.append({label for label in ("gpu", "ssd") if r.random() < 0.3})
        domains = {"host": f"h{index}", "zone": f"z{index % 5}"}
        fleet.hosts.append(Host(f"h{index}", {"cpu": 1000 * cores, "memory": 1024 * memory}, domains))
    total = {key: sum(host.capacity[key] for host in fleet.hosts) for key in ("cpu", "memory")}
    drawn = [(r.randint(1, 8), r.randint(1, 8)) for _ in range(workloads)]
    unit = [
        load * total[key] / sum(4 * need[at] for need in drawn) for at, key in enumerate(("cpu", "memory"))
    ]
    for index in range(workloads):
        label = r.choice((None, None, "gpu", "ssd"))
        candidates = tuple(host for host in range(hosts) if label is None or label in labels[host])
        demand = {"cpu": int(drawn[index][0] * unit[0]), "memory": int(drawn[index][1] * unit[1])}
        fleet.groups.append(Group(f"g{index}", r.choice((0, 50))))
        fleet.workloads.append(Workload(f"w{index}", index, demand, candidates, 4, 4))
        _rules(fleet, r, index, [host for host in range(hosts) if r.random() < 0.5])
    return fleet.problem()


def replan(problem: Problem) -> Problem:
    """The same problem with its plan running, and one host in twenty gone."""
    solution = solve(problem, budget=0)
    gone = {host for host in range(len(problem.hosts)) if host % 20 == 7}
    workloads = tuple(
        replace(
            workload,
            candidates=tuple(host for host in workload.candidates if host not in gone),
            current=solution.placements[index],
        )
        for index, workload in enumerate(problem.workloads)
    )
    return replace(problem, workloads=workloads)


CASES: dict[str, Callable[[], Problem]] = {
    "1000 sites x 4 hosts x 10 services": lambda: sites(1000),
    "1000 sites, a host in twenty lost": lambda: replan(sites(1000)),
    "1 site x 20 hosts x 60 services": lambda: sites(1, 20, 60),
    "1 site x 50 hosts x 150 services": lambda: sites(1, 50, 150),
    "pool of 500 hosts, 500 services of 4": lambda: pool(500, 500),
    "pool of 500 hosts, overloaded": lambda: pool(500, 500, load=1.1),
    "25000 sites x 4 hosts x 3 services": lambda: sites(25_000, 4, 3),
}


def main(wanted: list[str]) -> None:
    for name, make in CASES.items():
        if wanted and not any(word in name for word in wanted):
            continue
        problem = make()
        started = process_time()
        solution = solve(problem)
        took = process_time() - started
        replicas = sum(sum(found.values()) for found in solution.placements)
        print(f"{name}: {took:.2f} s, {len(problem.hosts)} hosts, {replicas} replicas, {solution.outcome}")
        print(f"  groups placed: {sum(solution.admitted)} of {len(problem.groups)}")
        for level in solution.levels:
            print(f"  {level.name}: {level.value}" + ("" if level.proved else f" (>= {level.bound})"))


if __name__ == "__main__":
    main(sys.argv[1:])
