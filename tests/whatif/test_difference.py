"""What an altered fleet makes of a plan."""

from __future__ import annotations

from random import Random

import pytest

from placelang import InputError, Inventory, plan, whatif
from placelang.inventory import inventory_digest
from placelang_runtime.left_out import LeftOut
from tests.plan.fleets import fleet, host, inventory, program, site, where
from tests.whatif.fleets import FLEET, KINDS, PLACE, ask, difference, left_out, random_fleet


def test_what_a_lost_host_leaves_out_comes_with_its_reasons() -> None:
    found = difference(lose=["gbg-1"])
    assert left_out(found) == ["signs@gbg"]
    (entry,) = found.left_out
    assert isinstance(entry, LeftOut)
    assert entry.sites == ("gbg",)
    assert any("4GiB of memory" in because.text for because in entry.reasons)
    assert (found.today.placed, found.then.placed) == (11, 9)


def test_what_runs_once_per_host_is_not_wanted_on_a_lost_one() -> None:
    found = difference(lose=["gbg-2"])
    assert found.gone == ("shop.agent@gbg-2",)


def test_what_is_left_out_today_is_not_told_again() -> None:
    facts = fleet(site("x", host("x-1", memory="1GiB")), site("y", host("y-1")))
    found = difference(facts=facts, lose=["y-1"])
    assert sorted(left_out(found)) == ["shop@y", "signs@y"]
    assert all(entry.sites == ("y",) for entry in found.left_out)


def test_a_lost_site_takes_all_its_hosts() -> None:
    found = difference(lose=["site:gbg"])
    assert sorted(left_out(found)) == ["shop@gbg", "signs@gbg"]
    assert found.assumed == ("site gbg is lost",)


def test_a_lost_zone_takes_its_hosts_at_its_site() -> None:
    assert difference(lose=["gbg/a"]).left_out == difference(lose=["gbg-1"]).left_out
    assert left_out(difference(lose=["zone:mma/a"])) == ["shop@mma", "signs@mma"]


def test_only_what_must_move_moves() -> None:
    found = ask(lose=["depot.1"])
    before, after = where(found.today), where(found.then)
    assert {name for name, at in after.items() if before.get(name) != at} == {
        name for name, at in before.items() if at == "depot.1" and name in after
    }


def test_what_can_leave_a_drained_host_leaves_and_the_rest_is_listed() -> None:
    found = ask(drain=["gbg-2"])
    assert found.difference.left_out == ()
    assert [(one.replica, one.host) for one in found.difference.stuck] == [("shop.agent@gbg-2/1", "gbg-2")]
    assert where(found.then)["shop.till@gbg/1"] == where(found.then)["signs.screen@gbg/1"] == "gbg-1"


def test_nothing_is_left_out_so_that_a_host_becomes_empty() -> None:
    found = difference(drain=["gbg-1", "gbg-2"])
    assert found.left_out == ()
    assert {one.replica for one in found.stuck} >= {"shop.till@gbg/1", "signs.screen@gbg/1"}


def test_a_drained_host_takes_nothing_new() -> None:
    found = ask(drain=["mma-1"], lose=["gbg-1"], facts=FLEET)
    assert {name for name, at in where(found.then).items() if at == "mma-1"} <= {
        name for name, at in where(found.today).items() if at == "mma-1"
    }


def test_a_host_that_is_added_is_like_its_kind_and_up() -> None:
    found = ask(lose=["gbg-1"], add=["small@gbg=2"], catalogue=inventory(KINDS))
    assert found.inventory.hosts.names == ("depot.1", "gbg", "gbg-1", "gbg-2", "mma-1", "small+1", "small+2")
    assert found.inventory.sites.names == ("depot", "gbg", "mma")
    assert found.difference.left_out == ()
    assert {"shop.agent@small+1", "shop.agent@small+2"} <= set(found.difference.placed)


def test_a_kind_of_the_catalogue_comes_before_a_host_of_the_fleet() -> None:
    found = ask(add=["gbg-1@mma=1"], catalogue=inventory(KINDS))
    row = found.inventory.hosts.names.index("gbg-1+1")
    memory = found.inventory.hosts.facts["memory"]
    assert memory.values[memory.rows.index(row)] == 32 * 2**30


def test_a_host_like_one_of_the_fleet_stands_beside_it() -> None:
    found = ask(add=["gbg-2=1", "gbg-2=1"], lose=["gbg-1"])
    assert {"gbg-2+1", "gbg-2+2"} <= set(found.inventory.hosts.names)
    assert found.difference.left_out == ()


def test_a_fact_that_becomes_unknown_keeps_what_runs() -> None:
    found = ask(set_fact=["gbg-1.memory=unknown"])
    assert found.difference.left_out == ()
    assert not found.difference.changes.list


def test_facts_labels_resources_and_facts_of_sites_can_be_set() -> None:
    place = PLACE.replace(
        "replicas 1 per site\n    needs memory 4GiB",
        'replicas 1 per site\n    hosts where role == "worker"\n    sites where kind == "store"\n    needs seats 2',
    )
    texts = [
        "mma-1.role=worker",
        "depot.1.seats=3",
        'depot.1.role="worker"',
        "site:depot.kind=store",
        "mma-1.seats=1",
    ]
    found = ask(place, set_fact=texts)
    assert "signs@depot" in found.difference.placed
    assert found.difference.assumed[0] == 'role of mma-1 is "worker"'


def test_what_is_added_can_be_set() -> None:
    found = ask(add=["gbg-2=1"], set_fact=["gbg-2+1.memory=1GiB"], lose=["gbg-1"])
    assert left_out(found.difference) == ["signs@gbg"]


def test_the_second_plan_is_that_of_the_altered_inventory() -> None:
    found = ask(lose=["gbg-1"], add=["mma-1@gbg=1"])
    again = plan(program(PLACE, found.inventory), found.inventory, current=found.today, budget=4.0)
    assert where(again) == where(found.then)


def test_nothing_is_altered_of_what_was_given() -> None:
    known = inventory(FLEET)
    before = inventory_digest(known)
    whatif(program(PLACE, known), known, lose=["site:gbg"], add=["gbg-1=1"], drain=["mma-1"], budget=4.0)
    assert inventory_digest(known) == before


@pytest.mark.parametrize("seed", range(20))
def test_draining_leaves_nothing_out_and_brings_nothing(seed: int) -> None:
    place, known = random_fleet(seed)
    name = Random(seed).choice(known.hosts.names)
    found = whatif(place, known, drain=[f"host:{name}"], budget=1.0)
    assert found.difference.left_out == ()
    before, after = where(found.today), where(found.then)
    assert all(before.get(replica) == name for replica, at in after.items() if at == name)


@pytest.mark.parametrize("seed", range(8))
def test_a_host_added_and_lost_leaves_nothing_out(seed: int) -> None:
    place, known = random_fleet(seed)
    name = Random(seed).choice(known.hosts.names)
    found = whatif(place, known, add=[f"{name}=1"], lose=[f"host:{name}+1"], budget=1.0)
    assert not found.difference.left_out


def test_an_inventory_that_does_not_fit_is_told_as_for_a_plan() -> None:
    known: Inventory = inventory(FLEET)
    with pytest.raises(InputError):
        whatif(program(PLACE, known), known, lose=["nobody"])
