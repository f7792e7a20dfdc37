"""Plans that follow a store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from placelang.check import check
from placelang.inventory import Inventory
from placelang.load import load
from placelang.program import Program
from placelang.store import Store, Trust, clock
from placelang.watching import Pace, Replanned, Unplannable, watch
from placelang_runtime.plan import Plan
from tests.inventory.documents import inventory

PLACE = """
label host.floor: number

app shop {
  service till {
    image "till:1"
    replicas 1 per site
    needs memory 2GiB
    prefer hosts where (floor ?? 0) > 3
  }
}
"""


def fleet(**hosts: dict[str, Any]) -> Inventory:
    named = [{"name": name, **facts} for name, facts in hosts.items()]
    return inventory({"format": "placelang/inventory/1", "sites": [{"name": "gbg", "hosts": named}]})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'fleet.db'}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    path = tmp_path / "a.place"
    path.write_text(PLACE)
    modules, _ = load([path])
    checked, faults = check(modules)
    assert checked is not None, faults
    return checked


def tell(url: str, **hosts: dict[str, Any]) -> None:
    with Store(url, create=True) as store:
        store.add(fleet(**hosts), trust=Trust.OPERATOR, now=clock())


def plans(program: Program, url: str, stop: Event) -> Iterator[Replanned | Unplannable]:
    return watch(program, url, pace=Pace(0.01, 0.05, stop))


def where(plan: Plan) -> list[str]:
    return [
        replica.host
        for part in plan.parts
        for group in part.groups
        for s in group.services
        for replica in s.replicas
    ]


def replanned(found: Replanned | Unplannable) -> Replanned:
    assert isinstance(found, Replanned)
    return found


def test_a_change_leads_to_a_plan_that_says_what_differs(program: Program, url: str) -> None:
    tell(url, a={"memory": "4GiB"}, b={"memory": "3GiB"})
    stop = Event()
    following = plans(program, url, stop)
    first = replanned(next(following))
    assert first.difference is None
    (host,) = where(first.worked.plan)
    tell(url, **{host: {"memory": "4GiB", "up": False}})
    second = replanned(next(following))
    assert second.difference is not None
    assert [(change.source, change.target) for change in second.difference.changes.list] == [
        (host, "b" if host == "a" else "a")
    ]
    stop.set()
    assert list(following) == []


def test_what_runs_stays_where_a_change_does_not_touch_it(program: Program, url: str) -> None:
    tell(url, a={"memory": "4GiB"}, b={"memory": "4GiB"})
    stop = Event()
    following = plans(program, url, stop)
    first = replanned(next(following))
    tell(url, c={"memory": "64GiB"})
    second = replanned(next(following))
    assert where(second.worked.plan) == where(first.worked.plan)
    stop.set()


def test_what_another_source_says_just_so_leads_to_no_plan(
    program: Program, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(url, a={"memory": "4GiB"})
    left = [("somebody", "4GiB"), (None, "8GiB")]

    def wait(store: Store, *_: object) -> None:
        source, memory = left.pop(0)
        store.add(fleet(a={"memory": memory}), trust=Trust.OPERATOR, now=clock(), source=source)

    monkeypatch.setattr("placelang.watching._wait", wait)
    following = plans(program, url, Event())
    next(following)
    replanned(next(following))
    assert left == []


def test_a_burst_of_reports_is_one_change(program: Program, url: str) -> None:
    tell(url, a={"memory": "4GiB"})
    stop = Event()
    following = watch(program, url, pace=Pace(0.01, 0.5, stop))
    next(following)

    def burst() -> None:
        for number in range(20):
            tell(url, **{f"b{number}": {"memory": "4GiB"}})

    writer = Thread(target=burst)
    writer.start()
    second = replanned(next(following))
    writer.join()
    assert len(second.worked.lowered.world.hosts.names) == 21
    stop.set()


def test_a_fact_that_goes_out_of_date_is_a_change_after_the_last_moment_at_which_it_is_known(
    program: Program, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(url)
    now = clock()
    soon = fleet(a={"memory": {"value": "4GiB", "observed": _time(now), "ttl": "1s"}})
    with Store(url) as store:
        store.add(soon, trust=Trust.PROBE, now=now)
    moments = iter([now, now + 999, now + 1_000])
    monkeypatch.setattr("placelang.watching.clock", lambda: next(moments, now + 1_001))
    stop = Event()
    following = plans(program, url, stop)
    assert where(replanned(next(following)).worked.plan) == ["a"]
    second = replanned(next(following))
    assert second.at == now + 1_001
    assert [stay.host for stay in second.worked.plan.header.stays] == ["a"]
    stop.set()


def test_a_label_that_does_not_fit_is_unknown_and_told(program: Program, url: str) -> None:
    tell(url, a={"memory": "4GiB"})
    stop = Event()
    following = plans(program, url, stop)
    first = replanned(next(following))
    tell(url, a={"memory": "4GiB", "labels": {"floor": "second"}})
    second = replanned(next(following))
    assert where(second.worked.plan) == where(first.worked.plan)
    assert any("floor" in str(fault) for fault in second.worked.warnings)
    stop.set()


def _time(at: int) -> str:
    from placelang.inventory import show_time

    return show_time(at)
