"""Random sites that lack something, kinds of host to add, and the cheapest purchase by trying all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from placelang import Inventory, Program, plan
from placelang.whatif.catalogue import Added, with_hosts
from tests.plan.fleets import fleet, host, inventory, program, site

MOST = 3
"""Hosts of each kind that are tried."""


def random_shortage(seed: int) -> tuple[Program, Inventory, Inventory]:
    """A site of one or two small hosts, what it shall run, and two or three kinds."""
    random = Random(seed)
    services = [_service(random, number) for number in range(random.randint(1, 3))]
    if random.random() < 0.3:
        services.append('service agent { image "agent"\n replicas 1 per host\n needs memory 512MiB }')
    place = "app a {\n" + "\n".join(services) + "\n}\n"
    hosts = [_host(random, f"h{number}") for number in range(random.randint(1, 2))]
    kinds = [
        _host(random, f"k{number}", cost=random.choice((1, 2, 2.5, 3, 5)))
        for number in range(random.choice((2, 2, 3)))
    ]
    known = inventory(fleet(site("s", *hosts)))
    return program(place, known), known, inventory(fleet(site("kinds", *kinds)))


def _service(random: Random, number: int) -> str:
    clauses = [
        f"replicas {random.randint(1, 3)} per site",
        f"needs memory {random.choice((1, 2, 3, 5))}GiB, cpu {random.choice(('500m', '1', '2'))}",
    ]
    clauses += random.choice(
        ((), (), ("at most 1 per host",), ("spread over host",), ("hosts where cpu.cores >= 4",))
    )
    return f'service s{number} {{ image "x"\n ' + "\n ".join(clauses) + " }"


def _host(random: Random, name: str, **facts: object) -> str:
    cores, memory = random.choice((2, 4, 8)), random.choice((2, 4, 6, 8))
    return host(name, cpu=f"{{cores: {cores}}}", memory=f"{memory}GiB", **facts)


def purchases(kinds: Inventory) -> Iterator[tuple[float, dict[str, int]]]:
    """All small purchases with their cost, the cheapest first."""
    costs = dict(zip(kinds.hosts.names, kinds.hosts.facts["cost"].values, strict=True))
    found = [
        (sum(float(str(costs[name])) * n for name, n in zip(costs, counts, strict=True)), counts)
        for counts in product(range(MOST + 1), repeat=len(costs))
    ]
    for cost, counts in sorted(found):
        yield cost, dict(zip(costs, counts, strict=True))


def left_out(place: Program, known: Inventory, kinds: Inventory, bought: dict[str, int]) -> set[str]:
    """What the plan with a purchase leaves out."""
    added = [
        Added(kind, "s", tuple(f"{kind}+{n}" for n in range(1, count + 1)))
        for kind, count in bought.items()
        if count
    ]
    grown = with_hosts(known, added, kinds) if added else known
    return {group for entry in plan(place, grown, budget=2.0).header.left_out for group in entry.groups}
