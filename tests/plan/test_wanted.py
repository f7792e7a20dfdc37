"""Every list of facts that is wanted is found out in a copy of the inventory: all of it is enough, and no part is."""

from __future__ import annotations

from random import Random

import pytest

from placelang.arrange.wanted import find_wanted
from placelang_runtime.left_out import Suggestion
from placelang_runtime.plan import Plan
from tests.plan.finding_out import found_out
from tests.plan.fleets import Planned, fleet, host, planned, site
from tests.plan.random_fleets import random_inventory, random_place
from tests.plan.spelling_out import one


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


@pytest.mark.parametrize("seed", [2, 4, 6, 9, 12, 20, 22, 23, 27])
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


@pytest.mark.parametrize("seed", [20])
def test_no_shorter_list_is_found_by_trying_all(seed: int) -> None:
    assert one(seed) == []


HEAD = """
device camera { udev 'SUBSYSTEM=="video4linux"' }
label host.role: string from "node-role"
resource slots: number
"""


BETWEEN = "if memory of x1 > 4GiB and memory of x1 < 8GiB"


def texts(body: str, *hosts: str) -> list[str]:
    found = planned(f"{HEAD}app a {{\n{body}\n}}\n", fleet(site("x", *hosts)))
    return [s.text for _, s in offered(found)]


@pytest.mark.parametrize(
    ("clause", "facts", "wanted"),
    [
        ("needs gpu 1 where memory >= 4GiB", {"gpus": "[{}, {}]"}, "if gpu.memory of x1/gpu0 >= 4GiB"),
        ("needs gpu 2", {"gpus": "{value: [{}], complete: false}"}, "if gpus of x1 have 1 more"),
        ("needs gpu 2", {"gpus": None}, "if gpus of x1 have 2 more"),
        (
            'needs gpu 1 where vendor == "nvidia", gpu share 2GiB',
            {"gpus": None},
            'if gpus of x1 have 2 more with vendor == "nvidia" and memory >= 2GiB',
        ),
        ("hosts where count(gpus) == 0", {"gpus": None}, "if gpus of x1 are only those that are listed"),
        (
            "hosts where memory >= 4GiB or disk >= 9GiB",
            {"memory": None, "disk": None},
            "if memory of x1 >= 4GiB",
        ),
        (
            "hosts where memory > 4GiB and memory < 8GiB",
            {"memory": None},
            "if memory of x1 > 4GiB and memory of x1 < 8GiB",
        ),
        ('hosts where "avx2" in cpu.flags', {}, 'if cpu.flags of x1 with "avx2"'),
        ("needs slots 3", {}, "if slots of x1 >= 3"),
        ('hosts where role == "vision"', {}, 'if role of x1 == "vision"'),
        ('hosts where kernel >= "5.15"', {}, 'if kernel of x1 >= "5.15"'),
        ("hosts where rack ~ '^left'", {}, None),
        ("at most 1 per rack", {}, 'if rack of x1 is known, such as "other"'),
        ('sites where country == "SE"', {}, 'if site.country of x == "SE"'),
    ],
)
def test_what_is_missing_is_named_with_what_it_would_have_to_be(
    clause: str, facts: dict[str, str | None], wanted: str | None
) -> None:
    body = f'service s {{\nimage "i"\nreplicas 1 per site\n{clause}\n}}'
    assert texts(body, host("x1", **facts)) == ([wanted] if wanted else [])


def test_a_host_that_is_in_use_may_have_a_gpu_more_than_is_known() -> None:
    body = 'service s {\nimage "i"\nreplicas 2 per site\nneeds gpu 1 where memory >= 4GiB\n}'
    assert texts(body, host("x1", gpus="[{memory: 8GiB}, {}]")) == ["if gpu.memory of x1/gpu1 >= 4GiB"]
    half = host("x1", gpus="{value: [{memory: 8GiB}], complete: false}")
    assert texts(body, half) == ["if gpus of x1 have 1 more with memory >= 4GiB"]


def test_what_another_group_could_make_room_with_is_looked_for_too() -> None:
    place = """
    app first { priority 5
      service s { image "i"; replicas 1 per site; needs memory 6GiB } }
    app second {
      service s { image "i"; replicas 1 per site; needs memory 6GiB, disk 50GiB; hosts where arch == "amd64" } }
    """
    found = planned(place, fleet(site("x", host("x1"), host("x2", arch="arm64", memory=None))))
    assert [s.text for _, s in offered(found)] == ["if memory of x2 >= 6GiB"]


def test_what_is_out_of_date_is_wanted_with_its_age() -> None:
    stale = '{value: 8GiB, observed: "2026-03-01T05:00:00Z", ttl: 1h}'
    found = planned(
        f'{HEAD}app a {{ service s {{ image "i"; needs memory 1GiB }} }}',
        fleet(site("x", host("x1", memory=stale))),
    )
    ((_, suggestion),) = offered(found)
    assert [fact.age_ms for fact in suggestion.facts] == [24 * 3600 * 1000]


def test_sites_that_are_alike_are_tried_once_and_each_has_its_own_list() -> None:
    place = f'{HEAD}app a {{ service s {{ image "i"; replicas 1 per site; needs gpu share 2GiB, device camera }} }}'
    sites = [
        site(
            f"x{n}",
            host(f"x{n}-1", gpus="[{}]", devices=None if n % 2 else "[{kind: camera}]"),
            host(f"x{n}-2"),
        )
        for n in range(8)
    ]
    found = planned(place, fleet(*sites))
    advice = find_wanted(found.lowered, found.solution, 0)
    assert [wanted.groups for wanted in advice.lists] == [(f"a@x{n}",) for n in range(8)]
    assert (advice.others, advice.untried) == ((), ())
    for number, wanted in enumerate(advice.lists):
        assert {fact.site for fact in wanted.facts} == {f"x{number}"}
        assert wanted.groups[0] in placed(planned(place, found_out(fleet(*sites), wanted.facts)).plan)


def test_no_fact_is_wanted_where_none_would_help() -> None:
    found = planned(
        f'{HEAD}app a {{ service s {{ image "i"; hosts where arch == "arm64" }} }}',
        fleet(site("x", host("x1"))),
    )
    advice = find_wanted(found.lowered, found.solution, 0)
    assert (advice.lists, advice.others, advice.untried) == ((), ("a.s",), ())
