"""What is done where hosts are gone, by a plan that was made for the loss of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang_runtime.part import Contingency, HostFill, Member, SitePart, Start
from placelang_runtime.site.losses import covering, is_covered
from placelang_runtime.site.members import leased, voters
from tests.apply.stores import HOSTS, Store
from tests.runtime.parts import part, service


def site(*contingencies: Contingency, memory: int = 64) -> SitePart:
    services = [service(f"shop.{n}", f"gbg-{n}", needs={"memory": 32}) for n in (1, 2, 3, 4)]
    fills = tuple(
        HostFill(name=f"gbg-{n}", used={"memory": 32}, capacity={"memory": memory}, reserved={})
        for n in (1, 2, 3, 4)
    )
    return part(*services).model_copy(update={"hosts": fills, "contingencies": contingencies})


def lost(host: int, to: int, *, name: int | None = None) -> Contingency:
    moved = site().groups[0].services[host - 1].replicas[0].model_copy(update={"host": f"gbg-{to}"})
    if name is not None:
        moved = moved.model_copy(update={"name": f"shop.{name}"})
    return Contingency(
        lost=(f"gbg-{host}",), stops=(), starts=(Start(service=f"shop.{host}", leaves=None, replica=moved),)
    )


def test_the_contingency_of_just_that_loss_is_taken() -> None:
    one, two = lost(1, 3), lost(2, 4)
    assert covering(site(one, two), {"gbg-2"}) == two
    assert covering(site(one, two), {"elsewhere"}) is None
    assert covering(site(one, two), set()) is None


def test_a_loss_after_which_nothing_is_done_is_covered() -> None:
    assert covering(site(lost(1, 3)), {"gbg-4"}) is None
    assert is_covered(site(lost(1, 3)), {"gbg-4"})
    assert is_covered(site(lost(1, 3)), {"gbg-3", "gbg-4"})


def test_contingencies_that_fit_beside_each_other_are_taken_together() -> None:
    together = covering(site(lost(1, 3), lost(2, 4)), {"gbg-1", "gbg-2"})
    assert together is not None
    assert [start.replica.host for start in together.starts] == ["gbg-3", "gbg-4"]


@pytest.mark.parametrize(
    ("known", "gone"),
    [
        ((lost(1, 3), lost(2, 3)), {"gbg-1", "gbg-2"}),
        ((lost(1, 2), lost(2, 4)), {"gbg-1", "gbg-2"}),
        ((lost(1, 3, name=7), lost(2, 4, name=7)), {"gbg-1", "gbg-2"}),
    ],
    ids=["no room for both", "to a host that is lost too", "one replica twice"],
)
def test_contingencies_that_get_in_each_other_s_way_are_not_taken(
    known: tuple[Contingency, ...], gone: set[str]
) -> None:
    assert covering(site(*known), gone) is None
    assert not is_covered(site(*known), gone)


def member(name: str, *, arbiter: bool = False) -> Member:
    return Member(name=name, key="ed25519:", address="10.0.0.1", arbiter=arbiter)


@pytest.mark.parametrize(
    ("hosts", "arbiters", "count"), [(1, 0, 0), (2, 0, 0), (2, 1, 3), (3, 0, 3), (4, 0, 3), (9, 1, 5)]
)
def test_an_odd_number_of_members_votes_arbiters_first(hosts: int, arbiters: int, count: int) -> None:
    members = [member(f"gbg-{n}") for n in range(hosts)]
    members += [member("zz", arbiter=True) for _ in range(arbiters)]
    found = voters(members)
    assert len(found) == count
    assert any(one.arbiter for one in found) == bool(arbiters)


def test_what_is_single_runs_by_lease_where_a_majority_outlives_a_loss() -> None:
    single = service("shop.till", "gbg-1", single=True)
    members = tuple(member(f"gbg-{n}") for n in (1, 2, 3))
    alone = part(single, service("shop.web", "gbg-1"))
    assert leased(alone) == frozenset()
    assert leased(alone.model_copy(update={"members": members[:2]})) == frozenset()
    assert leased(alone.model_copy(update={"members": members})) == {"shop.till"}


LONE = """
app shop {
  survive 1 host
  service till {
    image    "till:1"
    replicas 1 per site
    needs    memory 1GiB
    single
  }
  service web {
    image    "web:1"
    replicas 1 per site
    needs    memory 1GiB
  }
}
"""


def test_what_is_single_without_a_majority_to_ask_waits_for_a_person_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path, LONE)
    planned = store.plan()
    store.apply(planned)
    (there,) = [host for host in HOSTS if any("till" in one for one in store.running()[host])]
    (here,) = [host for host in HOSTS if host != there]
    store.journal.note_lost({there})
    store.apply(planned, [here])
    assert store.running()[here] == ["shop.web@gbg/1 web:1"]
    store.apply(planned, [here], elsewhere=[there])
    assert store.running()[here] == ["shop.till@gbg/1 till:1", "shop.web@gbg/1 web:1"]


def test_a_part_without_members_says_nothing_of_them() -> None:
    assert "members" not in json.loads(site().model_dump_json())
