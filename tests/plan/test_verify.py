from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from placelang.explain import explain, explanation_text
from placelang.verify import verify
from placelang_runtime.canonical import from_json, part_digest, to_json
from placelang_runtime.left_out import Suggestion
from placelang_runtime.part import SitePart
from placelang_runtime.plan import Plan
from tests.plan.fleets import Planned, fleet, host, inventory, planned, program, site
from tests.plan.random_fleets import random_inventory, random_place

PLACE = """
app a {
  service s {
    image    "example.com/s:1"
    replicas 2 per site
    needs    cpu 1, memory 1GiB, gpu 1 where memory >= 4GiB
    hosts    where arch == "amd64"
    at most 1 per host
  }
  service t {
    replicas 1 per site
    same host as s
  }
}
"""
GPU = "[{memory: 8GiB}, {memory: 2GiB}]"
FACTS = fleet(
    site("x", *(host(f"x{n}", gpus=GPU) for n in (1, 2, 3)), host("x4", arch="arm64", gpus=GPU)),
    site("y", host("y1", gpus=GPU), host("y2", gpus=GPU)),
)


@pytest.fixture(scope="module")
def made() -> Planned:
    return planned(PLACE, FACTS)


def test_a_plan_holds_and_comes_out_again(made: Planned) -> None:
    assert verify(made.plan, made.program, made.inventory, replay=True) == ()


@pytest.mark.parametrize("seed", range(16))
def test_whatever_is_planned_holds_survives_its_text_and_moves_nothing_when_planned_again(seed: int) -> None:
    random = Random(seed)
    facts = random_inventory(random)
    place = _sound(random, facts)
    made = planned(place, facts)
    assert from_json(to_json(made.plan)) == made.plan
    assert verify(made.plan, made.program, made.inventory, replay=True) == ()
    again = planned(place, facts, current=made.plan)
    changes = again.plan.header.changes
    assert changes is not None
    assert changes.list == ()
    assert [(e.groups, e.proof) for e in again.plan.header.left_out] == [
        (e.groups, e.proof) for e in made.plan.header.left_out
    ]
    assert verify(again.plan, again.program, again.inventory, current=made.plan, replay=True) == ()
    assert verify(again.plan, again.program, again.inventory, replay=True) == ()
    for name in sorted({unit.service.name for unit in made.lowered.units}):
        assert explanation_text(explain(made.lowered, made.plan, name))


def _sound(random: Random, facts: str) -> str:
    """A random program in which nothing is wrong."""
    known = inventory(facts)
    while True:
        place = random_place(random)
        try:
            program(place, known)
        except AssertionError:
            continue
        return place


def altered(plan: Plan, change: Any) -> Plan:
    """The plan with the data of site x's replicas changed, and digests that fit again."""
    data = json.loads(to_json(plan))
    change(data)
    for part, said in zip(data["parts"], data["header"]["parts"], strict=True):
        said["digest"] = part_digest(SitePart.model_validate_json(json.dumps(part)))
    return from_json(json.dumps(data))


def _replica(data: Any, service: int = 0, number: int = 0) -> Any:
    return data["parts"][0]["groups"][0]["services"][service]["replicas"][number]


ALTERATIONS = {
    "on a host that a clause rules out": lambda d: _replica(d).update(host="x4", gpus=["x4/gpu0"]),
    "on a host that is not there": lambda d: _replica(d).update(host="z9"),
    "on a host of another site": lambda d: _replica(d).update(host="y1", gpus=["y1/gpu0"]),
    "two on one host": lambda d: _replica(d).update(host=_replica(d, 0, 1)["host"], gpus=[]),
    "away from its partner": lambda d: _replica(d, 1).update(
        host=({"x1", "x2", "x3"} - {_replica(d, 0, n)["host"] for n in (0, 1)}).pop()
    ),
    "with a GPU that is too small": lambda d: _replica(d).update(gpus=[_replica(d)["host"] + "/gpu1"]),
    "without a GPU": lambda d: _replica(d).update(gpus=[]),
    "with a GPU too many": lambda d: _replica(d, 1).update(gpus=[_replica(d)["host"] + "/gpu1"]),
    "with another image": lambda d: _replica(d).update(image="example.com/evil:1"),
    "with another environment": lambda d: _replica(d).update(env={"A": "b"}),
    "privileged": lambda d: d["parts"][0]["groups"][0]["services"][0]["privileges"].update(privileged=True),
    "with less memory": lambda d: d["parts"][0]["groups"][0]["services"][0]["needs"].update(memory=1),
    "one replica missing": lambda d: d["parts"][0]["groups"][0]["services"][0]["replicas"].pop(),
    "a group missing": lambda d: d["parts"][0]["groups"].clear(),
    "a host that seems emptier": lambda d: d["parts"][0]["hosts"][0]["used"].clear(),
    "a level that seems better": lambda d: d["header"]["levels"][0].update(value=-1, bound=-1),
    "more than was done": lambda d: d["header"].update(outcome="partial"),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_whoever_alters_a_plan_is_found_out_though_the_digests_fit(made: Planned, what: str) -> None:
    bad = altered(made.plan, ALTERATIONS[what])
    assert bad != made.plan
    findings = verify(bad, made.program, made.inventory)
    assert {f.kind for f in findings} & {"clause", "part"}, findings


def test_an_altered_part_does_not_fit_its_digest(made: Planned) -> None:
    data = json.loads(to_json(made.plan))
    _replica(data).update(image="example.com/evil:1")
    findings = verify(from_json(json.dumps(data)), made.program, made.inventory)
    assert "the part of site x was altered" in [f.text for f in findings if f.kind == "digest"]


def test_other_files_are_found_out(made: Planned) -> None:
    other = planned(PLACE.replace("cpu 1", "cpu 2"), FACTS.replace("x4", "x5"))
    texts = [f.text for f in verify(made.plan, other.program, other.inventory) if f.kind == "digest"]
    assert texts == [
        "fleet.place has changed since the plan was made",
        "the inventory is not the one that the plan was made from",
    ]


def test_a_clause_that_does_not_hold_is_named_by_its_line(made: Planned) -> None:
    bad = altered(made.plan, ALTERATIONS["two on one host"])
    texts = [f.text for f in verify(bad, made.program, made.inventory)]
    assert any(text.startswith("fleet.place:8:5: at most 1 per host: does not hold") for text in texts), texts


def test_a_plan_that_the_clock_ended_is_not_replayed(made: Planned) -> None:
    header = made.plan.header.model_copy(update={"timed_out": True})
    (finding,) = verify(
        made.plan.model_copy(update={"header": header}), made.program, made.inventory, replay=True
    )
    assert finding.kind == "replay"


def test_what_only_replaying_shows_is_shown_by_it() -> None:
    made = planned(PLACE, fleet(site("x", host("x1"))))
    (entry,) = made.plan.header.left_out
    said = entry.model_copy(update={"suggestions": (Suggestion(text="pay us", sites=()),)})
    plan = made.plan.model_copy(update={"header": made.plan.header.model_copy(update={"left_out": (said,)})})
    assert verify(plan, made.program, made.inventory) == ()
    (finding,) = verify(plan, made.program, made.inventory, replay=True)
    assert finding.kind == "replay"
