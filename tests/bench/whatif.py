"""What surveys and sizings take: `python tests/bench/whatif.py [SITES]`, processor seconds on one core.

A fleet of SITES stores (1,000 if not said) of four hosts each and ten services, filled to about 60 %: all of one of 30
kinds of store, 30 % of them unlike any other, or all unlike. Every host is lost once; then every store lacks something,
and a catalogue of three kinds has to help.
"""

from __future__ import annotations

import sys
from random import Random
from time import process_time

from placelang import Inventory, Program, check, parse, size, survey
from placelang.diagnostics import Source
from placelang.inventory import read_inventory
from placelang.load import Module, Modules

SERVICES = "".join(
    f'  service v{k} {{ image "x"\n replicas {1 + k % 2} per site\n'
    f" needs memory {512 * (1 + k % 5)}MiB, cpu {250 * (1 + k % 4)}m }}\n"
    for k in range(10)
)
PLACE = f"app shop {{\n{SERVICES}}}\n"
MORE = PLACE + 'app more { service big { image "x"\n replicas 2 per site\n needs memory 9GiB } }\n'
KINDS = ((4, 8, 300), (8, 16, 500), (8, 32, 900))


def fleet(sites: int, unlike: float) -> str:
    """Stores of 30 kinds, of which the share `unlike` has memory of its own."""
    random = Random(7)
    kinds = [[random.choice((6, 8, 12)) * 1024 for _ in range(4)] for _ in range(30)]
    lines = ["format: placelang/inventory/1", "sites:"]
    for number in range(sites):
        own = random.random() < unlike
        lines += [f"  - name: s{number}", "    hosts:"]
        for at, memory in enumerate(random.choice(kinds)):
            amount = memory + (random.randint(-900, 900) if own else 0)
            lines.append(
                f"      - {{name: s{number}-{at}, cpu: {{cores: 8}}, memory: {amount}MiB, up: true}}"
            )
    return "\n".join(lines) + "\n"


def catalogue() -> str:
    hosts = [f"      - {{name: k{m}, cpu: {{cores: {c}}}, memory: {m}GiB, cost: {p}}}" for c, m, p in KINDS]
    return (
        "\n".join(["format: placelang/inventory/1", "sites:", "  - name: kinds", "    hosts:", *hosts]) + "\n"
    )


def read(text: str) -> Inventory:
    found, _ = read_inventory(Source("inventory.yaml", text))
    assert found is not None
    return found


def program(text: str) -> Program:
    source = Source("fleet.place", text)
    tree, _ = parse(source)
    found, _ = check(Modules((Module(source, tree, is_root=True, is_policy=False),), complete=True))
    assert found is not None
    return found


def main() -> None:
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for name, unlike in (("of 30 kinds", 0.0), ("30 % unlike", 0.3), ("all unlike", 1.0)):
        known = read(fleet(sites, unlike))
        began = process_time()
        found = survey(program(PLACE), known).survey
        took = process_time() - began
        proved = all(loss.proved for loss in found.losses)
        print(
            f"survey, {sites} sites {name}: {took:.1f} s with today's plan, {len(found.losses)} of {found.hosts} hurt"
            f"{', all proved' if proved else ''}; 60 s due: ratio {60 / took:.1f}"
        )
    for name, unlike in (("of 30 kinds", 0.0), ("30 % unlike", 0.3)):
        known = read(fleet(sites // 10, unlike))
        began = process_time()
        sized = size(program(MORE), known, read(catalogue())).sizing
        took = process_time() - began
        bought = [one for one in sized.sizes if one.add]
        print(
            f"size, {sites // 10} sites {name}: {took:.1f} s with both plans, hosts for {len(bought)} sites, "
            f"{sum(one.proved for one in bought)} proved the cheapest"
        )


if __name__ == "__main__":
    main()
