"""Laws that hold of any policies over any fleet."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_scheduler.rules import RULES
from placelang_scheduler.verify import settled
from tests.plan.fleets import Planned, planned
from tests.plan.random_fleets import random_inventory, random_place
from tests.plan.random_policies import random_policies

SEEDS = range(40)


def case(seed: int) -> tuple[str, str, str]:
    """A random fleet, its inventory, and policies for it. What no fleet can satisfy is only preferred."""
    random = Random(seed)
    place = random_place(random).replace("\n    at least", "\n    prefer at least")
    return place, random_inventory(random), random_policies(random)


@cache
def both(seed: int) -> tuple[Planned, Planned]:
    """The fleet without policies, and under them."""
    place, facts, policies = case(seed)
    return planned(place, facts), planned(f"{place}\n{policies}\n", facts)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_policy_only_ever_takes_away(seed: int) -> None:
    without, under = both(seed)
    before, after = without.lowered.problem, under.lowered.problem
    assert [w.id for w in after.workloads] == [w.id for w in before.workloads]
    for wide, narrow in zip(before.workloads, after.workloads, strict=True):
        assert set(narrow.candidates) <= set(wide.candidates)
    placement = settled(under.solution)
    assert not [found for rule in RULES for found in rule.check(before, under.solution)]
    for constraint in before.constraints:
        if constraint.weight is None:
            assert not list(constraint.violations(before, placement)), "it would not hold without the policy"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_more_is_placed_under_a_policy_than_without(seed: int) -> None:
    without, under = both(seed)
    levels = [
        [(level.name, level.value) for level in found.plan.header.levels if level.name.startswith("placed")]
        for found in (without, under)
    ]
    assert all(level.proved for found in (without, under) for level in found.plan.header.levels)
    assert levels[0] <= levels[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_plans_under_policies_are_what_they_say_they_are(seed: int) -> None:
    _, under = both(seed)
    assert from_json(to_json(under.plan)) == under.plan
    assert verify(under.plan, under.program, under.inventory) == ()


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_what_runs_under_a_policy_runs_on_when_nothing_changes(seed: int) -> None:
    place, facts, policies = case(seed)
    first = planned(f"{place}\n{policies}\n", facts).plan
    again = planned(f"{place}\n{policies}\n", facts, current=first).plan
    assert again.header.changes is not None
    assert again.header.changes.stop == 0
