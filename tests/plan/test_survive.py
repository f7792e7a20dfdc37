"""`survive` from the file to the plan: what is guaranteed, what is done after each loss, and why it cannot be had."""

from __future__ import annotations

from random import Random

import pytest

from placelang.cli.plan_text import View, plan_text
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import Contingency, SitePart
from tests.plan.fleets import Planned, fleet, host, left_out, planned, program, site, where

PLACE = """
app shop {
  APP
  service till { image "registry/till:${host.arch}"
    replicas 2 per site
    needs memory 2GiB
    at most 1 per host
    SERVICE
  }
  service cart { image "registry/cart"
    replicas 1 per site
    needs memory 3GiB
    volume "/data" keep
  }
  service probe { image "registry/probe"
    replicas 1 per host
  }
}
"""
STORE = site("gbg", *(host(f"g{n}", memory="8GiB", zone=zone) for n, zone in ((1, "a"), (2, "a"), (3, "b"))))
KIOSK = site("kiosk", host("k1", memory="16GiB", zone="a"))


def shop(app: str = "", service: str = "", facts: str = "", **options: object) -> Planned:
    place = PLACE.replace("APP", app).replace("SERVICE", service)
    return planned(place, facts or fleet(STORE), **options)  # type: ignore[arg-type]


def part(found: Planned, name: str = "gbg") -> SitePart:
    return next(part for part in found.plan.parts if part.site == name)


def sound(found: Planned) -> bool:
    return verify(found.plan, found.program, found.inventory, replay=True) == ()


def said(found: Planned, group: str) -> list[str]:
    return [reason.text for reason in left_out(found.plan, group).reasons]


def after(found: Planned, contingency: Contingency) -> dict[str, str]:
    """The host of every replica once it is done."""
    left = {name: at for name, at in where(found.plan).items() if at not in contingency.lost}
    left = {name: at for name, at in left.items() if name not in contingency.stops}
    return left | {start.replica.name: start.replica.host for start in contingency.starts}


def test_each_loss_says_what_starts_where_under_its_name() -> None:
    found = shop(app="survive 1 host")
    assert [one.lost for one in part(found).contingencies] == [("g1",), ("g2",), ("g3",)]
    for one in part(found).contingencies:
        then = after(found, one)
        due = {name for name in where(found.plan) if "probe" not in name}
        assert due <= set(then)
        assert then["shop.till@gbg/1"] != then["shop.till@gbg/2"]
        for start in one.starts:
            assert start.leaves is None
            assert where(found.plan)[start.replica.name] in one.lost
            assert start.replica.image in {"registry/till:amd64", "registry/cart"}
    assert sound(found)
    assert from_json(to_json(found.plan)) == found.plan


def test_what_a_contingency_starts_is_at_hand() -> None:
    found = shop(app="survive 1 host")
    runs: dict[str, set[str | None]] = {}
    for group in part(found).groups:
        for service in group.services:
            for replica in service.replicas:
                runs.setdefault(replica.host, set()).add(replica.image)
    due: dict[str, set[str | None]] = {}
    for one in part(found).contingencies:
        for start in one.starts:
            due.setdefault(start.replica.host, set()).add(start.replica.image)
    missing = {name: images - runs.get(name, set()) for name, images in due.items()}
    assert {hand.host: set(hand.images) for hand in part(found).at_hand} == {
        name: images for name, images in missing.items() if images
    }


def test_one_replica_on_each_host_is_exempt() -> None:
    found = shop(app="survive 1 host")
    starts = [start.service for one in part(found).contingencies for start in one.starts]
    assert starts
    assert "shop.probe" not in starts


def test_a_service_alone_may_be_guaranteed() -> None:
    found = shop(service="survive 1 host")
    assert {start.service for one in part(found).contingencies for start in one.starts} == {"shop.till"}
    assert [(told.owner, told.losses, told.preferred) for told in part(found).survives] == [
        ("shop.till", 3, False)
    ]


def test_two_hosts_may_be_lost_one_after_the_other() -> None:
    facts = fleet(site("gbg", *(host(f"g{n}", memory="8GiB") for n in range(1, 5))))
    found = shop(app="survive 2 host", facts=facts)
    lost = [one.lost for one in part(found).contingencies]
    assert {len(hosts) for hosts in lost} == {1, 2}
    assert sound(found)


def test_a_zone_is_lost_with_all_its_hosts() -> None:
    found = shop(service="survive 1 zone", facts=fleet(STORE))
    assert said(found, "shop@gbg")
    single = PLACE.replace("APP", "survive 1 zone").replace("SERVICE", "").replace("replicas 2", "replicas 1")
    alone = planned(single, fleet(STORE))
    assert {one.lost for one in part(alone).contingencies} <= {("g1", "g2"), ("g3",)}
    assert sound(alone)


def test_a_site_of_too_few_hosts_is_told_what_to_write() -> None:
    place = PLACE.replace("APP", "survive 1 host").replace("SERVICE", "").replace("replicas 2", "replicas 1")
    found = planned(place, fleet(STORE, KIOSK))
    texts = said(found, "shop@kiosk")
    milder = "write `prefer survive 1 host`, or `sites where count(hosts) > 1`"
    assert texts == [f"when k1 is lost, nothing is left for shop@kiosk to stand on: {milder}"]
    assert {reason.clause.text for reason in left_out(found.plan, "shop@kiosk").reasons if reason.clause} == {
        "survive 1 host"
    }
    for repaired in ("prefer survive 1 host", "survive 1 host\n  sites where count(hosts) > 1"):
        again = planned(place.replace("survive 1 host", repaired), fleet(STORE, KIOSK))
        assert not again.plan.header.left_out
        assert sound(again)


