"""How long pools of GPUs take that are filled by shares and whole GPUs: `python -m tests.bench.shares`.

Hosts have one to eight GPUs of 8 to 40 GiB; nine services in ten want shares of 1 to 10 GiB, the others a whole GPU.
"""

from __future__ import annotations

from random import Random
from time import perf_counter

from placelang_scheduler import (
    DeviceClass,
    DeviceDemand,
    Group,
    Host,
    Moves,
    Placed,
    Problem,
    Workload,
    solve,
)

_GIB = 2**30
_WHOLE = 20 * _GIB
"""What a whole GPU counts as, in filling the pool."""


def pool(hosts: int, load: float, seed: int) -> Problem:
    """A pool that is asked for `load` of what its GPUs lend."""
    r = Random(seed)
    shapes = tuple(_host(r, number) for number in range(hosts))
    left = load * sum(device.lends for host in shapes for device in host.devices)
    workloads: list[Workload] = []
    while left > 0:
        size, count = _GIB * r.choice((1, 2, 3, 4, 5, 6, 8, 10)), r.choice((1, 1, 2, 4))
        if r.random() < 0.1:
            size, count = 0, 1
        demand = DeviceDemand("gpu", 1, share=size)
        number = len(workloads)
        needs = {"cpu": 500, "memory": 2 * _GIB}
        workloads.append(Workload(f"w{number}", number, needs, tuple(range(hosts)), count, count, (demand,)))
        left -= size * count or _WHOLE
    groups = tuple(Group(f"g{number}") for number in range(len(workloads)))
    return Problem(shapes, groups, tuple(workloads), (), (Placed(), Moves()))


def _host(r: Random, number: int) -> Host:
    count, size = r.choice((1, 2, 4, 8)), _GIB * r.choice((8, 16, 24, 40))
    devices = tuple(DeviceClass(f"gpu{at}", "gpu", 1, size) for at in range(count))
    return Host(f"h{number}", {"cpu": 64_000, "memory": 256 * _GIB}, {}, devices)


def main() -> None:
    """Print a line for each size and load."""
    for hosts, load in ((6, 0.7), (6, 0.95), (20, 0.7), (20, 0.95), (50, 0.9)):
        one = pool(hosts, load, seed=hosts)
        start = perf_counter()
        solution = solve(one, budget=10)
        took = perf_counter() - start
        proved = "proved" if all(level.proved for level in solution.levels) else "not proved"
        print(
            f"{hosts} hosts, {len(one.workloads)} services, {load:.0%}: "
            f"{sum(solution.admitted)} placed, {proved}, {took:.2f} s"
        )


if __name__ == "__main__":
    main()
