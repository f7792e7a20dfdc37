"""How long a fleet of unlike sites takes from its inventory to its plan: `python tests/bench/pipeline.py [SITES…]`.

Each site has four hosts of its own make and gets ten services; one of them, where it says elastic, has one or two
replicas, which is what keeps the solver busy. Prints seconds of processor time (once) by stage.
"""

from __future__ import annotations

import json
import sys
from random import Random
from time import process_time
from typing import TYPE_CHECKING, TypeVar

from placelang.arrange import Inputs, arrange
from placelang.check import check
from placelang.diagnostics import Source
from placelang.inventory import inventory_digest, inventory_labels, read_inventory
from placelang.load import Module, Modules
from placelang.lower import lower
from placelang.parse import parse
from placelang.world import build_world
from placelang_runtime.canonical import to_json
from placelang_scheduler import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from placelang.inventory import Inventory
    from placelang.program import Program

T = TypeVar("T")
ELASTIC = 3
COUNTS = ("1", "2", "1", "1", "2", "1", "1", "3", "1", "1")
CLAUSES = (
    "hosts where disk >= 60GiB",
    "at most 1 per host",
    "hosts where memory >= 8GiB",
    "prefer hosts where any(gpus where memory >= 4GiB) weight 5",
    "spread over zone",
    "same host as s4",
    "different host than s1",
    "prefer spread over zone weight 2",
    "port 8080",
    'hosts where arch == "amd64" and (role == "worker" or memory >= 32GiB)',
)


def main() -> None:
    print("sites   hosts  replicas  left out    world    lower    solve  arrange     json")
    for count in map(int, sys.argv[1:] or ("100", "1000")):
        _run(count, elastic=False)
    _run(100, elastic=True)


def _run(count: int, *, elastic: bool) -> None:
    inventory = _inventory(count)
    program = _program(inventory, elastic=elastic)
    (world, _), *spent = _timed(lambda: build_world(inventory, program))
    lowered, *more = _timed(lambda: lower(program, world))
    spent += more
    solution, *more = _timed(lambda: solve(lowered.problem))
    spent += more
    inputs = Inputs(inventory_digest(inventory), frozenset(), 0, 60.0)
    plan, *more = _timed(lambda: arrange(lowered, solution, inputs))
    spent += more
    _, *more = _timed(lambda: to_json(plan))
    spent += more
    replicas = sum(sum(found.values()) for found in solution.placements)
    figures = f"{count:5} {len(world.hosts):7} {replicas:9} {len(solution.left_out):9}"
    print(figures, *(f"{seconds:8.2f}" for seconds in spent), " elastic" if elastic else "")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = process_time()
    return work(), process_time() - start


def _inventory(count: int) -> Inventory:
    random = Random(1)
    sites = [
        {"name": f"site{n}", "kind": "store", "hosts": [_host(random, f"site{n}-{h}") for h in range(4)]}
        for n in range(count)
    ]
    text = json.dumps({"format": "placelang/inventory/1", "observed": "2026-03-02T05:00:00Z", "sites": sites})
    found, faults = read_inventory(Source("inventory.json", text))
    if found is None:
        raise ValueError(faults)
    return found


def _host(random: Random, name: str) -> dict[str, object]:
    gpus = [{"vendor": "nvidia", "memory": f"{random.choice((2, 4, 8, 16))}GiB"}]
    return {
        "name": name,
        "arch": random.choice(("amd64", "arm64")),
        "cpu": {"cores": random.randint(2, 16)},
        "memory": f"{random.randint(4, 64)}GiB",
        "disk": f"{random.randint(50, 1000)}GiB",
        "zone": random.choice("abc"),
        "labels": {"role": random.choice(("gateway", "worker"))},
        "gpus": gpus if random.random() < 0.3 else [],
    }


def _program(inventory: Inventory, *, elastic: bool) -> Program:
    random = Random(2)
    services = [
        f'service s{n} {{\n image "example.com/s{n}:1"\n {clause}\n'
        f" replicas {'1..2' if elastic and n == ELASTIC else replicas} per site\n"
        f" needs cpu {random.choice(('250m', '500m', '1'))}, memory {random.choice(('256MiB', '512MiB', '1GiB'))}\n"
        " env SITE = site.name\n}"
        for n, (replicas, clause) in enumerate(zip(COUNTS, CLAUSES, strict=True))
    ]
    head = 'label host.role: string\napp a {\n sites where kind == "store"\n'
    source = Source("fleet.place", head + "\n".join(services) + "\n}\n")
    tree, _ = parse(source)
    modules = Modules((Module(source, tree, is_root=True, is_policy=False),), complete=True)
    program, faults = check(modules, {}, inventory_labels(inventory))
    if program is None:
        raise ValueError(faults)
    return program


if __name__ == "__main__":
    main()
