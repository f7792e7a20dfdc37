"""GPU shares of replicas that come one by one: the cluster trace openb through `session`.

python tests/bench/public/openb.py FOLDER [--first 0] [--seeds 10] [--moves PERCENT]

FOLDER has `openb_node_list_gpu_node.csv.gz` and `openb_pod_list_default.csv.gz`, as Alibaba published them in 2023.
As in the paper on fragmentation gradient descent, pods are shuffled and drawn again until they want 1.3 times the GPUs
that there are, and come in that order; the figure is the share of GPUs that is not allocated when arrivals reach 100 %.
Beside it, in the same run, best fit: the host that has the least left, and the fullest device.
"""

from __future__ import annotations

import csv
import gzip
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import mean
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from placelang_scheduler import DeviceClass, DeviceDemand, Group, Host, Problem, Workload, session

if TYPE_CHECKING:
    from placelang_scheduler.pool.online import Session

WHOLE = 1000
FORMS = ("cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "gpu_spec")


@dataclass(frozen=True)
class Trace:
    """Nodes as (cpu, memory, GPUs, model), and pods as what they want, one for each pod."""

    nodes: list[tuple[int, int, int, str]]
    pods: list[tuple[int, int, int, int, str]]

    @property
    def capacity(self) -> int:
        return sum(WHOLE * gpus for _, _, gpus, _ in self.nodes)


def read(folder: Path) -> Trace:
    nodes = [
        (int(row["cpu_milli"]), int(row["memory_mib"]), int(row["gpu"]), row["model"])
        for row in _rows(folder / "openb_node_list_gpu_node.csv.gz")
    ]
    pods = []
    for row in _rows(folder / "openb_pod_list_default.csv.gz"):
        cpu, memory, count, share = (int(row[name] or 0) for name in FORMS[:4])
        pods.append((cpu, memory, count, share if count == 1 else WHOLE * bool(count), row["gpu_spec"]))
    return Trace(nodes, pods)


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()))


def workload(trace: Trace, seed: int) -> list[tuple[int, int, int, int, str]]:
    """Arrivals up to 1.3 times the capacity."""
    r = Random(seed)
    found = list(trace.pods)
    r.shuffle(found)
    asked = sum(pod[2] * pod[3] for pod in found)
    while asked < 1.3 * trace.capacity:
        found.append(r.choice(trace.pods))
        asked += found[-1][2] * found[-1][3]
    return found


def problem_of(trace: Trace) -> tuple[Problem, dict[tuple[int, int, int, int, str], int]]:
    """A workload for each form of pod, as many replicas of it as are in the list, ten times over."""
    hosts = tuple(
        Host(
            f"n{number}",
            {"cpu": cpu, "memory": memory},
            devices=tuple(DeviceClass(f"gpu{n}", "gpu", 1, lends=WHOLE) for n in range(gpus)),
        )
        for number, (cpu, memory, gpus, _) in enumerate(trace.nodes)
    )
    often = Counter(trace.pods)
    forms = {form: number for number, form in enumerate(sorted(often))}
    by_models = {
        models: tuple(
            number for number, node in enumerate(trace.nodes) if not models or node[3] in models.split("|")
        )
        for models in {form[4] for form in forms}
    }
    workloads = []
    for form in forms:
        cpu, memory, count, share, models = form
        devices = (DeviceDemand("gpu", count, share=share if share < WHOLE else 0),) if count else ()
        demand = {"cpu": cpu, "memory": memory}
        workloads.append(
            Workload(str(form), 0, demand, by_models[models], 0, 10 * often[form], devices=devices)
        )
    return Problem(hosts, (Group("all"),), tuple(workloads)), forms


def ours(trace: Trace, seed: int, moves: float) -> tuple[float, int, int]:
    """What is not allocated of the GPUs, in percent; how many were moved, and how many stand."""
    problem, forms = problem_of(trace)
    now = session(problem)
    asked = moved = stand = 0
    arrivals = []
    for pod in workload(trace, seed):
        asked += pod[2] * pod[3]
        if asked > trace.capacity:
            break
        arrivals.append(forms[pod])
    for number, index in enumerate(arrivals, 1):
        left = int(moves / 100 * number) - moved
        changes = now.make_room(index, moves=left)
        stand += sum(sum(found.values()) for found in changes.values())
        others = (found for other, found in changes.items() if other != index)
        moved += sum(-change for found in others for change in found.values() if change < 0)
    check(trace, problem, now)
    used = sum(
        count * (problem.workloads[index].devices[0].share or WHOLE)
        for index in range(len(forms))
        for held in now.holds(index).values()
        for count in held.values()
    )
    return 100 * (1 - used / trace.capacity), moved, stand


