"""Rolling back, draining and removing: what is meant happens, holds, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang_runtime.apply import carry_out
from placelang_runtime.apply.changes import ChangeError, drain, remove, roll_back
from placelang_runtime.host_config import HostConfig
from placelang_runtime.part import SitePart
from placelang_runtime.provision.provider import HostProvider
from tests.apply.stores import HOSTS, Store

SURVIVING = """
param web: string = "1"

app shop {
  survive 1 host
  service till {
    image    "registry.example.com/till:1"
    replicas 1 per site
    needs    memory 1GiB
    volume   "/data"
  }
  service web {
    image    "registry.example.com/web:${web}"
    replicas 1 per site
    needs    memory 1GiB
    after    till
  }
}
"""


def test_a_roll_back_returns_to_what_ran_before_and_lasts_until_the_next_apply(store: Store) -> None:
    store.apply(store.plan())
    first = store.running()
    second = store.plan(web="2")
    store.apply(second)
    changed = store.running()
    assert roll_back(store.scene(second), "shop").outcome == "done"
    assert store.running() == first
    assert roll_back_fails(store, second) == "shop did not run otherwise before, as far as is still known"
    assert store.apply(second).outcome == "done"
    assert store.running() == changed


def roll_back_fails(store: Store, part: SitePart) -> str:
    with pytest.raises(ChangeError) as raised:
        roll_back(store.scene(part), "shop")
    return str(raised.value)


def test_a_roll_back_of_everything_takes_what_the_last_plan_changed(store: Store) -> None:
    store.apply(store.plan())
    first = store.running()
    part = store.plan(web="2")
    store.apply(part)
    roll_back(store.scene(part), None)
    assert store.running() == first


def test_what_never_ran_cannot_be_rolled_back(store: Store) -> None:
    part = store.plan()
    store.apply(part)
    with pytest.raises(ChangeError, match="nothing called shoes ever ran well here"):
        roll_back(store.scene(part), "shoes")


def test_an_app_is_removed_in_the_order_against_its_starts_and_comes_back(store: Store) -> None:
    part = store.plan()
    store.apply(part)
    before = store.running()
    assert remove(store.scene(part), "shop", volumes=False).outcome == "done"
    assert not [line for lines in store.running().values() for line in lines if "shop" in line]
    stops = [deed for deed in store.deeds() if deed.startswith("stop")]
    assert stops[-1] == "stop shop.till@gbg/1"
    roll_back(store.scene(part), "shop")
    assert store.running() == before


def test_volumes_go_only_where_that_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path, SURVIVING)
    part = store.plan()
    store.apply(part)

    def volumes() -> list[str]:
        return [volume.service for driver in store.drivers.values() for volume in driver.volumes()]

    remove(store.scene(part), "shop", volumes=False)
    assert volumes() == ["shop.till"]
    remove(store.scene(part), "shop", volumes=True)
    assert volumes() == []


def test_a_drained_host_is_empty_and_others_take_over_until_it_is_resumed(tmp_path: Path) -> None:
    store = Store(tmp_path, SURVIVING)
    part = store.plan()
    store.apply(part)
    before = store.running()
    host = next(host for host, lines in before.items() if "shop.till@gbg/1 till:1" in lines)
    other = next(name for name in store.drivers if name != host)
    assert drain(store.scene(part), host, drained=True).outcome == "done"
    assert store.running()[host] == []
    assert "shop.till@gbg/1 till:1" in store.running()[other]
    kinds = [deed for deed in store.deeds() if deed.endswith("till@gbg/1") and "switch" not in deed]
    assert kinds[:3] == ["create shop.till@gbg/1", "start shop.till@gbg/1", "stop shop.till@gbg/1"]
    assert drain(store.scene(part), host, drained=False).outcome == "done"
    assert store.running() == before


def test_a_host_that_is_drained_by_itself_waits_for_those_that_take_over(tmp_path: Path) -> None:
    store = Store(tmp_path, SURVIVING)
    part = store.plan()
    store.apply(part)
    before = store.running()
    host = next(host for host, lines in before.items() if "shop.till@gbg/1 till:1" in lines)
    other = next(name for name in store.drivers if name != host)
    result = drain(store.scene(part, [host]), host, drained=True)
    assert ("start shop.till@gbg/1", other) in {(task.of, task.host) for task in result.waiting}
    assert store.running() == before
    drain(store.scene(part, [host], elsewhere=[other]), host, drained=True)
    assert store.running()[host] == []


def test_only_hosts_of_the_site_are_drained(store: Store) -> None:
    part = store.plan()
    with pytest.raises(ChangeError, match="the site gbg has no host oslo-1; it has gbg-1, gbg-2"):
        drain(store.scene(part), "oslo-1", drained=True)


def test_what_contingencies_need_is_at_hand_before_it_is_needed(tmp_path: Path) -> None:
    store = Store(tmp_path, SURVIVING)
    part = store.plan()
    store.apply(part)
    wanted = {"registry.example.com/till:1", "registry.example.com/web:1"}
    assert [driver.images for driver in store.drivers.values()] == [wanted, wanted]
    assert part.steps is not None
    at_hand = [n for n, step in enumerate(part.steps.nodes) if step.kind == "fetch-image" and step.host]
    assert len(at_hand) == 2
    assert {store.journal.steps(store.scene(part).accepted.id)[number] for number in at_hand} == {"done"}
    assert store.deeds().count("fetch-image registry.example.com/till:1") == 1


def test_a_host_that_lacks_a_secret_for_what_it_would_take_over_says_so_before(tmp_path: Path) -> None:
    text = SURVIVING.replace('volume   "/data"', 'env      KEY = secret("key")')
    store = Store(tmp_path, text)
    part = store.plan()
    [runs_at] = {r.host for g in part.groups for s in g.services for r in s.replicas if s.name == "shop.till"}
    [other] = set(HOSTS) - {runs_at}
    secrets = tmp_path / "secrets"
    config = HostConfig(
        path=tmp_path / "host.toml",
        host=other,
        registries=("registry.example.com",),
        secrets=secrets,
        memory=tmp_path / "memory",
        state=tmp_path,
    )

    def failures() -> list[tuple[str, str]]:
        scene = store.scene(part, [other], elsewhere=[runs_at], provider=HostProvider(part, config))
        found = carry_out(scene, "apply").failures
        return [(one.task.of, one.why) for one in found]

    assert failures() == [
        (
            "shop.till@gbg/1",
            f"it could not take over here: there is no secret {secrets}/key: put it there with mode 0600",
        )
    ]
    secrets.mkdir(mode=0o700)
    (secrets / "key").touch(mode=0o600)
    assert failures() == []


def test_images_at_hand_are_steps_that_nothing_waits_for_until_they_are_there(tmp_path: Path) -> None:
    store = Store(tmp_path, SURVIVING)
    steps = store.plan().steps
    assert steps is not None
    at_hand = [n for n, step in enumerate(steps.nodes) if step.kind == "fetch-image" and step.host]
    assert not {first for first, _ in steps.edges} & set(at_hand)
    before = [steps.nodes[first] for first, then in steps.edges if then in at_hand]
    assert {(step.kind, step.host) for step in before} == {("fetch-image", None)}
    assert store.plan().steps is None
