"""Machine reassignment (ROADEF/EURO challenge 2012) through `Problem`.

python tests/bench/public/roadef.py FOLDER [INSTANCE…] [--budget UNITS] [--plain]
"""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if "--plain" in sys.argv:
    sys.modules["numba"] = None  # type: ignore[assignment] # as if it were not installed

from placelang_scheduler import (
    AtLeast,
    AtMost,
    Group,
    Hinge,
    Host,
    Overlap,
    Placed,
    Problem,
    Same,
    Toll,
    Workload,
    solve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Machine:
    neighborhood: int
    location: int
    capacity: list[int]
    safe: list[int]
    ways: list[int]


@dataclass(frozen=True)
class Service:
    spread: int
    needs: list[int]


@dataclass(frozen=True)
class Process:
    service: int
    needs: list[int]
    fee: int


@dataclass(frozen=True)
class Instance:
    """What the format says."""

    resources: list[tuple[int, int]]
    machines: list[Machine]
    services: list[Service]
    processes: list[Process]
    balances: list[tuple[int, int, int, int]]
    weights: tuple[int, int, int]
    initial: list[int]


def read(folder: Path, name: str) -> Instance:
    n = iter(_numbers(folder / f"model_{name}.txt.gz"))
    kinds = next(n)
    resources = [(next(n), next(n)) for _ in range(kinds)]
    number = next(n)
    machines = [
        Machine(next(n), next(n), _some(n, kinds), _some(n, kinds), _some(n, number)) for _ in range(number)
    ]
    services = [Service(next(n), _some(n, next(n))) for _ in range(next(n))]
    processes = [Process(next(n), _some(n, kinds), next(n)) for _ in range(next(n))]
    balances = [(next(n), next(n), next(n), next(n)) for _ in range(next(n))]
    weights = (next(n), next(n), next(n))
    return Instance(
        resources,
        machines,
        services,
        processes,
        balances,
        weights,
        _numbers(folder / f"assignment_{name}.txt.gz"),
    )


def _numbers(path: Path) -> list[int]:
    return [int(word) for word in gzip.decompress(path.read_bytes()).split()]


def _some(numbers: Iterator[int], count: int) -> list[int]:
    return [next(numbers) for _ in range(count)]


def problem_of(one: Instance) -> Problem:
    """The instance as a problem: a workload for each process."""
    every = tuple(range(len(one.machines)))
    names = [f"r{number}" for number in range(len(one.resources))]
    hosts = tuple(
        Host(
            f"m{number}",
            dict(zip(names, machine.capacity, strict=True)),
            {
                "host": f"m{number}",
                "location": f"l{machine.location}",
                "neighborhood": f"n{machine.neighborhood}",
            },
        )
        for number, machine in enumerate(one.machines)
    )
    workloads = tuple(
        Workload(
            f"p{number}",
            0,
            dict(zip(names, process.needs, strict=True)),
            every,
            current={at: 1},
            move_cost=process.fee,
        )
        for number, (process, at) in enumerate(zip(one.processes, one.initial, strict=True))
    )
    return Problem(
        hosts, (Group("all"),), workloads, tuple(_constraints(one, names)), (Placed(), _toll(one, names))
    )


def _members(one: Instance) -> list[tuple[int, ...]]:
    members: list[list[int]] = [[] for _ in one.services]
    for number, process in enumerate(one.processes):
        members[process.service].append(number)
    return [tuple(found) for found in members]


def _constraints(one: Instance, names: list[str]) -> Iterator[AtMost | AtLeast | Same | Overlap]:
    members = _members(one)
    for number, (service, own) in enumerate(zip(one.services, members, strict=True)):
        if len(own) > 1:
            yield AtMost(f"apart {number}", own, "host", 1)
        if own and service.spread > 1:
            yield AtLeast(f"spread {number}", own, "location", service.spread)
        for other in service.needs:
            if own and other != number:
                yield Same(f"near {number} {other}", own, members[other], "neighborhood")
    for name, (transient, _) in zip(names, one.resources, strict=True):
        if transient:
            yield Overlap(f"both {name}", tuple(range(len(one.processes))), name)


def _toll(one: Instance, names: list[str]) -> Toll:
    safe = [
        Hinge(weight, ((name, 1),), tuple(machine.safe[r] for machine in one.machines))
        for r, (name, (_, weight)) in enumerate(zip(names, one.resources, strict=True))
        if weight
    ]
    even = [
        Hinge(
            weight,
            ((names[b], 1), (names[a], -target)),
            tuple(machine.capacity[b] - target * machine.capacity[a] for machine in one.machines),
        )
        for a, b, target, weight in one.balances
        if weight
    ]
    process, service, machine = one.weights
    ways = tuple(tuple(machine * way for way in row.ways) for row in one.machines)
    return Toll((*safe, *even), process, ways, tuple(found for found in _members(one) if found), service)


def cost(  # noqa: C901 - as the rules have it
    one: Instance, at: list[int]
) -> int:
    """The official cost, written from the rules of the contest alone; raises where a rule is broken."""
    kinds, machines = range(len(one.resources)), range(len(one.machines))
    used = [[0] * len(one.resources) for _ in machines]
    gone = [[0] * len(one.resources) for _ in machines]
    for process, new, old in zip(one.processes, at, one.initial, strict=True):
        for r in kinds:
            used[new][r] += process.needs[r]
            if new != old:
                gone[old][r] += process.needs[r]
    total = 0
    for m, machine in enumerate(one.machines):
        for r, (transient, weight) in enumerate(one.resources):
            if used[m][r] + transient * gone[m][r] > machine.capacity[r]:
                raise AssertionError(f"machine {m} has not enough of {r}")
            total += weight * max(0, used[m][r] - machine.safe[r])
        for a, b, target, weight in one.balances:
            free = [machine.capacity[r] - used[m][r] for r in (a, b)]
            total += weight * max(0, target * free[0] - free[1])
    homes = [{at[p] for p in own} for own in _members(one)]
    moved = [0] * len(one.services)
    for service, own, places in zip(one.services, _members(one), homes, strict=True):
        near = {one.machines[m].neighborhood for m in places}
        if len(places) < len(own) or len({one.machines[m].location for m in places}) < service.spread:
            raise AssertionError("processes of a service meet, or are not spread")
        if any(near - {one.machines[m].neighborhood for m in homes[other]} for other in service.needs):
            raise AssertionError("a service is not beside what it needs")
    for process, new, old in zip(one.processes, at, one.initial, strict=True):
        if new != old:
            total += one.weights[0] * process.fee + one.weights[2] * one.machines[old].ways[new]
            moved[process.service] += 1
    return total + one.weights[1] * max(moved)


REFERENCE = {
    "a1_1": 44306501,
    "a1_2": 777531842,
    "a1_4": 248524578,
    "a2_1": 329,
    "a2_5": 318358949,
    "b_1": 3339186879,
}
"""The best that is known of some instances."""


def main(folder: Path, names: list[str], budget: float) -> None:
    if not folder.is_dir():
        print(f"{folder} is not there: nothing is measured")
        return
    solve(small(), budget=0.01)  # compiles, where there is a compiler
    for name in names:
        one = read(folder, name)
        problem = problem_of(one)
        wall, cpu = perf_counter(), process_time()
        solution = solve(problem, budget=budget)
        wall, cpu = perf_counter() - wall, process_time() - cpu
        at = [next(iter(found)) for found in solution.placements]
        first, last, claimed = cost(one, one.initial), cost(one, at), solution.levels[-1].value
        if last != claimed:
            raise AssertionError(f"{name}: the contest counts {last}, the scheduler {claimed}")
        share = (first - last) / (first - REFERENCE[name])
        memory = getrusage(RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{name}: {first} -> {last}, share {share:.4f}, bound {solution.levels[-1].bound}, "
            f"{wall:.0f} s, {cpu:.0f} s of processors, {memory} MiB, {solution.engine or 'solver'}",
            flush=True,
        )


def small() -> Problem:
    """A landscape that is just too large for the solver."""
    hosts = tuple(Host(f"h{n}", {"r": 9}, {"host": f"h{n}"}) for n in range(50))
    every = tuple(range(50))
    workloads = tuple(Workload(f"w{n}", 0, {"r": 1}, every, current={0 if n < 9 else n: 1}) for n in every)
    toll = Toll((Hinge(1, (("r", 1),), (1,) * 50),), 0)
    rules = (AtMost("apart", every, "host", 9), Overlap("both", every, "r"))
    return Problem(hosts, (Group("all"),), workloads, rules, (Placed(), toll))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    units = float(arguments.pop(arguments.index("--budget") + 1)) if "--budget" in arguments else 60.0
    given = [word for word in arguments if not word.startswith("--")]
    main(Path(given[0] if given else "roadef2012"), given[1:] or list(REFERENCE), units)
