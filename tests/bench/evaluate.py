"""How long inventories take to read and predicates to evaluate: `python tests/bench/evaluate.py [HOSTS…]`.

Each number of hosts (10,000, 40,000 and 100,000 if none is given) is run in a process of its own, on fleets made from
a seed: four hosts a site, 20 facts a host. Prints the processor seconds of each step, and the most
memory that the process had after it. `with times` is a fleet in which every fact has its own time and source.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

LIMIT = 64 * 2**20
HOSTS_A_SITE = 4
PREDICATES = (
    "memory >= 8GiB",
    "cpu.cores >= 4 and memory >= 8GiB",
    'arch == "amd64"',
    'arch in ["amd64", "arm64"]',
    'site.country in ["SE", "DK"] and site.kind == "store"',
    "not site.closed",
    "accelerated",
    "any(gpus where memory >= 4GiB)",
    'all(gpus where driver >= "535.86.1")',
    "count(gpus) >= 1",
    "sum(memory, gpus) >= 8GiB",
    "device.camera >= 1",
    "(memory ?? 0GiB) >= 8GiB or known(disk)",
    "name ~ '-[12]$'",
    'role == "gateway"',
    '"avx2" in cpu.flags',
    'kernel >= "6.1"',
    "memory / cpu.cores >= 2GiB",
    '"${site.name}-1" == name',
    "site.uplink.bandwidth >= 50Mbps and zone == rack",
)
DECLARATIONS = """
label site.closed: bool = false
label host.role: string
let host.accelerated = any(gpus where memory >= 4GiB)
device camera { udev 'SUBSYSTEM=="video4linux"' }
"""


@dataclass(slots=True)
class Stopwatch:
    """Prints what each step took."""

    since: float

    def lap(self, step: str) -> None:
        now = process_time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"  {step:<28}{now - self.since:>8.2f} s{memory:>8} MB", flush=True)
        self.since = process_time()


def document(hosts: int, *, times: bool) -> dict[str, Any]:
    """A fleet; about one fact in ten is unknown."""
    random = Random(1)

    def fact(*values: object) -> object:
        if random.random() < 0.1:
            return None
        value = random.choice(values)
        return {"value": value, "observed": "2026-03-02T05:45:00Z", "source": "probe"} if times else value

    def host(name: str) -> dict[str, Any]:
        gpu = {"vendor": fact("nvidia"), "memory": fact("2GiB", "8GiB"), "driver": fact("535.86", "470.1")}
        return {
            "name": name,
            "arch": fact("amd64", "arm64"),
            "os": fact("linux"),
            "kernel": fact("5.10.0", "6.1.0", "6.8.0"),
            "cpu": {"cores": fact(2, 4, 8), "model": fact("N100"), "flags": fact(["avx2", "sse4"], [])},
            "memory": fact("4GiB", "8GiB", "16GiB"),
            "disk": fact("100GiB", "400GiB"),
            "bandwidth": fact("1Gbps"),
            "tags": fact(["edge"]),
            "zone": fact("a", "b"),
            "rack": fact("a", "b"),
            "power": fact("15W"),
            "cost": fact(3.5),
            "runtime": fact("docker"),
            "up": fact(True),
            "labels": {"role": fact("gateway", "worker")},
            "gpus": random.choice([None, [], [gpu]]),
            "devices": random.choice([None, [], [{"kind": "camera", "path": fact("/dev/video0")}]]),
        }

    sites = [
        {
            "name": f"s{site:06}",
            "country": fact("SE", "DK", "NO"),
            "kind": fact("store"),
            "uplink": {"bandwidth": fact("20Mbps", "100Mbps"), "kind": fact("fibre", "lte")},
            "hosts": [host(f"s{site:06}-{at}") for at in range(HOSTS_A_SITE)],
        }
        for site in range(hosts // HOSTS_A_SITE)
    ]
    return {"format": "placelang/inventory/1", "observed": "2026-03-02T05:45:00Z", "sites": sites}


def measure(path: Path) -> None:
    """Every step from the file to 20 evaluated predicates."""
    watch = Stopwatch(process_time())
    from placelang.check import check
    from placelang.diagnostics import Source
    from placelang.evaluate import truth, undecided_facts
    from placelang.inventory import inventory_digest, load_inventory
    from placelang.inventory.build import build as _pydantic  # noqa: F401
    from placelang.load import Module, Modules
    from placelang.parse import parse
    from placelang.world import build_world

    watch.lap("imports")
    inventory, faults = load_inventory(path)
    if inventory is None:
        raise ValueError(faults)
    watch.lap(f"load {path.stat().st_size / 1e6:.0f} MB of JSON")
    inventory_digest(inventory)
    watch.lap("digest")
    clauses = "\n".join(f"hosts where {predicate}" for predicate in PREDICATES)
    text = f'{DECLARATIONS}\napp a {{\nservice s {{\nimage "x"\nreplicas 1 per host\n{clauses}\n}}\n}}\n'
    source = Source("bench.place", text)
    program, faults = check(
        Modules((Module(source, parse(source)[0], is_root=True, is_policy=False),), complete=True)
    )
    if program is None:
        raise ValueError(faults)
    watch.lap("parse and check")
    world, _ = build_world(inventory, program)
    watch.lap("world")
    filters = program.apps[0].services[0].filters
    columns = [truth(clause.predicate, world, "host") for clause in filters]
    watch.lap(f"{len(filters)} predicates")
    for clause, column in zip(filters, columns, strict=True):
        for row in column.unknown.nonzero()[0][:10].tolist():
            undecided_facts(clause.predicate, world, "host", row)
    watch.lap("what would decide 10 of each")


def write(path: Path, hosts: int, times: bool) -> None:
    """In a process of its own too, since a process begins with the most memory that its parent had."""
    path.write_text(json.dumps(document(hosts, times=times), separators=(",", ":")), encoding="utf-8")


def main() -> None:
    """The figures for each number of hosts, as far as the file is not too large to be read."""
    for hosts in map(int, sys.argv[1:] or ("10000", "40000", "100000")):
        for times in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "inventory.json"
                alone(write, path, hosts, times)
                if path.stat().st_size <= LIMIT:
                    print(f"{hosts:,} hosts{', with times' if times else ''}", flush=True)
                    alone(measure, path)


def alone(step: Callable[..., None], *arguments: object) -> None:
    """Runs a step in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=step, args=arguments)
    process.start()
    process.join()


if __name__ == "__main__":
    main()
