"""Sites that are alike are planned once: the plan is the same, byte for byte, as if each had been planned by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from placelang.alike import ahead
from placelang.inventory import Inventory
from placelang.planning import plan_with_warnings
from placelang.program import Program
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.parts import Parts
from placelang_runtime.plan import Plan
from tests.plan.fleets import fleet, host, inventory, program, site
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


def case(seed: int) -> tuple[Program, Inventory]:
    random = Random(seed)
    text = random_place(random)
    known = inventory(random_inventory(random))
    return program(text, known), known


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
    place, known = case(seed)
    shared, alone = both(place, known)
    assert to_json(shared) == to_json(alone)
    current = lose(alone, random)
    assert to_json(from_json(to_json(current))) == to_json(current)
    again, by_itself = both(place, known, current, seed=seed)
    assert to_json(again) == to_json(by_itself)
    assert again == by_itself


def test_most_of_these_fleets_are_shared() -> None:
    """The others have one site of each kind, or leave something out at each."""
    shared = [isinstance(plan_with_warnings(*case(seed), budget=BUDGET).plan.parts, Parts) for seed in SEEDS]
    assert sum(shared) * 2 >= len(shared)


@pytest.mark.parametrize("seed", SEEDS)
def test_planning_ahead_changes_no_byte_of_a_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "FEWEST", 1)
    monkeypatch.setattr(ahead, "_LEAST", 2)
    random = Random(seed)
    place, known = case(seed)
    alone = plan_with_warnings(place, known, budget=BUDGET, alike=False).plan
    current = lose(alone, random)
    again = plan_with_warnings(place, known, budget=BUDGET, current=current, alike=False).plan
    with ThreadPoolExecutor(2) as executor:
        for runs, expected in ((None, alone), (current, again)):
            found = plan_with_warnings(place, known, budget=BUDGET, current=runs, executor=executor).plan
            assert to_json(found) == to_json(expected)


class Counting(ThreadPoolExecutor):
    """Counts what it is handed."""

    handed = 0

    def submit(self, *given: Any, **more: Any) -> Future[Any]:
        self.handed += 1
        return super().submit(*given, **more)


def test_workers_change_no_byte_of_a_shared_plan() -> None:
    random = Random(6)
    text = random_place(random)
    known = inventory(random_inventory(random, kinds=80))
    place = program(text, known)
    expected = plan_with_warnings(place, known, budget=BUDGET).plan
    assert isinstance(expected.parts, Parts)
    for workers in (1, 4):
        with Counting(workers) as executor:
            found = plan_with_warnings(place, known, budget=BUDGET, executor=executor).plan
        assert executor.handed
        assert to_json(found) == to_json(expected)


DIGESTS = """
from placelang.planning import plan_with_warnings
from placelang_runtime.canonical import plan_digest
from tests.plan.test_alike import case
for seed in range(6):
    print(plan_digest(plan_with_warnings(*case(seed), budget=4.0).plan))
"""


def test_hash_seeds_change_no_byte_of_a_shared_plan() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert told.pop().count("sha256:") == 6


@pytest.mark.parametrize("name", ["ꙮ0000000.00001", r"\ua66e0000000.00001"])
def test_names_that_look_made_up_are_told_as_they_are(name: str) -> None:
    hosts = [host(f"s{number}-0") for number in range(3)]
    facts = fleet(*(site(f"s{number}", hosts[number]) for number in range(3)), site("odd", host(f"'{name}'")))
    known = inventory(facts)
    place = program('app a { service s { image "example.com/s:1"; replicas 1 per host } }', known)
    shared, alone = both(place, known)
    assert to_json(shared) == to_json(alone)
    again, by_itself = both(place, known, shared)
    assert to_json(again) == to_json(by_itself)
    assert shared.parts[0].groups[0].services[0].replicas[0].host == name
