"""Links from the file to the plan: who serves whom, what uplinks carry, what is unknown, what is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from placelang.cli.plan_text import View, plan_text
from placelang.explain import Verdict, explain
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import Link, Uplink
from tests.plan.fleets import Planned, fleet, host, left_out, planned, replicas, site, where

PLACE = """
app hub {
  sites where kind == "hub"
  service db { image "i"
    needs memory DB }
}
app shop {
  sites where kind == "store"
  service till { image "i"
    replicas 2 per site
    needs memory 1GiB
    LINK
  }
}
"""
FAST = "{bandwidth: 100Mbps}"


def sites(**stores: dict[str, str]) -> str:
    found = [site(name, host(f"{name}-1"), kind="store", **facts) for name, facts in stores.items()]
    return fleet(site("core", host("core-1"), kind="hub", uplink=FAST), *found)


NEAR = {"latency": "{core: 8ms}", "uplink": FAST}
FACTS = sites(gbg=NEAR)


def linked(link: str, facts: str = FACTS, db: str = "1GiB", **options: Any) -> Planned:
    return planned(PLACE.replace("LINK", link).replace("DB", db), facts, **options)


def links(found: Planned) -> dict[str, tuple[Link, ...]]:
    return {replica.name: replica.links for replica in replicas(found.plan) if replica.links}


def said(found: Planned, group: str) -> list[str]:
    return [reason.text for reason in left_out(found.plan, group).reasons]


def test_each_replica_names_its_partner_and_what_is_booked() -> None:
    found = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps")
    one = Link(
        clause="fleet.place:12:5",
        service="hub.db",
        replica="hub.db/1",
        host="core-1",
        site="core",
        latency_us=8000,
        bandwidth=20_000_000,
    )
    assert links(found) == {"shop.till@gbg/1": (one,), "shop.till@gbg/2": (one,)}
    booked = Uplink(booked=40_000_000, capacity=100_000_000)
    assert [part.uplink for part in found.plan.parts] == [booked, booked]
    assert verify(found.plan, found.program, found.inventory, replay=True) == ()


def test_inside_a_site_latency_is_nothing_and_the_uplink_is_left_alone() -> None:
    text = """
