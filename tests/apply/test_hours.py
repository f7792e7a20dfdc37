"""Services run in their hours and give way outside of them, and what ran well stays known while it is asleep."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from placelang_runtime.apply import Result, carry_out
from placelang_runtime.hours import asleep
from placelang_runtime.part import SitePart
from tests.apply.stores import INVENTORY, Store, failing

SHOP = """
param version: string = "1"

app shop {
  service till {
    image    "registry.example.com/till:1"
    replicas 1 per site
    needs    memory 1GiB
  }
  service day {
    image    "registry.example.com/day:${version}"
    replicas 1 per site
    needs    memory 6GiB
    active   daily between 08:00 and 22:00
    hosts    where name == "gbg-1"
  }
}
app report {
  service night {
    image    "registry.example.com/night:1"
    replicas 1 per site
    needs    memory 6GiB
    active   daily between 22:00 and 05:00
    hosts    where name == "gbg-1"
  }
}
"""
STOCKHOLM = INVENTORY.replace("name: gbg\n", "name: gbg\n    timezone: Europe/Stockholm\n")
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
DAWN = datetime(2026, 3, 3, 5, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Store:
    return Store(tmp_path, SHOP, STOCKHOLM)


def at(store: Store, part: SitePart, moment: datetime) -> Result:
    scene = store.scene(part)
    scene.at = moment
    return carry_out(scene, "apply")


def there(store: Store) -> set[str]:
    return {line.partition(" ")[2] for lines in store.running().values() for line in lines}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON, {"report.night"}),
        (NIGHT, {"shop.day"}),
        (DAWN, {"report.night", "shop.day"}),
        (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), {"report.night"}),
        (datetime(2026, 3, 2, 6, 59, 59, tzinfo=UTC), {"report.night", "shop.day"}),
    ],
)
def test_who_is_asleep_is_told_by_the_clock_of_the_site(
    shop: Store, moment: datetime, expected: set[str]
) -> None:
    assert asleep(shop.plan(), moment) == expected


def test_a_service_runs_in_its_hours_and_gives_way_before_the_next_one_starts(shop: Store) -> None:
    part = shop.plan()
    at(shop, part, NOON)
    assert there(shop) == {"till:1", "day:1"}
    at(shop, part, NIGHT)
    assert there(shop) == {"till:1", "night:1"}
    deeds = shop.deeds()
    assert deeds.index("remove shop.day@gbg/1") < deeds.index("create report.night@gbg/1")
    at(shop, part, DAWN)
    assert there(shop) == {"till:1"}
    assert at(shop, part, DAWN).deeds == 0


def test_what_is_asleep_keeps_its_image(shop: Store) -> None:
    part = shop.plan()
    at(shop, part, NOON)
    at(shop, part, NIGHT)
    assert "registry.example.com/day:1" in shop.drivers["gbg-1"].images


def test_a_version_that_fails_when_it_wakes_goes_back_to_the_one_that_ran(shop: Store) -> None:
    at(shop, shop.plan(), NOON)
    part = shop.plan(version="2")
    assert at(shop, part, NIGHT).outcome == "done"
    assert there(shop) == {"till:1", "night:1"}
    shop.drivers["gbg-1"].on = failing("day:2", "fetch")
    assert at(shop, part, NOON).outcome == "partial"
    assert there(shop) == {"till:1", "day:1"}


def test_what_first_runs_at_night_stays_when_the_day_fails(shop: Store) -> None:
    part = shop.plan()
    at(shop, part, NIGHT)
    shop.drivers["gbg-1"].on = failing("shop.day")
    at(shop, part, NOON)
    assert there(shop) == {"till:1"}


def test_hours_that_nobody_can_read_are_always_open(shop: Store) -> None:
    text = shop.plan().model_dump_json().replace("Europe/Stockholm", "Europe/Nowhere")
    part = SitePart.model_validate_json(text)
    assert asleep(part, NIGHT) == frozenset()
