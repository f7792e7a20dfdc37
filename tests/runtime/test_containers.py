from __future__ import annotations

import re
from typing import Any

import pytest

from placelang_runtime.canonical import PlanError
from placelang_runtime.containers import ContainerSpec, ReplicaSpec, replicas_on, run_of, started
from placelang_runtime.operations import Model, Variant
from placelang_runtime.part import Job, JobRun, Port, Served, Service, SidecarCopy, SitePart, Volume
from tests.runtime.parts import NOTHING_ALLOWED, part, service


def _one(of: SitePart, host: str = "gbg-1") -> ReplicaSpec:
    (found,) = replicas_on(of, host)
    return found


def _model(**changed: Any) -> Model:
    said: dict[str, Any] = {
        "version": "1",
        "file": "m.onnx",
        "variant": None,
        "providers": ("cpu",),
        "baseline": None,
        "retain": 1,
    }
    return Model(**({"name": "eye"} | said | changed))


def test_a_host_runs_what_stands_there_and_nothing_else() -> None:
    whole = part(service("shop.till", "gbg-1", "gbg-2"), service("shop.gate", "gbg-2"))
    assert [spec.name for spec in replicas_on(whole, "gbg-2")] == ["shop.till@gbg/2", "shop.gate@gbg/1"]
    assert replicas_on(whole, "gbg-3") == ()


def test_what_the_plan_says_of_a_container_is_in_its_spec() -> None:
    said = service(command=("serve",), env={"A": "b"}, needs={"cpu": 250, "memory": 1 << 20})
    own = _one(part(said)).own
    assert (own.app, own.group, own.command, own.env) == ("shop", "shop@gbg", ("serve",), {"A": "b"})
    assert (own.cpu, own.memory) == (250, 1 << 20)


def test_sidecars_join_the_network_of_their_service_which_publishes_their_ports() -> None:
    own, logs = _one(part(service(sidecars={"logs": "logs:1"}))).containers
    assert (logs.container, logs.image, logs.joins) == ("logs", "logs:1", own.digest)
    assert (own.ports, logs.ports) == ((Port(host=9000, container=9000),), ())


def test_a_new_version_of_a_service_takes_new_sidecars() -> None:
    old = _one(part(service(sidecars={"logs": "logs:1"})))
    new = _one(part(service(image="till:2", sidecars={"logs": "logs:1"})))
    assert not set(old.digests) & set(new.digests)