app shop {
  service till  { image "i"
    replicas 1 per site
    link cache latency <= 1ms, bandwidth >= 1Gbps }
  service cache { image "i"
    replicas 1 per site }
}
"""
    found = planned(text, sites(gbg={}))
    assert {name: link.replica for name, (link,) in links(found).items()} == {
        "shop.till@core/1": "shop.cache@core/1",
        "shop.till@gbg/1": "shop.cache@gbg/1",
    }
    assert {(link.latency_us, link.bandwidth) for (link,) in links(found).values()} == {(0, 0)}
    assert [part.uplink for part in found.plan.parts] == [None, None]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"latency": "{core: 12ms}", "uplink": FAST},
            "none of one host for shop.till is within reach of hub.db",
        ),
        (
            {"latency": "{core: 8ms}", "uplink": "{bandwidth: 10Mbps}"},
            "none of one host for shop.till is within",
        ),
        ({"uplink": FAST}, "no host is known to suit shop.till: 1 of 1 might, if more were known"),
        ({"latency": "{core: 8ms}"}, "no host is known to suit shop.till: 1 of 1 might, if more were known"),
        (
            {"latency": "{core: 8ms}", "uplink": "{bandwidth: 30Mbps}"},
            "the uplinks do not carry what this link and the others book together",
        ),
    ],
    ids=["too far", "too thin", "latency unknown", "uplink unknown", "booked out"],
)
def test_why_a_site_is_left_out(facts: dict[str, str], reason: str) -> None:
    found = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps", sites(gbg=facts))
    assert said(found, "shop@gbg")[0].startswith(reason)
    assert verify(found.plan, found.program, found.inventory) == ()


def test_what_is_unknown_is_named_and_would_be_enough() -> None:
    found = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps", sites(gbg={}))
    entry = left_out(found.plan, "shop@gbg")
    facts = ('site.latency("core") of gbg: needed <= 10ms', "site.uplink.bandwidth of gbg: needed >= 20Mbps")
    assert [step.undecided_hosts[0].facts for step in entry.funnels[0].steps if step.undecided] == [facts]
    needed = 'if site.latency("core") of gbg <= 10ms and site.uplink.bandwidth of gbg >= 40Mbps'  # for two
    assert [suggestion.text for suggestion in entry.suggestions] == [needed]
    known = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps")
    assert len(where(known.plan)) == 3


def test_what_was_measured_at_the_other_end_holds_too() -> None:
    measured = fleet(
        site("core", host("core-1"), kind="hub", latency="{gbg: 9ms}"), site("gbg", host("g"), kind="store")
    )
    found = linked("link hub.db latency <= 10ms", measured)
    assert {link.latency_us for (link,) in links(found).values()} == {9000}


def test_the_group_that_is_left_out_is_the_reason() -> None:
    found = linked("link hub.db latency <= 10ms", db="64GiB")
    assert said(found, "shop@gbg") == ["it needs hub.db, which is left out"]
    clause = left_out(found.plan, "shop@gbg").reasons[0].clause
    assert clause is not None
    assert clause.text == "link hub.db latency <= 10ms"


def test_every_replica_of_the_other_service_has_to_be_near() -> None:
    two = "\n    replicas 2\n    at most 1 per site"
    far = fleet(
        site("core", host("core-1"), kind="hub"),
        site("edge", host("edge-1"), kind="hub"),
        site("gbg", host("g"), kind="store", latency="{core: 5ms, edge: 50ms}"),
    )
    one = linked("link hub.db latency <= 10ms", far, db="1GiB" + two)
    assert "shop.till@gbg/1" in where(one.plan)
    every = linked("link every hub.db latency <= 10ms", far, db="1GiB" + two)
    assert "shop.till@gbg/1" not in where(every.plan)
    wish = linked("prefer link every hub.db latency <= 10ms weight 3", far, db="1GiB" + two)
    assert {level.name: level.value for level in wish.plan.header.levels}["preferences 0"] == 6
    assert links(wish) == {}


def test_a_preferred_link_books_nothing_and_counts_what_is_unknown() -> None:
    wish = "prefer link hub.db latency <= 10ms, bandwidth >= 80Mbps weight 2"
    found = linked(wish, sites(gbg=NEAR, mma={"uplink": FAST}))
    assert [part.uplink for part in found.plan.parts] == [None, None, None]
    assert {link.bandwidth for (link,) in links(found).values()} == {0}
    assert {level.name: level.value for level in found.plan.header.levels}["preferences 0"] == 4
    (missed,) = found.plan.header.unknown_preferences
    assert (missed.service, missed.count, missed.hosts) == ("shop.till", 2, ("mma-1",))
    assert verify(found.plan, found.program, found.inventory, replay=True) == ()


def test_what_runs_over_a_link_of_which_nothing_is_known_any_more_stays() -> None:
    before = linked("link hub.db latency <= 10ms")
    unknown = linked("link hub.db latency <= 10ms", sites(gbg={}), current=before.plan)
    assert where(unknown.plan) == where(before.plan)
    assert {link.latency_us for (link,) in links(unknown).values()} == {None}
    assert {stay.replica for stay in unknown.plan.header.stays} == {"shop.till@gbg/1", "shop.till@gbg/2"}
    assert verify(unknown.plan, unknown.program, unknown.inventory, current=before.plan) == ()
    far = linked("link hub.db latency <= 10ms", sites(gbg={"latency": "{core: 20ms}"}), current=before.plan)
    assert set(where(far.plan)) == {"hub.db/1"}


def test_a_policy_links_what_it_binds() -> None:
    policy = 'policy net { services where app == "shop" { link hub.db latency <= 10ms } }\n'
    text = policy + PLACE.replace("LINK", "").replace("DB", "1GiB")
    assert len(where(planned(text, FACTS).plan)) == 3
    far = planned(text, sites(gbg={"latency": "{core: 12ms}"}))
    assert set(where(far.plan)) == {"hub.db/1"}


def test_links_between_apps_in_a_circle_are_placed_together_or_not_at_all() -> None:
    text = """
