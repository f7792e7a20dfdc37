"""Two stores and a depot, as texts; kinds of host to add; what is asked of them."""

from __future__ import annotations

from random import Random
from typing import Any

from placelang import InputError, Inventory, Program, check, parse, whatif
from placelang.diagnostics import Diagnostic, Source
from placelang.load import Module, Modules
from placelang.whatif import Difference, WhatIf
from tests.plan.fleets import fleet, host, inventory, program, site
from tests.plan.random_fleets import random_inventory, random_place

PLACE = """
label host.role: string in ["gateway", "worker"]
resource seats: number
app shop {
  priority 100
  service till { image "till"
    replicas 1 per site
    needs memory 3GiB }
  service agent { image "agent"
    replicas 1 per host
    needs memory 512MiB }
}
app signs {
  service screen { image "screen"
    replicas 1 per site
    needs memory 4GiB }
}
"""
FLEET = fleet(
    site("gbg", host("gbg-1", zone="a", labels="{role: worker}"), host("gbg-2", memory="6GiB", zone="b")),
    site("mma", host("mma-1", memory="16GiB", zone="a"), kind="store"),
    site("depot", host("gbg", memory="12GiB"), host("depot.1")),
)
KINDS = fleet(site("kinds", host("small", memory="4GiB", up="false"), host("gbg-1", memory="32GiB")))


def ask(place: str = PLACE, facts: str = FLEET, **options: Any) -> WhatIf:
    known = inventory(facts)
    return whatif(program(place, known), known, budget=4.0, **options)


def difference(**options: Any) -> Difference:
    return ask(**options).difference


def faults(**options: Any) -> list[Diagnostic]:
    try:
        ask(**options)
    except InputError as error:
        return list(error.diagnostics)
    raise AssertionError("nothing is wrong")


def left_out(found: Difference) -> list[str]:
    return [group for entry in found.left_out for group in entry.groups]


def random_fleet(seed: int) -> tuple[Program, Inventory]:
    """A random program that checks, and a random inventory."""
    random = Random(seed)
    while True:
        source = Source("fleet.place", random_place(random))
        tree, _ = parse(source)
        known = inventory(random_inventory(random))
        made, _ = check(Modules((Module(source, tree, is_root=True, is_policy=False),), complete=True), {})
        if made is not None:
            return made, known
