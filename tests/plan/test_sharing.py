"""Shared devices and shares of GPUs, from the clause to the plan: who holds what, why not, and what would help."""

from __future__ import annotations

import pytest

from placelang.explain import explain
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import GpuShare
from placelang_runtime.plan import Plan
from tests.plan.fleets import Planned, fleet, host, left_out, planned, replicas, site

CAMERA = "device camera { udev 'SUBSYSTEM==\"video4linux\"' }\n"
GiB = 2**30


def app(*services: str, head: str = CAMERA) -> str:
    return f"{head}app shop {{\n{''.join(services)}\n}}\n"


def service(name: str, needs: str, replicas: str = "1", *more: str) -> str:
    clauses = "\n".join(("", *more))
    return f'service {name} {{ image "i"\n replicas {replicas} per site\n needs {needs}{clauses}\n }}\n'


def shares(plan: Plan) -> dict[str, tuple[tuple[str, int], ...]]:
    return {r.name: tuple((s.gpu, s.memory // GiB) for s in r.shares) for r in replicas(plan) if r.shares}


def gpu(memory: str | None, **facts: str) -> str:
    own = {} if memory is None else {"memory": memory}
    return "{" + ", ".join(f"{k}: {v}" for k, v in (own | facts).items()) + "}"


def with_gpus(*gpus: str, memory: str = "16GiB", name: str = "gbg-1") -> str:
    return host(name, memory=memory, gpus=f"[{', '.join(gpus)}]")


def checked(found: Planned) -> Plan:
    """The plan, which is true to its clauses and comes back from its text."""
    assert verify(found.plan, found.program, found.inventory) == ()
    assert from_json(to_json(found.plan)) == found.plan
    return found.plan


def test_shares_fill_gpus_one_by_one_and_leave_one_whole() -> None:
    text = app(service("eye", "gpu share 3GiB", "4"), service("train", "gpu 1"))
    plan = checked(planned(text, fleet(site("gbg", with_gpus(gpu("8GiB"), gpu("8GiB"), gpu("8GiB"))))))
    of_eyes = shares(plan)
    assert sorted(of_eyes.values()) == [(("gbg-1/gpu0", 3),)] * 2 + [(("gbg-1/gpu1", 3),)] * 2
    assert next(r.gpus for r in replicas(plan) if r.name == "shop.train@gbg/1") == ("gbg-1/gpu2",)


def test_predicates_choose_the_gpu_of_each_share() -> None:
    text = app(service("eye", 'gpu share 2GiB where compute >= "8.0", gpu share 1GiB where compute < "8.0"'))
    gpus = (gpu("4GiB", compute='"7.5"'), gpu("4GiB", compute='"8.6"'))
    plan = checked(planned(text, fleet(site("gbg", with_gpus(*gpus)))))
    assert shares(plan) == {"shop.eye@gbg/1": (("gbg-1/gpu1", 2), ("gbg-1/gpu0", 1))}


def test_unified_memory_holds_needs_and_shares_together() -> None:
    text = app(service("eye", "memory 2GiB, gpu share 3GiB", "1..4"))
    found = planned(text, fleet(site("gbg", with_gpus(gpu(None, unified="true")))))
    plan = checked(found)
    assert len(shares(plan)) == 3
    (fill,) = (h for part in plan.parts for h in part.hosts)
    assert fill.used["memory"] == 15 * GiB


def test_memory_policy_keeps_counts_the_shares_of_unified_gpus() -> None:
    text = app(service("eye", "gpu share 3GiB", "1..5"))
    keep = f'{text}policy calm {{ hosts where name != "x" {{ reserve memory 50% }} }}\n'
    found = planned(keep, fleet(site("gbg", with_gpus(gpu(None, unified="true")))))
    assert len(shares(checked(found))) == 2


def test_gpu_of_unknown_memory_leaves_the_host_undecided() -> None:
    text = app(service("eye", 'gpu share 4GiB where compute >= "7.0"'))
    found = planned(text, fleet(site("gbg", with_gpus(gpu(None, compute='"8.0"')))))
    entry = left_out(found.plan, "shop@gbg")
    (step,) = (step for funnel in entry.funnels for step in funnel.steps if step.undecided)
    assert [host.facts for host in step.undecided_hosts] == [("gpu.memory of gbg-1/gpu0: needed >= 4GiB",)]
    assert [s.text for s in entry.suggestions] == ["if gpu.memory of gbg-1/gpu0 >= 4GiB"]


def test_what_is_offered_of_an_unknown_gpu_is_enough_for_all_that_share_it() -> None:
    text = app(service("eye", "gpu share 4GiB", "2"))
    found = planned(text, fleet(site("gbg", with_gpus(gpu(None)))))
    offered = [s.text for s in left_out(found.plan, "shop@gbg").suggestions]
    assert offered == ["if gpu.memory of gbg-1/gpu0 >= 8GiB"]


def test_reason_names_what_is_free_and_the_repair_what_would_fit() -> None:
    first = "app base {\n priority 9\n" + service("eye", "gpu share 5GiB", "2") + "}\n"
    found = planned(
        first + app(service("ear", "gpu share 4GiB")), fleet(site("gbg", with_gpus(gpu("8GiB"), gpu("8GiB"))))
    )
    entry = left_out(found.plan, "shop@gbg")
    assert "shop.ear needs a GPU with 4GiB free; the largest share that is free is 3GiB" in [
        reason.text for reason in entry.reasons
    ]
    assert "if shop.ear@gbg needed 3GiB of one GPU instead of 4GiB" in [s.text for s in entry.suggestions]


def test_too_small_a_gpu_is_told_with_its_size_and_the_share_that_fits() -> None:
    found = planned(app(service("eye", "gpu share 4GiB")), fleet(site("gbg", with_gpus(gpu("3GiB")))))
    entry = left_out(found.plan, "shop@gbg")
    assert [r.text for r in entry.reasons] == [
        "shop.eye needs 4GiB of one GPU; the largest that gbg-1 can give is 3GiB of one GPU"
    ]
    assert "if shop.eye@gbg needed 3GiB of one GPU instead of 4GiB" in [s.text for s in entry.suggestions]
    told = explain(found.lowered, found.solution, "shop.eye")
    assert [v.text for unit in told.units for v in unit.hosts] == [
        "the largest share that it can give has 3GiB of one GPU"
    ]


def test_share_stays_on_its_gpu_when_another_comes_before_it() -> None:
    place = app(service("eye", "gpu share 3GiB"))
    before = planned(place, fleet(site("gbg", with_gpus(gpu("2GiB"), gpu("4GiB"))))).plan
    assert shares(before) == {"shop.eye@gbg/1": (("gbg-1/gpu1", 3),)}
    after = planned(place, fleet(site("gbg", with_gpus(gpu("4GiB"), gpu("4GiB")))), current=before)
    assert shares(checked(after)) == {"shop.eye@gbg/1": (("gbg-1/gpu1", 3),)}


def test_share_of_a_gpu_whose_memory_is_no_longer_known_stays() -> None:
    place = app(service("eye", "gpu share 3GiB", "2"))
    before = planned(place, fleet(site("gbg", with_gpus(gpu("8GiB"))))).plan
    after = planned(place, fleet(site("gbg", with_gpus(gpu(None)))), current=before)
    assert shares(after.plan) == shares(before)


def test_shared_camera_serves_all_who_share_and_the_other_is_held_alone() -> None:
    text = app(
        service("eye", "shared device camera", "3"),
        service("ear", "shared device camera"),
        service("calibrate", "device camera"),
    )
    cameras = "[{name: left, kind: camera, path: /dev/video0}, {name: right, kind: camera}]"
    plan = checked(planned(text, fleet(site("gbg", host("gbg-1", devices=cameras)))))
    held = {r.name: [(d.name, d.shared) for d in r.devices] for r in replicas(plan)}
    (alone,) = held.pop("shop.calibrate@gbg/1")
    assert not alone[1]
    assert {tuple(found) for found in held.values()} == {
        ((({"gbg-1/left", "gbg-1/right"} - {alone[0]}).pop(), True),)
    }


def test_shared_camera_stays_where_it_is_when_one_is_wanted_alone() -> None:
    cameras = "[{name: left, kind: camera}, {name: right, kind: camera}]"
    facts = fleet(site("gbg", host("gbg-1", devices=cameras)))
    eye = service("eye", "shared device camera", "2")
    before = planned(app(eye), facts).plan
    after = planned(app(eye, service("calibrate", "device camera")), facts, current=before)
    now = {r.name: r.devices for r in replicas(checked(after))}
    assert {r.name: r.devices for r in replicas(before)}.items() <= now.items()


def test_one_camera_is_not_both_shared_and_alone() -> None:
    text = app(service("eye", "shared device camera"), head=CAMERA) + (
        "app lab {\n" + service("calibrate", "device camera") + "}\n"
    )
    found = planned(text, fleet(site("gbg", host("gbg-1", devices="[{name: left, kind: camera}]"))))
    assert len(replicas(checked(found))) == 1


def tampered(plan: Plan, **changes: object) -> Plan:
    """The plan, with its first replica changed."""
    (part,) = plan.parts
    (group,) = part.groups
    first = group.services[0]
    replica = first.replicas[0].model_copy(update=changes)
    changed = first.model_copy(update={"replicas": (replica, *first.replicas[1:])})
    groups = (group.model_copy(update={"services": (changed, *group.services[1:])}),)
    return plan.model_copy(update={"parts": (part.model_copy(update={"groups": groups}),)})


@pytest.mark.parametrize(
    ("name", "memory", "said"),
    [
        ("gbg-1/gpu1", 3, "`devices` does not hold on gbg-1 by 2GiB of one GPU"),
        ("gbg-1/gpu7", 3, "shop.eye@gbg/1 holds gbg-1/gpu7, which is not there for it"),
        ("gbg-1/gpu0", 2, "the part of site gbg is not what the clauses and facts come to"),
    ],
)
def test_plan_that_was_tampered_with_is_found_out(name: str, memory: int, said: str) -> None:
    place = app(service("eye", "gpu share 3GiB", "2"))
    found = planned(place, fleet(site("gbg", with_gpus(gpu("4GiB"), gpu("4GiB")))))
    wrong = tampered(found.plan, shares=(GpuShare(gpu=name, memory=memory * GiB),))
    assert said in [finding.text for finding in verify(wrong, found.program, found.inventory)]


def test_model_with_a_variant_brings_its_share_along() -> None:
    model = 'model m { file "m.onnx"\n variant fp16 { needs gpu share 4GiB where compute >= "7.0" } }\n'
    eye = "service eye { serves m\n replicas 2 per site\n }\n"
    found = planned(app(eye, head=model), fleet(site("gbg", with_gpus(gpu("8GiB", compute='"7.5"')))))
    assert shares(checked(found)) == dict.fromkeys(("shop.eye@gbg/1", "shop.eye@gbg/2"), (("gbg-1/gpu0", 4),))


def test_sidecar_has_a_share_of_its_own() -> None:
    eye = service("eye", "gpu share 1GiB", "1", 'sidecar probe { image "p"\n needs gpu share 2GiB\n }')
    plan = checked(planned(app(eye), fleet(site("gbg", with_gpus(gpu("4GiB"))))))
    (replica,) = replicas(plan)
    assert [s.memory // GiB for s in (*replica.shares, *replica.sidecars[0].shares)] == [1, 2]


def test_shares_of_several_services_are_offered_a_gpu_that_has_room_for_those_that_need_it() -> None:
    place = app(*(service(name, "memory 3GiB, gpu share 3GiB") for name in ("eye", "ear", "nose")))
    known = with_gpus(gpu(None, unified="true"), memory="8GiB")
    unknown = with_gpus(gpu(None), memory="8GiB", name="gbg-2")
    offered = left_out(planned(place, fleet(site("gbg", known, unknown))).plan, "shop@gbg").suggestions
    assert [s.text for s in offered] == [
        "if gpu.memory of gbg-2/gpu0 >= 6GiB",
        "with 2 more hosts like gbg-1",
    ]
