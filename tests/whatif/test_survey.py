"""A survey is what planning after each loss would find, host by host."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from placelang import Inventory, Program, Survey, survey, whatif
from placelang_scheduler import Event, Solution, solve
from tests.plan.fleets import fleet, host, inventory, program, site
from tests.whatif.fleets import FLEET, PLACE, random_fleet


def surveyed(place: str = PLACE, facts: str = FLEET) -> Survey:
    known = inventory(facts)
    return survey(program(place, known), known, budget=2.0).survey


def lost(found: Survey) -> dict[str, list[str]]:
    return {loss.host: sorted(group.name for group in loss.groups) for loss in found.losses}


def one_by_one(place: Program, known: Inventory) -> dict[str, list[str]]:
    """What planning the whole fleet again leaves out, by the host that is lost."""
    found = {}
    for name in known.hosts.names:
        difference = whatif(place, known, lose=[f"host:{name}"], budget=2.0).difference
        groups = sorted(group for entry in difference.left_out for group in entry.groups)
        if groups:
            found[name] = groups
    return found


@pytest.mark.parametrize("seed", [*range(8), 9, 10])
def test_a_survey_finds_what_planning_the_whole_fleet_again_finds(seed: int) -> None:
    place, known = random_fleet(seed)
    assert lost(survey(place, known, budget=2.0).survey) == one_by_one(place, known)


WIDE = """
app hub {
  service archive { image "archive"
    replicas 2
    at most 1 per site
    needs memory 5GiB }
  service reader { image "reader"
    replicas 1 per site
    needs memory 1GiB
    after archive }
}
"""


def test_what_is_counted_over_sites_finds_help_at_others() -> None:
    facts = fleet(*(site(f"s{n}", host(f"s{n}-1"), host(f"s{n}-2", memory="2GiB")) for n in range(3)))
    known = inventory(facts)
    place = program(WIDE, known)
    found = survey(place, known, budget=2.0).survey
    assert lost(found) == one_by_one(place, known) == {}
    short = inventory(
        fleet(*(site(f"s{n}", host(f"s{n}-1"), host(f"s{n}-2", memory="2GiB")) for n in range(2)))
    )
    assert lost(survey(place, short, budget=2.0).survey) == one_by_one(place, short) != {}


def test_what_survives_a_loss_is_not_asked_to_survive_another() -> None:
    facts = fleet(site("a", host("a-1"), host("a-2")))
    service = 'service s { image "x"\n replicas 1 per site\n needs memory 1GiB }'
    known = inventory(facts)
    place = program(f"app x {{\n survive 1 host\n {service}\n}}\n", known)
    assert lost(survey(place, known, budget=2.0).survey) == one_by_one(place, known) == {}


def test_worse_losses_come_first() -> None:
    found = surveyed()
    assert [loss.host for loss in found.losses] == ["mma-1", "gbg-1"]
    assert [(group.name, group.priority) for group in found.losses[0].groups] == [
        ("shop@mma", 100),
        ("signs@mma", 0),
    ]
    assert all(loss.proved for loss in found.losses)
    assert (found.hosts, found.sites) == (5, 3)


ALIKE = fleet(
    *(site(f"s{n}", host(f"s{n}-a", memory="6GiB"), host(f"s{n}-b", memory="4GiB")) for n in range(6))
)


def test_sites_that_are_alike_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counting(*arguments: Any, **options: Any) -> Solution:
        calls.append(1)
        return solve(*arguments, **options)

    monkeypatch.setattr(import_module("placelang.whatif.losses"), "solve", counting)
    together = surveyed(facts=ALIKE)
    assert len(calls) == 2
    assert [loss.host for loss in together.losses] == [f"s{n}-{h}" for n in range(6) for h in "ab"]
    apart = surveyed(
        PLACE.replace("priority 100", "priority 100\n  sites where count(hosts where up) >= 0"), ALIKE
    )
    assert len(calls) == 2 + 12
    assert lost(apart) == lost(together)


def test_a_clause_that_counts_hosts_that_are_up_is_heeded() -> None:
    place = PLACE.replace("priority 100", "priority 100\n  sites where count(hosts where up ?? true) >= 2")
    known = inventory(ALIKE)
    asked = program(place, known)
    assert lost(survey(asked, known, budget=2.0).survey) == one_by_one(asked, known)


def test_headroom_is_what_the_other_hosts_would_have_left() -> None:
    found = {one.site: one for one in surveyed().headroom}
    assert found["mma"].percent is None
    assert (found["gbg"].host, found["gbg"].resource) == ("gbg-1", "memory")
    due, rest = (3 + 4 + 1 - 0.5) * 2**30, 6 * 2**30
    assert (found["gbg"].need, found["gbg"].have, found["gbg"].percent) == (due, rest, -25)
    assert found["gbg"].said == "7.5GiB of memory, of 6GiB"
    assert [one.site for one in surveyed().headroom] == ["mma", "gbg", "depot"]


def test_whoever_watches_hears_of_every_host() -> None:
    events: list[Event] = []
    known = inventory(FLEET)
    survey(program(PLACE, known), known, budget=2.0, progress=events.append)
    assert events == [Event("surveying", done, 5) for done in range(1, 6)]


def test_a_fleet_without_hosts_that_are_up_has_nothing_to_lose() -> None:
    facts = fleet(site("empty", "      []"), site("x", host("x-1", up="false")))
    assert surveyed(facts=facts).losses == ()
