"""What is to be bought is the cheapest that is enough: by trying all purchases, and by planning with what was found."""

from __future__ import annotations

from typing import Any

import pytest

from placelang import InputError, Sized, plan, size
from placelang.codes import Code
from placelang_scheduler import Event
from tests.plan.fleets import fleet, host, inventory, program, site, where
from tests.whatif.fleets import PLACE
from tests.whatif.purchases import MOST, left_out, purchases, random_shortage

KINDS = fleet(
    site(
        "kinds",
        host("small", memory="4GiB", cost=100, up="false"),
        host("large", memory="16GiB", cost=300),
        host("tiny", memory="256MiB", cost=1),
    )
)


def sized(facts: str, place: str = PLACE, kinds: str = KINDS, **options: Any) -> Sized:
    known = inventory(facts)
    return size(program(place, known), known, inventory(kinds), budget=2.0, **options)


def bought(found: Sized) -> dict[str, dict[str, int]]:
    return {
        " ".join(one.sites): {addition.kind: addition.count for addition in one.add}
        for one in found.sizing.sizes
    }


def hopeless(found: Sized) -> set[str]:
    return {group for one in found.sizing.sizes for entry in one.hopeless for group in entry.groups}


@pytest.mark.parametrize("seed", range(15))
def test_nothing_that_costs_less_is_enough(seed: int) -> None:
    place, known, kinds = random_shortage(seed)
    found = size(place, known, kinds, budget=2.0)
    assert all(one.proved and not one.open for one in found.sizing.sizes)
    enough = (
        cost for cost, counts in purchases(kinds) if left_out(place, known, kinds, counts) <= hopeless(found)
    )
    within = all(addition.count <= MOST for one in found.sizing.sizes for addition in one.add)
    assert next(enough) == found.sizing.cost or not within


@pytest.mark.parametrize("seed", range(0, 15, 3))
def test_with_what_was_found_all_is_placed_but_the_hopeless(seed: int) -> None:
    place, known, kinds = random_shortage(seed)
    found = size(place, known, kinds, budget=2.0)
    again = plan(place, found.inventory, budget=2.0)
    left = {group for entry in again.header.left_out for group in entry.groups}
    assert left <= hopeless(found)
    assert found.sizing.then.wanted - found.sizing.then.placed == len(hopeless(found))


SHORT = fleet(
    *(site(f"s{n}", host(f"s{n}-1", memory="2GiB")) for n in range(3)),
    site("full", host("full-1", memory="16GiB")),
    site("empty", "      []"),
)


def test_each_site_gets_its_own() -> None:
    found = sized(SHORT)
    assert bought(found) == {name: {"large": 1} for name in ("empty", "s0", "s1", "s2")}
    assert (found.sizing.cost, found.sizing.then.placed) == (1200.0, found.sizing.then.wanted)
    assert all(one.proved and one.bound == one.cost for one in found.sizing.sizes)
    assert where(found.then)["shop.till@s0/1"] == "large+2"


def test_one_site_alone_can_be_asked_for() -> None:
    found = sized(SHORT, site="s1")
    assert bought(found) == {"s1": {"large": 1}}
    assert found.sizing.then.placed < found.sizing.then.wanted


def test_a_kind_that_what_runs_on_every_host_does_not_fit_is_no_help() -> None:
    place = PLACE.replace("needs memory 3GiB", "needs memory 128MiB").replace(
        "needs memory 4GiB", "needs memory 64MiB"
    )
    assert bought(sized(fleet(site("s", "      []")), place)) == {"s": {"small": 1}}


def test_what_no_kind_helps_is_told_with_its_reason_and_the_rest_is_sized() -> None:
    place = PLACE.replace("needs memory 4GiB", 'needs memory 4GiB\n    hosts where role == "gateway"')
    found = sized(fleet(site("s", host("s-1", memory="1GiB"))), place)
    (one,) = found.sizing.sizes
    (entry,) = one.hopeless
    assert entry.groups == ("signs@s",)
    assert any(
        step.clause and "gateway" in step.clause.text for funnel in entry.funnels for step in funnel.steps
    )
    assert bought(found) == {"s": {"small": 1}}
    assert one.groups == ("shop@s",)


def test_what_is_counted_over_several_sites_comes_last() -> None:
    place = 'app a { service wide { image "x"\n replicas 2\n at most 1 per host\n needs memory 6GiB } }'
    found = sized(fleet(site("a", host("a-1", memory="8GiB")), site("b", host("b-1", memory="2GiB"))), place)
    (one,) = found.sizing.sizes
    assert (one.sites, [(a.kind, a.count) for a in one.add], one.cost) == ((), [("large", 1)], 300.0)
    assert found.sizing.then.placed == 1


def test_where_everything_fits_nothing_is_bought() -> None:
    found = sized(fleet(site("full", host("full-1", memory="16GiB"))))
    assert (found.sizing.sizes, found.sizing.cost) == ((), 0)


def test_sites_that_are_alike_are_sized_alike_and_apart() -> None:
    counting = PLACE.replace("priority 100", "priority 100\n  sites where count(hosts) >= 0")
    assert bought(sized(SHORT)) == bought(sized(SHORT, counting))


@pytest.mark.parametrize(
    ("kinds", "code", "message"),
    [
        (fleet(site("k", host("box"))), Code.MISSING_VALUE, "it is not known what box costs"),
        (fleet(site("k", "      []")), Code.MISSING_VALUE, None),
        (fleet(site("k", *(host(f"k{n}", cost=1) for n in range(65)))), Code.TOO_LARGE, None),
    ],
    ids=["no cost", "no kind", "many kinds"],
)
def test_a_catalogue_says_what_each_kind_costs(kinds: str, code: Code, message: str | None) -> None:
    with pytest.raises(InputError) as refused:
        sized(SHORT, kinds=kinds)
    (fault,) = refused.value.diagnostics
    assert fault.code is code
    assert message is None or fault.message == message
    assert fault.span is not None


def test_whoever_watches_hears_of_every_site() -> None:
    events: list[Event] = []
    sized(SHORT, progress=events.append)
    assert events == [Event("sizing", done, 4) for done in range(1, 5)]
