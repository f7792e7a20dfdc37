"""Every list of facts that is wanted is found out in a copy of the inventory: all of it is enough, and no part is."""

from __future__ import annotations

from random import Random

import pytest

from placelang_runtime.left_out import Suggestion
from placelang_runtime.plan import Plan
from tests.plan.finding_out import found_out
from tests.plan.fleets import Planned, planned
from tests.plan.random_fleets import random_inventory, random_place


def placed(plan: Plan) -> set[str]:
    return {group.name for part in plan.parts for group in part.groups}


def offered(found: Planned) -> list[tuple[str, Suggestion]]:
    """The lists of facts of a plan, each with a group that it would place."""
    pairs = []
    for entry in found.plan.header.left_out:
        for suggestion in entry.suggestions:
            if suggestion.facts:
                pairs += [(group, suggestion) for group in suggestion.groups]
    return pairs


def is_due(found: Planned, group: str) -> set[str]:
    """The group, and what was placed and is no less important."""
    priority = {g.id: g.priority for g in found.lowered.problem.groups}
    return {group, *(g for g in placed(found.plan) if priority[g] >= priority[group])}


@pytest.mark.parametrize("seed", range(40))
def test_what_is_wanted_is_enough_and_nothing_of_it_can_be_spared(seed: int) -> None:
    random = Random(seed)
    place, facts = random_place(random), random_inventory(random)
    before = planned(place, facts)
    for group, suggestion in offered(before):
        due = is_due(before, group)
        after = placed(planned(place, found_out(facts, suggestion.facts)).plan)
        assert due <= after, suggestion.text
        for spared in suggestion.facts:
            rest = [fact for fact in suggestion.facts if fact is not spared]
            assert not due <= placed(planned(place, found_out(facts, rest)).plan), (suggestion.text, spared)
