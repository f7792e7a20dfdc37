"""What was measured of a model on a host is a fact of the host, wherever inventories come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from placelang.inventory import Inventory
from placelang.inventory.probed import inventory_of
from placelang.store import Store, Trust
from placelang.world import build_world
from placelang_runtime.host_facts import HostFacts
from tests.plan.fleets import fleet, host, inventory, left_out, planned, program, site, where

PLACE = """
model queue { version "1"; file "queue.onnx" }
app plan {
  service eye {
    image "i"
    serves queue
    replicas 1 per site
    hosts where model(queue).p95 <= 40ms and model(queue).memory <= 1GiB
  }
}
"""
MEASURED = '{"model.queue.p95": 35ms, "model.queue.memory": 600MiB, "model.queue.throughput": 28}'


def test_a_measured_model_is_placed_where_it_is_quick_enough() -> None:
    slow = MEASURED.replace("35ms", "80ms")
    facts = fleet(site("x", host("x1", labels=slow), host("x2", labels=MEASURED), host("x3")))
    assert where(planned(PLACE, facts).plan) == {"plan.eye@x/1": "x2"}


def test_what_was_never_measured_is_wanted() -> None:
    entry = left_out(planned(PLACE, fleet(site("x", host("x1")))).plan, "plan@x")
    (suggestion,) = entry.suggestions
    assert suggestion.text == 'if model("queue").memory of x1 <= 1GiB and model("queue").p95 of x1 <= 40ms'
    assert [fact.keys for fact in suggestion.facts] == [
        ("labels", "model.queue.memory"),
        ("labels", "model.queue.p95"),
    ]


@pytest.mark.parametrize("wrong", ["35", "quick", "35MiB", "[35ms]", "-1ms"])
def test_what_is_no_duration_is_told_and_unknown(wrong: str) -> None:
    facts = fleet(
        site("x", host("x1", labels=MEASURED.replace("35ms", f'"{wrong}"' if wrong != "35" else wrong)))
    )
    known = inventory(facts)
    world, warnings = build_world(known, program(PLACE, known))
    assert [warning.severity.value for warning in warnings] == ["warning"]
    assert world.hosts.facts['model("queue").p95'].value(0) is None


def test_a_probe_and_a_store_carry_it(tmp_path: Path) -> None:
    seen = HostFacts(
        host="x1",
        site="x",
        observed="2026-03-02T05:00:00Z",
        facts={},
        labels={"model.queue.p95": "35ms", "model.queue.throughput": 28.0},
        gpus=(),
        devices=(),
        unknown=(),
    )
    probed, _ = inventory_of(seen, "probe")
    assert probed is not None
    with Store(f"sqlite:///{tmp_path}/fleet.db", create=True) as store:
        store.add(probed, trust=Trust.PROBE, now=10**13)
        stored = store.inventory(10**13)
    assert [_profile(one) for one in (probed, stored)] == [(35.0, 28.0)] * 2


def _profile(known: Inventory) -> tuple[object, object]:
    world, _ = build_world(known, program(PLACE, known))
    facts = world.hosts.facts
    return facts['model("queue").p95'].value(0), facts['model("queue").throughput'].value(0)