def test_a_preference_names_the_losses_that_it_leaves_uncovered() -> None:
    place = PLACE.replace("APP", "prefer survive 1 host weight 4").replace("SERVICE", "")
    found = planned(place.replace("replicas 2", "replicas 1"), fleet(STORE, KIOSK))
    (told,) = part(found, "kiosk").survives
    assert told.preferred
    assert told.uncovered == (("k1",),)
    (level,) = [level for level in found.plan.header.levels if level.name == "preferences 0"]
    assert level.value == 4
    assert sound(found)


def test_the_loss_that_breaks_it_is_named_with_what_is_short() -> None:
    small = site("gbg", host("g1", memory="8GiB"), host("g2", memory="2GiB"), host("g3", memory="2GiB"))
    found = shop(app="survive 1 host", facts=fleet(small))
    short = "shop.cart needs 3GiB of memory again, and the host with the most has 2GiB of memory left"
    assert said(found, "shop@gbg") == [f"when g1 is lost, {short}"]


def test_a_service_of_the_fleet_survives_any_host_of_it() -> None:
    place = """
app hub {
  service db { image "i"
    replicas 2
    needs memory 4GiB
    at most 1 per site
    survive 1 host
  }
}
"""
    sites = [site(name, host(f"{name}-1", memory="8GiB")) for name in ("x", "y", "z")]
    found = planned(place, fleet(*sites))
    assert len(where(found.plan)) == 2
    spare = ({"x-1", "y-1", "z-1"} - set(where(found.plan).values())).pop()
    starts = [start for p in found.plan.parts for one in p.contingencies for start in one.starts]
    assert {start.replica.host for start in starts} == {spare}
    assert all(p.contingencies for p in found.plan.parts)
    assert sound(found)


def test_a_policy_may_ask_for_it() -> None:
    place = 'policy p { services where "vital" in tags { survive 1 host } }\n' + PLACE
    found = planned(place.replace("APP", "").replace("SERVICE", 'tags "vital"'), fleet(STORE))
    assert {start.service for one in part(found).contingencies for start in one.starts} == {"shop.till"}
    assert sound(found)


def test_text_is_short_and_says_all_of_it_when_asked() -> None:
    found = shop(app="survive 1 host")
    short = plan_text(found.plan, View(), width=100, colour=False)
    assert "shop at gbg: the loss of any one host" in short
    assert "when g1 is lost" not in short
    full = plan_text(found.plan, View(detail=True), width=100, colour=False)
    assert "when g1 is lost" in full
    assert "at hand" in full


def corrupted(found: Planned, **changes: object) -> tuple[str, ...]:
    altered = tuple(one.model_copy(update=changes) if one.site == "gbg" else one for one in found.plan.parts)
    plan = found.plan.model_copy(update={"parts": altered})
    return tuple(finding.kind for finding in verify(plan, found.program, found.inventory))


def test_contingencies_that_were_altered_are_found() -> None:
    found = shop(app="survive 1 host")
    first, *rest = part(found).contingencies
    nowhere = first.starts[0].model_copy(
        update={"replica": first.starts[0].replica.model_copy(update={"host": "nobody"})}
    )
    crowd = first.starts[0].model_copy(
        update={
            "replica": first.starts[0].replica.model_copy(
                update={"host": where(found.plan)["shop.till@gbg/2"]}
            )
        }
    )
    assert "clause" in corrupted(found, contingencies=tuple(rest))
    assert "clause" in corrupted(found, contingencies=(first.model_copy(update={"starts": ()}), *rest))
    assert "clause" in corrupted(
        found, contingencies=(first.model_copy(update={"starts": (nowhere,)}), *rest)
    )
    assert corrupted(found, contingencies=(first.model_copy(update={"starts": (crowd,)}), *rest))
    assert "part" in corrupted(found, at_hand=())


@pytest.mark.parametrize("seed", range(8))
def test_random_sites_are_verified_and_come_out_again(seed: int) -> None:
    r = Random(seed)
    stores = [
        site(
            name,
            *(
                host(f"{name}{n}", memory=f"{r.choice((4, 8, 16))}GiB", zone=r.choice("ab"))
                for n in range(r.randint(1, 4))
            ),
        )
        for name in ("x", "y")
    ]
    app = r.choice(("survive 1 host", "survive 1 zone", "prefer survive 1 host", "survive 2 host"))
    service = r.choice(("", "prefer survive 1 zone weight 3", "survive 1 host"))
    found = shop(app=app, service=service, facts=fleet(*stores))
    assert sound(found)
    again = shop(app=app, service=service, facts=fleet(*stores), current=found.plan)
    assert again.plan.header.changes is not None
    assert again.plan.header.changes.list == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("survive 1 rack", "what is survived is the loss of hosts or zones, not of `rack`"),
        ("survive 9 host", "`survive` is a whole number from 1 to 3, and this is 9"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        program(PLACE.replace("APP", text).replace("SERVICE", ""))


def test_what_runs_on_each_host_cannot_be_guaranteed() -> None:
    place = 'app a { service s { image "i"\n replicas 1 per host\n survive 1 host } }'
    with pytest.raises(AssertionError, match="what runs on each host has nowhere else to go"):
        program(place)
