"""Images and models in the disk of hosts: from how large they are known to be to where nothing of them has room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from placelang.arrange import Inputs, arrange
from placelang.cli.plan_text import View, plan_text
from placelang.inventory import inventory_digest
from placelang.lower import lower
from placelang.lower.stock import UNPACKED
from placelang.verify import verify
from placelang.world import build_world
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.plan import Plan
from placelang_scheduler import solve
from tests.plan.fleets import BUDGET, Planned, fleet, host, inventory, left_out, program, site, where

GIB = 1 << 30
LARGE, SMALL = "registry/large@sha256:" + "1" * 64, "registry/small@sha256:" + "2" * 64
NEW = "registry/large@sha256:" + "3" * 64
SIZES = {LARGE: 10 * GIB // UNPACKED, SMALL: GIB // UNPACKED, NEW: 10 * GIB // UNPACKED}
APP = """
app shop {{
  service till {{
    image "{image}"
    replicas {count} per site
    needs memory 1GiB, disk {disk}
    {more}
  }}
  service cart {{
    image "{other}"
    replicas 1 per site
    needs memory 1GiB
  }}
}}
"""


def shop(
    facts: str,
    sizes: Mapping[str, int] = SIZES,
    current: Plan | None = None,
    **said: str,
) -> Planned:
    """A plan by which `till` and `cart` have these images."""
    fields = {"image": LARGE, "other": LARGE, "count": "2", "disk": "1GiB", "more": ""} | said
    known = inventory(facts)
    checked = replace(program(APP.format(**fields), known), image_sizes=sizes)
    world, _ = build_world(known, checked, None)
    lowered = lower(checked, world, current)
    solution = solve(lowered.problem, seed=0, budget=BUDGET)
    plan = arrange(lowered, solution, Inputs(inventory_digest(known), frozenset(), 0, BUDGET))
    assert verify(plan, checked, known, current=current, replay=True) == ()
    assert to_json(from_json(to_json(plan))) == to_json(plan)
    return Planned(checked, known, lowered, solution, plan)


def one(disk: str | None) -> str:
    return fleet(site("gbg", host("g1", disk=disk)))


def stock(found: Planned) -> list[int]:
    return [round(fill.stock / GIB) for part in found.plan.parts for fill in part.hosts]


def test_an_image_takes_its_room_once_however_many_use_it() -> None:
    found = shop(one("13GiB"))
    assert len(where(found.plan)) == 3
    assert stock(found) == [10]
    assert "shop@gbg" in {entry for left in shop(one("11GiB")).plan.header.left_out for entry in left.groups}


def test_two_images_take_room_for_both() -> None:
    assert len(where(shop(one("14GiB"), other=SMALL).plan)) == 3
    assert not where(shop(one("12GiB"), other=SMALL).plan)


def test_what_has_no_room_is_told_by_its_images() -> None:
    [because, *_] = left_out(shop(one("9GiB")).plan, "shop@gbg").reasons
    assert because.text == "g1 would need more disk for the images and models of shop.till"
    assert because.clause is not None
    assert LARGE in because.clause.text


def test_it_cites_the_image_of_whom_it_is_about() -> None:
    found = shop(one("9GiB"), image=SMALL)
    [because, *_] = left_out(found.plan, "shop@gbg").reasons
    assert because.text.endswith("of shop.cart")
    assert because.clause is not None
    assert because.clause.at.startswith("fleet.place:10:")


def test_where_disk_or_size_is_unknown_nothing_is_counted() -> None:
    found = shop(one("5GiB"), sizes={})
    assert (len(where(found.plan)), stock(found)) == (3, [0])
    assert found.plan.header.uncounted == (LARGE,)
    text = plan_text(found.plan, View(), width=200, colour=False)
    assert "Not counted" not in text


def test_what_is_not_counted_is_told_beside_what_is() -> None:
    found = shop(one("13GiB"), sizes={LARGE: SIZES[LARGE]}, other=SMALL)
    assert found.plan.header.uncounted == (SMALL,)
    text = plan_text(found.plan, View(), width=200, colour=False)
    assert f"Not counted on disks, as nobody knows how large: {SMALL}" in text


def test_the_host_with_room_for_the_image_has_it() -> None:
    found = shop(fleet(site("gbg", host("g1", disk="9GiB"), host("g2", disk="20GiB"))))
    assert set(where(found.plan).values()) == {"g2"}


def test_what_ran_before_stays_on_the_disk_for_a_roll_back() -> None:
    first = shop(one("24GiB")).plan
    assert stock(shop(one("24GiB"), current=first, image=NEW, other=NEW)) == [20]
    left = shop(one("20GiB"), current=first, image=NEW, other=NEW)
    assert "shop@gbg" in {entry for out in left.plan.header.left_out for entry in out.groups}
    assert len(where(shop(one("13GiB"), current=first).plan)) == 3


def test_what_may_be_taken_over_has_its_image_on_each_host_that_may() -> None:
    hosts = fleet(site("gbg", host("g1", disk="20GiB"), host("g2", disk="20GiB"), host("g3", disk="9GiB")))
    assert sum(size >= 10 for size in stock(shop(hosts, count="1", other=SMALL))) == 1
    surviving = shop(hosts, more="survive 1 host", count="1", other=SMALL)
    assert where(surviving.plan)["shop.till@gbg/1"] != "g3"
    assert [size >= 10 for size in stock(surviving)][:2] == [True, True]
