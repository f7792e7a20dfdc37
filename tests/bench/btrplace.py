"""An instance of BtrPlace, through the public `Problem`: `python -m tests.bench.btrplace FILE.json[.gz]`.

Nodes with what they have, machines that run and what these need, some of which are to get more than they have now. All
are to run, and few to move: what is overloaded is repaired by the fewest moves. Prints seconds with reading, moves, and
what the checks find.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from placelang_scheduler import Group, Host, Moves, Placed, Problem, Workload, solve, verify


def read(path: Path) -> Problem:
    """The instance as a problem. Knows `shareableResource`, `preserve` and `online`; raises `ValueError` for more."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        found: dict[str, Any] = json.load(file)
    kinds = {one["id"] for one in found["constraints"]}
    if not kinds <= {"online", "preserve"}:
        raise ValueError(f"constraints that are not known: {sorted(kinds)}")
    model = found["model"]
    nodes = sorted(model["mapping"]["onlineNodes"], key=int)
    resources = [view for view in model["views"] if view["id"] == "shareableResource"]
    more = {
        (one["rc"], str(one["vm"])): one["amount"] for one in found["constraints"] if one["id"] == "preserve"
    }
    hosts = tuple(
        Host(node, {view["rcId"]: view["nodes"].get(node, view["defCapacity"]) for view in resources})
        for node in nodes
    )
    every = tuple(range(len(nodes)))
    runs = {
        str(machine): at
        for at, node in enumerate(nodes)
        for machine in model["mapping"]["onlineNodes"][node]["runningVMs"]
    }
    workloads = tuple(
        Workload(
            machine,
            number,
            {
                name: max(view["vms"].get(machine, view["defConsumption"]), more.get((name, machine), 0))
                for view in resources
                for name in (view["rcId"],)
            },
            every,
            current={runs[machine]: 1},
        )
        for number, machine in enumerate(sorted(runs, key=int))
    )
    groups = tuple(Group(workload.id) for workload in workloads)
    return Problem(hosts, groups, workloads, (), (Placed(), Moves()))


def main(path: str) -> None:
    started, wall = process_time(), perf_counter()
    problem = read(Path(path))
    reading = process_time() - started
    solution = solve(problem)
    took = process_time() - started
    print(
        f"{len(problem.hosts)} nodes, {len(problem.workloads)} machines: {took:.1f} s, {reading:.1f} s of it reading"
    )
    print(f"{perf_counter() - wall:.1f} s on the clock; {len(verify(problem, solution))} violations")
    for level in solution.levels:
        print(f"  {level.name}: {level.value} (>= {level.bound})")


if __name__ == "__main__":
    main(*sys.argv[1:])
