"""Models that change where a model server runs on: with a host that only thinks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from placelang_runtime.apply import Bare, carry_out
from placelang_runtime.canonical import PlanError
from placelang_runtime.containers import ContainerSpec, Served, replicas_on
from placelang_runtime.drivers import Given
from tests.apply.stores import Store

REPLICA = "shop.scorer/1"
TEXT = """
param version: string = "1"
param cpu: amount = 1

app shop {
  model score {
    file    "score.onnx"
    version "${version}"
  }
  service scorer {
    serves   score
    replicas 1
    needs    cpu 1, memory MEMORY
    hosts    where name == "gbg-1"
    port     8000
  }
}
"""


def text(memory: str = "1GiB") -> str:
    return TEXT.replace("MEMORY", memory).replace("param cpu: amount = 1\n", "")


@dataclass(frozen=True)
class Told(Bare):
    """What model servers were told to serve, in order."""

    versions: list[str] = field(default_factory=list)

    def given(self, spec: ContainerSpec, plan: str) -> Given:
        self.versions.extend(f"{one.name} {one.version}" for one in spec.serves)
        return Given(plan)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, text())


def apply(store: Store, told: Told, version: str = "1") -> Any:
    part = store.plan(version=version)
    store.journal.release()
    return carry_out(store.scene(part, provider=told), "apply")


def test_a_new_version_takes_the_place_of_the_old_one_in_the_same_container(store: Store) -> None:
    told = Told()
    assert apply(store, told).outcome == "done"
    [before] = store.drivers["gbg-1"].copies()
    assert apply(store, told).deeds == 0
    result = apply(store, told, version="2")
    assert (result.outcome, told.versions) == ("done", ["shop.score 1", "shop.score 2"])
    assert store.drivers["gbg-1"].copies() == (before,)
    assert apply(store, told, version="2").deeds == 0


def test_a_version_that_is_never_ready_goes_back(store: Store) -> None:
    told = Told()
    apply(store, told)
    store.drivers["gbg-1"].sick.add(REPLICA)
    part = store.plan(version="2")
    store.journal.release()

    def well_again(event: Any) -> None:
        if event.kind == "failed":
            store.drivers["gbg-1"].sick.clear()

    scene = store.scene(part, provider=told)
    scene.report = well_again
    result = carry_out(scene, "apply")
    assert result.outcome == "partial"
    assert [hold.group for hold in result.held] == ["shop.scorer"]
    assert told.versions == ["shop.score 1", "shop.score 2", "shop.score 1"]


def test_a_server_with_other_limits_is_another_container(store: Store) -> None:
    told = Told()
    apply(store, told)
    [before] = store.drivers["gbg-1"].copies()
    store.plan(current=True, text=text("2GiB"))
    apply(store, told)
    [after] = store.drivers["gbg-1"].copies()
    assert before.id != after.id


def test_a_model_server_says_itself_whether_it_is_well(store: Store) -> None:
    [spec] = replicas_on(store.plan(), "gbg-1")
    health = spec.own.health
    assert health is not None
    assert (health.kind, health.port, health.path) == ("http", 8000, "/v2/health/ready")


def test_a_model_server_without_a_port_is_refused(store: Store) -> None:
    part = store.plan(text=text().replace("port     8000", ""))
    with pytest.raises(PlanError, match=r"shop\.scorer serves models at no port: write `port`"):
        replicas_on(part, "gbg-1")


@dataclass(frozen=True)
class Bringing(Bare):
    """A host that has no model before it is fetched."""

    there: set[str] = field(default_factory=set)

    def has_model(self, model: Served) -> bool:
        return model.name in self.there

    def fetch_model(self, model: Served) -> None:
        self.there.add(model.name)


def test_models_at_hand_are_steps_that_nothing_waits_for_until_they_are_there(tmp_path: Path) -> None:
    anywhere = text().replace('hosts    where name == "gbg-1"', "survive  1 host")
    store = Store(tmp_path, anywhere.replace("replicas 1", "replicas 1 per site"))
    part = store.plan()
    steps = part.steps
    assert steps is not None
    [stands] = {r.host for group in part.groups for service in group.services for r in service.replicas}
    fetches = [n for n, step in enumerate(steps.nodes) if step.kind == "fetch-model"]
    assert [(steps.nodes[n].of, steps.nodes[n].host) for n in fetches] == [
        ("shop.score", None),
        ("shop.score", next(host for host in store.drivers if host != stands)),
    ]
    assert (fetches[0], fetches[1]) in steps.edges
    assert not {first for first, _ in steps.edges} & {fetches[1]}
    provider = Bringing()
    scene = store.scene(part, provider=provider)
    carry_out(scene, "apply")
    assert provider.there == {"shop.score"}
    assert store.journal.steps(scene.accepted.id)[fetches[1]] == "done"
    assert store.plan().steps is None
