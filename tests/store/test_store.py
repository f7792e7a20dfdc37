from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.inventory import Inventory, inventory_digest
from placelang.inventory.written import as_document
from placelang.store import Store, StoreError, Trust
from placelang.store.schema import VERSION
from tests.evaluate.worlds import random_fleet
from tests.inventory.documents import inventory

DAY = 86_400_000
NOON = 1_772_452_800_000
"""2026-03-02T12:00:00Z"""


def a_host(observed: str | None = "2026-03-02T12:00:00Z", name: str = "gbg-1", **facts: Any) -> Inventory:
    """An inventory of one host, all of whose facts were seen at one time."""
    host = {"name": name, **({"observed": observed} if observed else {}), **facts}
    return inventory({"format": "placelang/inventory/1", "sites": [{"name": "gbg", "hosts": [host]}]})


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(f"sqlite:///{tmp_path / 'fleet.db'}", create=True) as opened:
        yield opened


def memory(store: Store, at: int = NOON) -> object:
    """What is believed of the memory of the one host, None where it is unknown."""
    record = store.inventory(at).hosts.facts["memory"]
    end = record.expires[0] if record.rows else None
    return record.values[0] if record.rows and (end is None or at <= end) else None


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_what_goes_in_comes_out_to_the_last_time_and_source(seed: int) -> None:
    fleet = inventory(random_fleet(Random(seed)))
    with Store("sqlite:///:memory:", create=True) as store:
        store.add(fleet, trust=Trust.OPERATOR, now=NOON * 2)
        kept = store.inventory(NOON)
    assert [kept.sites.names, kept.hosts.names, kept.gpus.names, kept.devices.names] == [
        fleet.sites.names,
        fleet.hosts.names,
        fleet.gpus.names,
        fleet.devices.names,
    ]
    written = inventory(as_document(fleet))
    again = inventory(as_document(written))
    assert inventory_digest(written) == inventory_digest(fleet)
    assert inventory_digest(again) == inventory_digest(fleet)


def test_adding_twice_changes_nothing(store: Store) -> None:
    assert store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON).changed > 0
    assert store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON).changed == 0
    assert store.history("host", "gbg-1") == ()


def test_what_is_older_never_replaces_what_is_newer(store: Store) -> None:
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    added = store.add(a_host("2026-03-01T12:00:00Z", memory="4GiB", disk="1GiB"), trust=Trust.PROBE, now=NOON)
    assert (added.older, added.changed) == (1, 1)
    assert memory(store) == 8 * 2**30


def test_what_has_no_time_never_replaces_what_has_one(store: Store) -> None:
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    store.add(a_host(None, memory="4GiB"), trust=Trust.PROBE, now=NOON)
    assert memory(store) == 8 * 2**30


def test_a_replaced_value_is_history(store: Store) -> None:
    store.add(a_host("2026-03-01T12:00:00Z", memory="4GiB"), trust=Trust.PROBE, now=NOON)
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    (past,) = store.history("host", "gbg-1")
    assert (past.fact, past.value, past.observed, past.replaced) == ("memory", 4.0 * 2**30, NOON - DAY, NOON)


@pytest.mark.parametrize("first", [True, False])
def test_a_person_is_believed_before_a_newer_probe_in_whatever_order_they_come(
    store: Store, first: bool
) -> None:
    said = (a_host("2026-01-01T12:00:00Z", memory="4GiB"), Trust.OPERATOR, "operator")
    seen = (a_host(memory="8GiB"), Trust.PROBE, "probe")
    for fleet, trust, source in (said, seen) if first else (seen, said):
        store.add(fleet, trust=trust, now=NOON, source=source)
    assert memory(store) == 4 * 2**30
    (known,) = [one for one in store.knowledge("host", "gbg-1", NOON) if one.fact == "memory"]
    assert [one.value for one in known.others] == [8.0 * 2**30]


def test_what_is_out_of_date_gives_way_to_what_is_not_however_trusted(store: Store) -> None:
    old = a_host("2026-01-01T12:00:00Z", memory={"value": "4GiB", "ttl": "10d"})
    store.add(old, trust=Trust.OPERATOR, now=NOON, source="operator")
    assert memory(store) is None
    store.add(a_host(memory="8GiB"), trust=Trust.IMPORT, now=NOON, source="kubectl")
    assert memory(store) == 8 * 2**30


def test_times_to_live_of_the_store_hold_where_the_source_said_nothing(store: Store) -> None:
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    store.set_lives({"memory": 2 * DAY, "default": 9 * DAY})
    assert memory(store, NOON + DAY) == 8 * 2**30
    assert memory(store, NOON + 2 * DAY) == 8 * 2**30
    assert memory(store, NOON + 2 * DAY + 1) is None
    store.set_lives({"memory": None})
    assert memory(store, NOON + 8 * DAY) == 8 * 2**30
    assert memory(store, NOON + 9 * DAY + 1) is None