def check(trace: Trace, problem: Problem, now: Session) -> None:
    """Counts again what is taken of each node and GPU; raises where it is more than there is."""
    have = {"cpu": [node[0] for node in trace.nodes], "memory": [node[1] for node in trace.nodes]}
    for name, limits in have.items():
        taken = [0] * len(trace.nodes)
        for index, shape in enumerate(problem.workloads):
            for host, count in now.on(index).items():
                taken[host] += count * shape.demand[name]
        if any(used > limit for used, limit in zip(taken, limits, strict=True)):
            raise AssertionError(f"a node has not enough {name}")
    gpus: Counter[tuple[int, str]] = Counter()
    for index, shape in enumerate(problem.workloads):
        for host, held in now.holds(index).items():
            wanted = shape.devices[0].count * now.on(index)[host] if shape.devices else 0
            if sum(held.values()) != wanted:
                raise AssertionError("a pod has other GPUs than it wants")
            for device, count in held.items():
                gpus[host, device] += count * (shape.devices[0].share or WHOLE)
    if any(used > WHOLE for used in gpus.values()):
        raise AssertionError("a GPU is promised twice")


def best_fit(trace: Trace, seed: int) -> float:
    """The same arrivals, each on the host of which the least is left, in shares of what hosts have at most."""
    cpu, memory, gpus, _ = (np.array(column) for column in zip(*trace.nodes, strict=True))
    free = np.where(np.arange(gpus.max())[None] < gpus[:, None], WHOLE, 0)
    most, asked = (cpu.max(), memory.max(), WHOLE * gpus.max()), 0
    models = np.array([model for *_, model in trace.nodes])
    for wants in workload(trace, seed):
        asked += wants[2] * wants[3]
        if asked > trace.capacity:
            break
        fits = (cpu >= wants[0]) & (memory >= wants[1])
        if wants[2]:
            fits &= (free >= wants[3]).sum(axis=1) >= wants[2]
        if wants[4]:
            fits &= np.isin(models, wants[4].split("|"))
        if not fits.any():
            continue
        left = cpu / most[0] + memory / most[1] + free.sum(axis=1) / most[2]
        host = int(np.where(fits, left, np.inf).argmin())
        cpu[host] -= wants[0]
        memory[host] -= wants[1]
        order = np.where(free[host] >= wants[3], free[host], 2 * WHOLE).argsort(kind="stable")
        free[host, order[: wants[2]]] -= wants[3]
    return float(100 * free.sum() / trace.capacity)


def main() -> None:
    words = ArgumentParser()
    words.add_argument("folder", nargs="?", default="openb", type=Path)
    words.add_argument("--seeds", default=10, type=int)
    words.add_argument("--first", default=0, type=int)
    words.add_argument("--moves", default=0.0, type=float)
    given = words.parse_args()
    if not given.folder.is_dir():
        print(f"{given.folder} is not there: nothing is measured")
        return
    trace = read(given.folder)
    found: list[float] = []
    baseline: list[float] = []
    for seed in range(given.first, given.first + given.seeds):
        start = process_time()
        left, moved, stand = ours(trace, seed, given.moves)
        spent = process_time() - start
        found.append(left)
        baseline.append(best_fit(trace, seed))
        print(
            f"seed {seed}: {left:.2f} % not allocated, {moved} moved of {stand}, {spent:.0f} s; "
            f"best fit {baseline[-1]:.2f} %",
            flush=True,
        )
    memory = getrusage(RUSAGE_SELF).ru_maxrss // 1024
    print(f"mean: {mean(found):.2f} %; best fit {mean(baseline):.2f} %; {memory} MiB")


if __name__ == "__main__":
    main()
