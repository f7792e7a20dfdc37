"""Variants of models from the file to the plan: which one each replica serves, why not a better one, and what becomes
of that when hosts change or are lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from placelang.cli.plan_text import View, plan_text
from placelang.codes import Code
from placelang.explain import explain
from placelang.explain.explanation import Verdict
from placelang.explain.text import explanation_text
from placelang.verify import verify
from placelang_runtime.canonical import from_json, to_json
from placelang_runtime.part import Replica
from placelang_runtime.plan import Plan
from tests.check.texts import checked
from tests.plan.fleets import Planned, fleet, host, left_out, planned, program, replicas, site

EYES = """
model eyes {
  version "2"
  variant fp16 { file "eyes.fp16.onnx"; needs gpu share 4GiB where compute >= "7.0" }
  variant int8 { file "eyes.int8.onnx"; needs memory 1GiB }
}
"""
GPU = '[{memory: 6GiB, compute: "7.5"}]'
OLD = '[{memory: 6GiB, compute: "6.1"}]'
GiB = 2**30


def app(*clauses: str, models: str = EYES, serves: str = "eyes", needs: str = "memory 1GiB") -> str:
    lines = "\n".join(("", *clauses))
    service = f'service eye {{ image "i"\n serves {serves}\n needs {needs}{lines}\n }}'
    return f"{models}app shop {{\n{service}\n}}\n"


def store(*gpus: str, **facts: str) -> str:
    return fleet(site("gbg", *(host(f"g{n}", gpus=each, **facts) for n, each in enumerate(gpus, start=1))))


def sound(found: Planned, current: Plan | None = None) -> Plan:
    """The plan, which is true to its clauses, comes back from its text, and comes out again."""
    assert verify(found.plan, found.program, found.inventory, current=current, replay=True) == ()
    assert from_json(to_json(found.plan)) == found.plan
    return found.plan


def served(plan: Plan) -> dict[str, str]:
    return {r.host: "+".join(one.variant for one in r.variants) for r in replicas(plan)}


def on(plan: Plan, name: str) -> Replica:
    return next(r for r in replicas(plan) if r.host == name)


THREE = app("replicas 3 per site", "at most 1 per host", "env VARIANT = variant")


def test_each_replica_serves_the_first_variant_that_its_host_can_hold() -> None:
    plan = sound(planned(THREE, store(GPU, "[]", OLD)))
    assert served(plan) == {"g1": "fp16", "g2": "int8", "g3": "int8"}
    assert {r.host: r.env["VARIANT"] for r in replicas(plan)} == served(plan)
    assert [on(plan, "g1").needs, on(plan, "g2").needs] == [{"memory": GiB}, {"memory": 2 * GiB}]
    assert [(s.gpu, s.memory) for s in on(plan, "g1").shares] == [("g1/gpu0", 4 * GiB)]
    assert {h.name: h.used["memory"] for h in plan.parts[0].hosts} == {
        "g1": GiB,
        "g2": 2 * GiB,
        "g3": 2 * GiB,
    }
    (level,) = [level for level in plan.header.levels if level.name.startswith("preferences")]
    assert (level.value, level.bound) == (2, 2)


def test_part_has_the_files_of_all_variants() -> None:
    (model,) = sound(planned(THREE, store(GPU, "[]", "[]"))).parts[0].models
    assert (model.variant, model.file) == ("fp16", "eyes.fp16.onnx")
    assert [(one.name, one.file) for one in model.worse] == [("int8", "eyes.int8.onnx")]


@pytest.mark.parametrize(
    ("gpus", "clauses", "why"),
    [
        ("[]", (), 'g1 lacks `gpu share 4GiB where compute >= "7.0"`'),
        ("null", (), "not known of g1: gpus of g1"),
        (GPU, ("prefer hosts where memory >= 1GiB", "replicas 2 per site"), "others hold what g1 has"),
    ],
)
def test_what_was_in_the_way_of_the_better_one_is_told(gpus: str, clauses: tuple[str, ...], why: str) -> None:
    plan = sound(planned(app("replicas 1 per site" if len(clauses) < 2 else "", *clauses), store(gpus)))
    (worse,) = [r for r in replicas(plan) if r.better]
    assert why in worse.better[0].text
    text = plan_text(plan, View(), width=200, colour=False)
    assert "Not the best variant: 1 replica" in text
    assert f"not fp16: {why}" in text


def test_amount_that_runs_short_is_told() -> None:
    models = 'model eyes {\n variant big { file "b"; needs memory 6GiB }\n variant small { file "s" }\n}\n'
    plan = sound(planned(app("replicas 2 per site", models=models), store("[]")))
    (worse,) = [r for r in replicas(plan) if r.better]
    assert worse.better[0].text == "it needs 7GiB of memory, and g1 has 1GiB of memory left"


def test_of_several_models_every_combination_is_a_choice() -> None:
    ears = 'model ears { file "ears.onnx"\n variant far { needs memory 4GiB }\n variant near { needs cpu 1 }\n}\n'
    text = app("replicas 1 per site", models=EYES + ears, serves="eyes, ears")
    assert served(sound(planned(text, store(GPU)))) == {"g1": "fp16+far"}
    assert served(sound(planned(text, store(GPU, memory="4GiB")))) == {"g1": "fp16+near"}
    assert served(sound(planned(text, store("[]")))) == {"g1": "int8+far"}
    plan = sound(planned(text, store("[]", memory="4GiB")))
    assert served(plan) == {"g1": "int8+near"}
    assert ["+".join(v.variant for v in one.variants) for one in on(plan, "g1").better] == [
        "fp16+far",
        "fp16+near",
        "int8+far",
    ]


def test_preference_may_be_worth_a_worse_variant() -> None:
    text = "label host.role: string\n" + app('prefer hosts where role == "eye" weight WEIGHT')
    facts = fleet(
        site("gbg", host("g1", gpus=GPU, labels='{role: "till"}'), host("g2", labels='{role: "eye"}'))
    )
    assert served(sound(planned(text.replace("WEIGHT", "2"), facts))) == {"g2": "int8"}
    text = text.replace("weight WEIGHT", "")
    assert set(served(sound(planned(text, facts)))) <= {"g1", "g2"}  # a point is a point


def test_replica_changes_its_variant_where_it_stands() -> None:
    before = sound(planned(THREE, store(GPU, "[]", "[]")))
    found = planned(THREE, store(GPU, GPU, "[]"), current=before)
    plan = sound(found, before)
    assert served(plan) == {"g1": "fp16", "g2": "fp16", "g3": "int8"}
    assert {r.name: r.host for r in replicas(plan)} == {r.name: r.host for r in replicas(before)}
    assert plan.header.changes is not None
    assert plan.header.changes.move == 0
    steps = plan.parts[0].steps
    assert steps is not None
    assert [(step.kind, step.host) for step in steps.nodes] == [
        ("stop", "g2"),  # first, as only one may stand there
        ("start", "g2"),
        ("switch", "g2"),
        ("clean", "g2"),
    ]


def test_worse_variant_takes_over_where_the_better_has_no_gpu_any_more_and_only_there() -> None:
    before = sound(planned(THREE, store(GPU, GPU, "[]")))
    plan = sound(planned(THREE, store(GPU, "[]", "[]"), current=before), before)
    assert served(plan) == {"g1": "fp16", "g2": "int8", "g3": "int8"}
    unknown = sound(planned(THREE, store(GPU, "null", "[]"), current=before), before)
    assert served(unknown) == {
        "g1": "fp16",
        "g2": "fp16",
        "g3": "int8",
    }  # what is not known any more moves nothing
    assert [stay.host for stay in unknown.header.stays] == ["g2"]


def test_plan_before_there_were_variants_is_the_current_one() -> None:
    one = 'model eyes { version "2"; file "eyes.onnx"; needs gpu share 4GiB }\n'
    before = sound(planned(app("replicas 2 per site", models=one), store(GPU, GPU)))
    after = sound(planned(app("replicas 2 per site"), store(GPU, "[]"), current=before), before)
    assert served(after) == {"g1": "fp16", "g2": "int8"}


def test_kept_volume_stays_where_its_replica_changes_its_variant() -> None:
    text = app("replicas 1 per site", 'volume "/data" keep')
    before = sound(planned(text, store("[]", "[]")))
    (held,) = served(before)
    now = fleet(site("gbg", *(host(n, gpus="[]" if n == held else GPU) for n in ("g1", "g2"))))
    assert served(sound(planned(text, now, current=before), before)) == {held: "int8"}


def test_spread_same_and_link_look_at_all_variants() -> None:
    near = 'service near { image "i"\n replicas 3 per site\n same host as eye\n at most 1 per host\n }\n'
    text = app("replicas 3 per site", "spread over host").removesuffix("}\n") + near + "}\n"
    plan = sound(planned(text, store(GPU, "[]", "[]")))
    assert sorted(r.host for r in replicas(plan)) == ["g1", "g1", "g2", "g2", "g3", "g3"]


def test_lost_host_is_survived_by_a_worse_variant() -> None:
    found = planned(app("replicas 1 per site", "survive 1 host"), store(GPU, "[]"))
    plan = sound(found)
    part = plan.parts[0]
    (lost,) = [one for one in part.contingencies if one.lost == ("g1",)]
    (start,) = lost.starts
    assert [one.variant for one in start.replica.variants] == ["int8"]
    assert start.replica.needs == {"memory": 2 * GiB}
    (hand,) = [one for one in part.at_hand if one.host == "g2"]
    assert [(one.model, one.variant) for one in hand.variants] == [("eyes", "int8")]


@pytest.mark.parametrize("change", [{"variants": []}, {"needs": {"memory": GiB}}, {"better": []}])
def test_plan_that_says_otherwise_is_found_out(change: dict[str, Any]) -> None:
    found = planned(THREE, store(GPU, "[]", "[]"))
    document = json.loads(to_json(found.plan))
    (service,) = document["parts"][0]["groups"][0]["services"]
    service["replicas"][1] |= change
    findings = verify(from_json(json.dumps(document)), found.program, found.inventory)
    assert {finding.kind for finding in findings} & {"clause", "part"}


def test_left_out_says_what_is_short_for_each_variant() -> None:
    found = planned(app("replicas 1 per site"), store("[]", memory="1GiB"))
    entry = left_out(sound(found), "shop@gbg")
    texts = [reason.text for reason in entry.reasons]
    assert any(text.startswith("none of one host") or "~ fp16" in text for text in texts)
    assert "shop.eye ~ int8 needs 2GiB of memory; the most that g1 can give is 1GiB of memory" in texts
    assert {(funnel.service, funnel.variant) for funnel in entry.funnels} == {
        ("shop.eye", "fp16"),
        ("shop.eye", "int8"),
    }
    assert entry.services == ("shop.eye",)


def test_explanation_speaks_of_each_form() -> None:
    found = planned(THREE, store(GPU, "[]", "null"))
    told = explain(found.lowered, found.plan, "shop.eye")
    assert [(unit.name, unit.placed) for unit in told.units] == [
        ("shop.eye@gbg ~ fp16", 1),
        ("shop.eye@gbg ~ int8", 2),
    ]
    assert {v.host: v.verdict for v in told.units[0].hosts} == {
        "g1": Verdict.RUNS,
        "g2": Verdict.RULED_OUT,
        "g3": Verdict.UNDECIDED,
    }
    assert "shop.eye@gbg ~ int8: 2 placed" in explanation_text(told)


def test_image_may_be_called_after_the_variant() -> None:
    text = THREE.replace('image "i"', 'image "registry/eye-${variant}:1"')
    plan = sound(planned(text, store(GPU, "[]", "[]")))
    assert on(plan, "g2").image == "registry/eye-int8:1"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (EYES.replace("int8 {", "fp16 {"), Code.DUPLICATE, "there are two variants `fp16`"),
        (EYES.replace('file "eyes.int8.onnx"; ', ""), Code.MISSING_VALUE, "the variant `int8` has no file"),
        (
            "model m {\n" + "".join(f'variant v{n} {{ file "{n}" }}\n' for n in range(17)) + "}",
            Code.OUT_OF_RANGE,
            "a model has 16 variants at most",
        ),
        (
            "".join(
                f"model m{k} {{\n" + "".join(f'variant v{n} {{ file "{n}" }}\n' for n in range(9)) + "}\n"
                for k in (1, 2)
            )
            + 'app a { service s { image "i"; serves m1, m2 } }',
            Code.OUT_OF_RANGE,
            "the variants of these models make 81 choices, and a service has 64 at most",
        ),
        (app('command "${variant}"'), Code.NOT_CONSTANT, "an argument is a constant"),
    ],
)
def test_variants_that_cannot_be_are_refused(text: str, code: Code, message: str) -> None:
    found, diagnostics = checked(text)
    assert found is None
    assert (code, message) in [(d.code, d.message) for d in diagnostics]


def test_every_variant_has_its_own_choice() -> None:
    (service,) = program(app("replicas 1 per site")).apps[0].services
    assert [(choice.variants, choice.step) for choice in service.choices] == [
        ((("eyes", "fp16"),), 0),
        ((("eyes", "int8"),), 1),
    ]