def test_a_statement_is_believed_and_shown_as_known_to_the_last_moment_of_its_time_to_live(
    store: Store,
) -> None:
    said = a_host(memory={"value": "4GiB", "ttl": "1s"})
    store.add(said, trust=Trust.OPERATOR, now=NOON, source="operator")
    store.add(a_host("2026-03-01T12:00:00Z", memory="8GiB"), trust=Trust.IMPORT, now=NOON, source="kubectl")
    for at, believed in ((NOON + 1_000, 4), (NOON + 1_001, 8)):
        (known,) = [one for one in store.knowledge("host", "gbg-1", at) if one.fact == "memory"]
        assert (known.believed.value, known.stale) == (believed * 2.0**30, False)
        assert memory(store, at) == believed * 2**30


def test_a_clock_that_is_ahead_counts_as_now(store: Store) -> None:
    assert store.add(a_host("2036-03-02T12:00:00Z", memory="4GiB"), trust=Trust.PROBE, now=NOON).future == 1
    later = a_host("2026-03-03T12:00:00Z", memory="8GiB")
    store.add(later, trust=Trust.PROBE, now=NOON + DAY)
    assert memory(store) == 8 * 2**30


def test_the_list_that_is_believed_says_which_gpus_there_are(store: Store) -> None:
    probed = a_host(gpus=[{"vendor": "nvidia"}])
    store.add(
        a_host("2026-03-01T12:00:00Z", gpus=[{"memory": "4GiB"}, {}]),
        trust=Trust.IMPORT,
        now=NOON,
        source="a",
    )
    store.add(probed, trust=Trust.PROBE, now=NOON, source="b")
    gpus = store.inventory(NOON).gpus
    assert gpus.names == ("gbg-1/gpu0",)
    assert gpus.facts["memory"].values == (4.0 * 2**30,)
    assert gpus.facts["vendor"].values == ("nvidia",)


def test_a_host_that_moved_stands_where_it_was_last_seen(store: Store) -> None:
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    moved = inventory(
        {
            "format": "placelang/inventory/1",
            "observed": "2026-03-03T12:00:00Z",
            "sites": [{"name": "lund", "hosts": [{"name": "gbg-1", "memory": "8GiB"}]}],
        }
    )
    store.add(moved, trust=Trust.PROBE, now=NOON + DAY)
    fleet = store.inventory(NOON + DAY)
    assert fleet.sites.names[fleet.hosts.parents[0]] == "lund"


def test_forgetting_a_site_forgets_all_that_is_in_it(store: Store) -> None:
    store.add(a_host(gpus=[{}], devices=[{"kind": "camera", "name": "door"}]), trust=Trust.PROBE, now=NOON)
    assert store.forget("site", "gbg") == 4
    fleet = store.inventory(NOON)
    assert (fleet.sites.names, fleet.hosts.names, fleet.gpus.names, fleet.devices.names) == ((), (), (), ())


def test_forgetting_a_source_leaves_what_others_say(store: Store) -> None:
    store.add(a_host(memory="4GiB"), trust=Trust.OPERATOR, now=NOON, source="operator")
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON, source="probe")
    store.forget("host", "gbg-1", source="operator")
    assert memory(store) == 8 * 2**30


def test_a_fault_half_way_leaves_nothing_behind(store: Store) -> None:
    from placelang.store.report import Report, Said

    def failing() -> Any:
        yield Report("site", "gbg", None, "probe", {"country": Said("SE", NOON, None)})
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        store.report(failing(), trust=Trust.PROBE, now=NOON)
    assert store.seen("site") == {}


def test_a_store_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        Store(f"sqlite:///{tmp_path / 'none.db'}")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (a)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="something else"):
        Store(f"sqlite:///{path}", create=True)
    assert path.read_bytes() == before


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("buy cables, and a great many other things " * 99)
    with pytest.raises(StoreError, match="no database"):
        Store(f"sqlite:///{path}", create=True)


def test_a_newer_schema_is_refused(tmp_path: Path, store: Store) -> None:
    with sqlite3.connect(tmp_path / "fleet.db") as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer placelang"):
        Store(store.url)


def test_a_report_that_was_damaged_is_told(tmp_path: Path, store: Store) -> None:
    store.add(a_host(memory="8GiB"), trust=Trust.PROBE, now=NOON)
    with sqlite3.connect(tmp_path / "fleet.db") as database:
        database.execute("UPDATE reports SET facts = '{' WHERE noun = 'host'")
    with pytest.raises(StoreError, match="damaged"):
        store.inventory(NOON)