@pytest.mark.parametrize(
    "changed",
    [
        {"image": "till:2"},
        {"command": ("x",)},
        {"env": {"A": "c"}},
        {"needs": {"disk": 1}},
        {"restart": "never"},
        {"gpus": ("gbg-1/gpu0",)},
        {"privileges": NOTHING_ALLOWED.model_copy(update={"writable_root": True})},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_needs_a_new_container_makes_another_digest_and_name(changed: dict[str, Any]) -> None:
    was, now = _one(part(service())).own, _one(part(service(**changed))).own
    assert was.digest != now.digest
    assert was.name != now.name


def test_what_makes_no_other_container_leaves_the_digest_alone() -> None:
    was = _one(part(service(), models=(_model(),)))
    tagged = service(tags=("x",), after=("shop.gate",), single=True)
    now = _one(part(tagged, group="other@gbg", models=(_model(), _model(name="other"))))
    assert was.digests == now.digests


def test_a_model_makes_another_container_where_it_loads_as_another() -> None:
    serving = service(serves=("eye",))
    digests = [
        _one(part(serving, models=(_model(**changed),))).digests
        for changed in ({}, {"retain": 5}, {"version": "2"}, {"variant": "small"})
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_replica_loads_its_own_variant_and_has_what_that_needs() -> None:
    models = (_model(variant="large", worse=(Variant(name="small", file="eye.small.onnx"),)),)
    plain = part(service(serves=("eye",)), models=models)
    (group,) = plain.groups
    (found,) = group.services
    (replica,) = found.replicas
    update = {"variants": (Served(model="eye", variant="small"),), "needs": {"memory": 7}}
    other = found.model_copy(update={"replicas": (replica.model_copy(update=update),)})
    best, worse = _one(plain).own, _one(part(other, models=models)).own
    assert [(one.variant, one.file) for one in (*best.serves, *worse.serves)] == [
        ("large", models[0].file),
        ("small", "eye.small.onnx"),
    ]
    assert worse.memory == 7
    assert best.digest != worse.digest


def test_a_volume_keeps_its_name_over_versions_and_is_shared_within_the_replica() -> None:
    data = Volume(path="/data", source=None, keep=True, readonly=False)
    old = _one(part(service(volumes=(data,), sidecars={"logs": "logs:1"})))
    new = _one(part(service(image="till:2", volumes=(data,))))
    assert len({spec.volume_name(data) for spec in (*old.containers, *new.containers)}) == 1
    moved = _one(part(service("shop.till", "gbg-2", volumes=(data,))), "gbg-2")
    assert moved.own.volume_name(data) != old.own.volume_name(data)


@pytest.mark.parametrize("name", ["shop.till", "x" * 2000, "../../etc", "a b;$(reboot)\n", "naïve.日本"])
def test_every_name_of_a_plan_makes_a_name_that_an_engine_takes(name: str) -> None:
    own = _one(part(service(name))).own
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,200}", own.name)


def test_a_contingency_starts_the_replica_as_it_is_on_its_new_host() -> None:
    whole = part(service("shop.till", "gbg-1", "gbg-2"))
    lost = whole.groups[0].services[0].replicas[0]
    spec = started(whole, lost.model_copy(update={"host": "gbg-2", "env": {"H": "2"}}), "shop.till")
    assert (spec.host, spec.group, spec.own.env) == ("gbg-2", "shop@gbg", {"H": "2"})


def test_a_replica_of_a_service_that_the_part_does_not_know_is_refused() -> None:
    stranger = service("shop.gate").replicas[0]
    with pytest.raises(PlanError, match=r"does not say what shop\.gate"):
        started(part(service()), stranger, "shop.gate")


def test_a_replica_without_the_sidecar_of_its_service_is_refused() -> None:
    whole: Service = service(sidecars={"logs": "logs:1"})
    bare = whole.replicas[0].model_copy(update={"sidecars": ()})
    with pytest.raises(PlanError, match="lacks its sidecar logs"):
        replicas_on(part(whole.model_copy(update={"replicas": (bare,)})), "gbg-1")
    one_more = (*whole.replicas[0].sidecars, SidecarCopy(name="x", image=None, env={}, gpus=(), devices=()))
    more = whole.replicas[0].model_copy(update={"sidecars": one_more})
    assert len(_one(part(whole.model_copy(update={"replicas": (more,)}))).containers) == 2


def test_a_run_of_a_job_is_never_started_again_by_itself() -> None:
    spec = run_of(part(), *_job())
    assert (spec.name, spec.own.restart, spec.own.image) == ("shop.report@gbg-1/1", "never", "report:1")


def test_a_spec_is_a_document() -> None:
    own = _one(part(service(sidecars={"logs": "logs:1"}))).own
    assert ContainerSpec.model_validate_json(own.model_dump_json()) == own


def _job() -> tuple[Job, JobRun]:
    moments: dict[str, Any] = dict.fromkeys(("opens", "closes", "start", "end"), "2026-03-02T05:45Z")
    held: dict[str, Any] = {"image": "report:1", "env": {}, "gpus": (), "devices": ()}
    run = JobRun(round="1", host="gbg-1", clock=None, **moments, **held)
    said = service().model_dump(include=set(Job.model_fields), exclude={"health", "name"})
    more: dict[str, Any] = {"app": "shop", "priority": 0, "minutes": 5, "hours": None, "each_minutes": None}
    amounts: dict[str, Any] = {"once": True, "retries": 0, "upload": 0, "download": 0, "runs": (run,)}
    job = Job(name="shop.report", health=None, **(said | {"privileges": NOTHING_ALLOWED}), **more, **amounts)
    return job, run
