"""Sites that are alike are planned once: the plan is the same, byte for byte, as if each had been planned by itself."""

from __future__ import annotations

import json
from random import Random

import pytest

from placelang.inventory import Inventory
from placelang.planning import plan_with_warnings
from placelang.program import Program
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.plan import Plan
from tests.plan.fleets import inventory, program
from tests.plan.random_kinds import random_inventory, random_place

SEEDS = range(24)
BUDGET = 4.0


def lose(plan: Plan, random: Random) -> Plan:
    """The plan as it would run once a few replicas are lost, as somebody wrote it to a file."""
    document = json.loads(to_json(plan))
    for part in document["parts"]:
        for group in part["groups"]:
            for service in group["services"]:
                service["replicas"] = [one for one in service["replicas"] if random.random() > 0.03]
    found = from_json(json.dumps(document))
    return from_json(to_json(found)) if random.random() < 0.8 else found


def both(place: Program, known: Inventory, current: Plan | None = None, seed: int = 0) -> tuple[Plan, Plan]:
    """The plan, and the plan made site by site."""
    first, second = (
        plan_with_warnings(place, known, current=current, budget=BUDGET, alike=alike, seed=seed)
        for alike in (True, False)
    )
    assert first.warnings == second.warnings
    return first.plan, second.plan


@pytest.mark.parametrize("seed", SEEDS)
def test_sharing_changes_no_byte_of_a_plan(seed: int) -> None:
    random = Random(seed)
    text = random_place(random)
    known = inventory(random_inventory(random))
    place = program(text, known)
    shared, alone = both(place, known)
    assert to_json(shared) == to_json(alone)
    current = lose(alone, random)
    assert to_json(from_json(to_json(current))) == to_json(current)
    again, by_itself = both(place, known, current, seed=seed)
    assert to_json(again) == to_json(by_itself)
    assert again == by_itself
