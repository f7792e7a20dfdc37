"""A part becomes what runs, in its order, once, and a group that fails goes back to what it was."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from placelang_runtime.apply import Bare, carry_out
from placelang_runtime.apply.changes import roll_back
from placelang_runtime.canonical import PlanError
from placelang_runtime.drivers import DriverError
from placelang_runtime.journal import open_journal
from tests.apply.stores import SHOP, Store, failing

FIRST = {
    "gbg-1": [
        "logs.ship@gbg-1/1 ship:1",
        "logs.ship@gbg-1/1 tail:1",
        "shop.till@gbg/1 till:1",
        "shop.web@gbg/1 web:1",
    ],
    "gbg-2": ["logs.ship@gbg-2/1 ship:1", "logs.ship@gbg-2/1 tail:1", "shop.web@gbg/2 web:1"],
}


class Closed(Bare):
    """A host that fetches nothing."""

    def allow(self, image: str) -> None:
        raise DriverError("refused", "no registry may be asked")


def with_web(version: str) -> dict[str, list[str]]:
    return {
        host: [line.replace("web:1", f"web:{version}") for line in lines] for host, lines in FIRST.items()
    }


def test_what_the_plan_says_runs_in_its_order(store: Store) -> None:
    result = store.apply(store.plan())
    assert (result.outcome, result.failures, result.waiting) == ("done", (), ())
    assert store.running() == FIRST
    deeds = store.deeds()
    assert deeds.index("start shop.till@gbg/1") < deeds.index("create shop.web@gbg/1")


def test_the_second_time_nothing_is_done(store: Store) -> None:
    part = store.plan()
    store.apply(part)
    assert store.apply(part).deeds == 0
    assert store.running() == FIRST


def test_an_update_starts_the_new_copy_before_it_stops_the_old_one(store: Store) -> None:
    store.apply(store.plan())
    result = store.apply(store.plan(text=SHOP.replace("ship:1", "ship:2")))
    assert result.outcome == "done"
    assert [line for line in store.running()["gbg-2"] if "ship:" in line] == ["logs.ship@gbg-2/1 ship:2"]
    kinds = [deed.partition(" ")[0] for deed in store.deeds() if deed.endswith("logs.ship@gbg-2/1")]
    assert kinds == ["create", "start", "switch", "switch", "stop", "remove"]


def test_a_copy_that_cannot_stand_beside_its_new_one_stops_first_as_the_plan_says(store: Store) -> None:
    store.apply(store.plan())
    store.apply(store.plan(web="2"))
    assert store.running() == with_web("2")
    kinds = [deed.partition(" ")[0] for deed in store.deeds() if deed.endswith("shop.web@gbg/2")]
    assert kinds == ["stop", "remove", "create", "start", "switch", "switch"]


def test_a_plan_that_was_made_without_looking_at_what_runs_comes_to_the_same(store: Store) -> None:
    store.apply(store.plan())
    assert store.apply(store.plan(current=False, web="2", till="2")).outcome == "done"
    assert [line for line in store.running()["gbg-1"] if "shop" in line] == [
        "shop.till@gbg/1 till:2",
        "shop.web@gbg/1 web:2",
    ]


def test_a_copy_that_holds_the_port_gives_way_first_whatever_the_plan_knew(store: Store) -> None:
    store.apply(store.plan())
    store.apply(store.plan(current=False, till="2"))
    kinds = [deed.partition(" ")[0] for deed in store.deeds() if deed.endswith("shop.till@gbg/1")]
    assert kinds == ["stop", "remove", "create", "start"]


def test_what_died_is_started_again(store: Store) -> None:
    part = store.plan()
    store.apply(part)
    driver = store.drivers["gbg-2"]
    for copy in driver.copies():
        if copy.labels.service == "shop.web":
            driver.remove(copy.id)
    assert store.apply(part).outcome == "done"
    assert store.running() == FIRST
    assert [deed for deed in store.deeds() if "gbg/1" in deed] == []


def test_what_no_plan_wants_any_more_is_stopped(store: Store) -> None:
    store.apply(store.plan())
    store.apply(store.plan(text=SHOP[SHOP.index("app logs") :]))
    assert store.running() == {
        host: [line for line in lines if "logs" in line] for host, lines in FIRST.items()
    }


def test_a_replica_that_is_not_healthy_takes_its_group_back_and_no_other(store: Store) -> None:
    store.apply(store.plan())
    for driver in store.drivers.values():
        driver.sick.add("shop.till@gbg/1")
        driver.wrote["shop.till@gbg/1"] = b"cannot open the drawer\n"
    text = SHOP.replace("ship:1", "ship:2")
    result = store.apply(store.plan(text=text, till="2", web="2"))
    assert result.outcome == "partial"
    cause = result.failures[0]
    assert (cause.task.of, cause.why, cause.tail) == (
        "shop.till@gbg/1",
        "not healthy: it says that it is not healthy",
        b"cannot open the drawer\n",
    )
    assert {hold.group for hold in result.held} == {"shop@gbg"}
    lines = store.running()["gbg-2"]
    assert lines == ["logs.ship@gbg-2/1 ship:2", "logs.ship@gbg-2/1 tail:1", "shop.web@gbg/2 web:1"]
    assert "shop.till@gbg/1 till:1" in store.running()["gbg-1"]


def test_a_group_that_never_ran_leaves_nothing_behind(store: Store) -> None:
    for driver in store.drivers.values():
        driver.on = failing("shop.web")
    result = store.apply(store.plan())
    assert result.failures[0].why == "the engine will not create shop.web@gbg/1"
    assert store.running() == {
        host: [line for line in lines if "logs" in line] for host, lines in FIRST.items()
    }


def test_an_image_that_nobody_has_fails_the_groups_that_need_it(store: Store) -> None:
    store.apply(store.plan())
    for driver in store.drivers.values():
        driver.on = failing("web:2", "fetch")
    result = store.apply(store.plan(web="2"))
    assert result.outcome == "partial"
    assert store.running() == FIRST


def test_an_image_that_may_not_be_fetched_is_not_taken_away_either(store: Store) -> None:
    result = carry_out(store.scene(store.plan(), provider=Closed()), "apply")
    assert result.outcome == "partial"
    assert {failure.why for failure in result.failures if failure.by is None} == {"no registry may be asked"}
    assert store.deeds() == []


def test_a_failed_plan_is_tried_again_when_it_is_applied_again(store: Store) -> None:
    store.apply(store.plan())
    for driver in store.drivers.values():
        driver.on = failing("shop.web")
    part = store.plan(web="2")
    assert store.apply(part).outcome == "partial"
    for driver in store.drivers.values():
        driver.on = lambda _action, _of: None
    assert store.apply(part).outcome == "done"
    assert store.running() == with_web("2")


def test_an_engine_that_answers_again_in_time_is_waited_for(store: Store) -> None:
    refusals = iter(range(4))

    def on(action: str, _of: str) -> None:
        if action == "create" and next(refusals, None) is not None:
            raise DriverError("unreachable", "no answer")

    store.drivers["gbg-1"].on = on
    assert store.apply(store.plan()).outcome == "done"
    assert store.running() == FIRST


def test_an_engine_that_stops_midway_leaves_the_rest_for_later(store: Store) -> None:
    def on(action: str, _of: str) -> None:
        if action in {"create", "start"}:
            raise DriverError("unreachable", "no answer")

    store.drivers["gbg-2"].on = on
    part = store.plan()
    result = store.apply(part)
    assert (result.outcome, result.unreachable) == ("interrupted", {"gbg-2": "no answer"})
    assert store.running()["gbg-1"] == FIRST["gbg-1"]
    store.drivers["gbg-2"].on = lambda _action, _of: None
    assert store.apply(part).outcome == "done"
    assert store.running() == FIRST


def test_an_image_is_fetched_once_and_passed_on(store: Store) -> None:
    store.apply(store.plan())
    deeds = store.deeds()
    assert deeds.count("fetch-image registry.example.com/web:1") == 1
    assert deeds.count("load-image registry.example.com/web:1") == 1


def test_images_go_once_nothing_needs_them_but_those_of_a_roll_back_stay(store: Store) -> None:
    for version in ("1", "2", "3"):
        store.apply(store.plan(web=version))
    images = store.drivers["gbg-2"].images
    assert {image for image in images if "web" in image} == {
        "registry.example.com/web:2",
        "registry.example.com/web:3",
    }


def test_one_host_by_itself_does_what_waits_for_nobody_and_says_the_rest(store: Store) -> None:
    part = store.plan()
    result = store.apply(part, ["gbg-2"])
    assert result.outcome == "partial"
    assert {(task.host, task.of) for task in result.waiting} >= {("gbg-1", "start shop.till@gbg/1")}
    assert store.running()["gbg-2"] == FIRST["gbg-2"][:2]
    assert store.apply(part, ["gbg-2"], elsewhere=["gbg-1"]).outcome == "done"
    assert store.running()["gbg-2"] == FIRST["gbg-2"]


@pytest.mark.parametrize("kind", ["stop", "remove"])
def test_what_will_not_stop_is_told(store: Store, kind: str) -> None:
    store.apply(store.plan())
    store.drivers["gbg-2"].on = failing("shop.web", kind)
    result = store.apply(store.plan(web="2"))
    assert result.outcome == "partial"
    assert f"the engine will not {kind}" in result.failures[0].why


def test_a_sidecar_whose_network_ended_is_started_again_and_nothing_else(store: Store) -> None:
    part = store.plan()
    store.apply(part)
    driver = store.drivers["gbg-2"]
    driver.clock = lambda: 100.0
    own = next(c for c in driver.copies() if c.labels.service == "logs.ship" and not c.labels.container)
    driver.ends(own.id, 1)
    driver.start(own.id)
    assert store.apply(part).outcome == "done"
    stops = [deed for deed in store.deeds() if deed.startswith("stop")]
    assert stops == ["stop logs.ship@gbg-2/1 tail"]
    assert store.apply(part).deeds == 0


def test_a_clock_that_jumps_changes_nothing(tmp_path: Path) -> None:
    random = Random(1)
    store = Store(tmp_path)
    store.journal.close()
    store.journal, _ = open_journal(tmp_path, lambda: random.randrange(2 * 10**12))
    store.apply(store.plan())
    part = store.plan(web="2", till="2")
    assert store.apply(part).outcome == "done"
    assert store.apply(part).deeds == 0
    assert {line.rpartition(":")[2] for line in store.running()["gbg-1"] if "shop" in line} == {"2"}
    assert roll_back(store.scene(part), "shop").outcome == "done"
    assert store.running() == FIRST


def test_services_that_start_after_each_other_in_a_circle_are_refused_and_nothing_is_done(
    store: Store,
) -> None:
    store.apply(store.plan())
    part = store.plan(web="2", till="2").model_copy(update={"steps": None})
    groups = tuple(
        group.model_copy(
            update={
                "services": tuple(s.model_copy(update={"after": _others(s.name)}) for s in group.services)
            }
        )
        for group in part.groups
    )
    with pytest.raises(PlanError, match="start after each other in a circle"):
        store.apply(part.model_copy(update={"groups": groups}))
    assert store.running() == FIRST
    assert store.deeds() == []


def _others(name: str) -> tuple[str, ...]:
    return tuple({"shop.till", "shop.web"} - {name}) if name.startswith("shop") else ()


def test_an_interrupt_leaves_what_the_next_one_goes_on_with(store: Store) -> None:
    part = store.plan()
    creations = iter(range(2))

    def on(action: str, _of: str) -> None:
        if action == "create" and next(creations, None) is None:
            raise KeyboardInterrupt

    store.drivers["gbg-1"].on = on
    with pytest.raises(KeyboardInterrupt):
        store.apply(part)
    assert store.journal.runs(1)[0].outcome == "interrupted"
    store.drivers["gbg-1"].on = lambda _action, _of: None
    assert store.apply(part).outcome == "done"
    assert store.running() == FIRST