app a { service x { image "i"
  link b.y latency <= 10ms } }
app b { service y { image "i"
  needs memory NEED
  link a.x latency <= 10ms } }
"""
    assert len(where(planned(text.replace("NEED", "1GiB"), FACTS).plan)) == 2
    assert where(planned(text.replace("NEED", "99GiB"), FACTS).plan) == {}


def altered(found: Planned, change: dict[str, Any]) -> tuple[str, ...]:
    document = json.loads(to_json(found.plan))
    for part in document["parts"]:
        for group in part["groups"]:
            for service in group["services"]:
                for replica in service["replicas"][:1]:
                    replica["links"] = [link | change for link in replica["links"]][: change.get("keep", 9)]
    for part in document["parts"]:
        for group in part["groups"]:
            for service in group["services"]:
                for replica in service["replicas"]:
                    replica["links"] = [
                        {k: v for k, v in link.items() if k != "keep"} for link in replica["links"]
                    ]
    plan = from_json(json.dumps(document))
    return tuple(one.text for one in verify(plan, found.program, found.inventory) if one.kind != "digest")


@pytest.mark.parametrize(
    "change",
    [
        {"replica": "shop.till@gbg/2"},
        {"replica": "nobody/1"},
        {"clause": "fleet.place:1:1"},
        {"bandwidth": 0},
        {"latency_us": 1},
        {"site": "gbg"},
        {"keep": 0},
    ],
    ids=str,
)
def test_a_plan_with_altered_links_is_refused(change: dict[str, Any]) -> None:
    found = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps")
    assert altered(found, {}) == ()
    assert altered(found, change) != ()


def test_the_text_shows_who_serves_over_which_uplink() -> None:
    found = linked("link hub.db latency <= 10ms, bandwidth >= 20Mbps")
    text = plan_text(found.plan, View(), width=100, colour=False)
    assert "shop.till@gbg/1  ← hub.db/1 on core-1 at core: 8ms, 20Mbps" in text
    assert "gbg: 40Mbps of 100Mbps" in text


def test_explanations_name_the_partner_and_what_is_too_far() -> None:
    found = linked("link hub.db latency <= 10ms", sites(gbg=NEAR, mma={"latency": "{core: 40ms}"}))
    near, far = explain(found.lowered, found.plan, "shop.till").units
    assert near.hosts[0].text.endswith("served by hub.db/1 on core-1")
    assert far.hosts[0].verdict is Verdict.RULED_OUT
    assert far.hosts[0].text == 'hub.db is not within reach: latency("core") is 40ms'


def test_latency_is_as_little_as_possible_and_shown_in_ms() -> None:
    facts = fleet(
        site("core", host("core-1"), kind="hub"),
        site("edge", host("edge-1"), kind="hub"),
        site("gbg", host("g"), kind="store", latency="{core: 9ms, edge: 4ms}"),
    )
    plain = linked("link hub.db latency <= 10ms", facts)
    near = planned(
        "optimize placed, latency, moves\n"
        + PLACE.replace("LINK", "link hub.db latency <= 10ms").replace("DB", "1GiB"),
        facts,
        current=plain.plan,
    )
    assert where(near.plan)["hub.db/1"] == "edge-1"
    (level,) = [level for level in near.plan.header.levels if level.name == "latency"]
    assert (level.value, level.proved) == (8000, True)
    assert "latency: 8ms, proved best" in plan_text(near.plan, View(detail=True), width=100, colour=False)
    assert verify(near.plan, near.program, near.inventory, current=plain.plan, replay=True) == ()
