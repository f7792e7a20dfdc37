"""`placelang model profile`: what is measured becomes facts that placement files ask for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placelang.cli.exits import Exit
from placelang.inventory.probed import as_document
from placelang.models.inspection import Profile
from placelang.models.profiling import as_facts, labels_of
from placelang_runtime.host_facts import HostFacts
from tests.cli.console import Console
from tests.models.making import dense, saved
from tests.plan.fleets import planned, where

PLACE = """
model queue { version "1"; file "queue.onnx" }
app plan {
  service eye {
    image "i"
    serves queue
    replicas 1 per site
    hosts where model(queue).p95 <= 10s and model(queue).memory <= 4GiB and model(queue).throughput > 0
  }
}
"""
FOUND = Profile(
    provider="CPUExecutionProvider",
    runs=200,
    p50=12.34567,
    p95=20.0,
    p99=1234.5,
    mean=0.0000001,
    throughput=28.04,
    memory=600 * 2**20,
    as_one=(),
)


def test_facts_are_written_as_inventories_write_them() -> None:
    assert labels_of(FOUND, "plan.queue") == {
        "model.plan.queue.p50": "12.346ms",
        "model.plan.queue.p95": "20ms",
        "model.plan.queue.p99": "1234.5ms",
        "model.plan.queue.mean": "0.001ms",
        "model.plan.queue.throughput": 28.0,
        "model.plan.queue.memory": "600MiB",
    }


def test_facts_of_a_model_say_nothing_else_of_the_host() -> None:
    facts = as_facts(FOUND, "queue", host="x1", site="x", observed="2026-03-02T05:00:00Z")
    assert (facts.facts, facts.gpus, facts.devices, facts.unknown) == ({}, None, None, ())


def test_what_is_measured_is_what_placement_files_ask_for(console: Console) -> None:
    saved(dense(), console.folder, "queue.onnx")
    shown = console.run(
        "model", "profile", "queue.onnx", "--provider", "cpu", "--runs", "100",
        "--site", "x", "--host", "x1", "-o", "facts.json", code=Exit.DONE,
    )  # fmt: skip
    assert shown.out.startswith("cpu, 100 requests, with batch as 1\n")
    written = HostFacts.model_validate_json((console.folder / "facts.json").read_text(encoding="utf-8"))
    assert set(written.labels) == {
        f"model.queue.{what}" for what in ("p50", "p95", "p99", "mean", "throughput", "memory")
    }
    assert where(planned(PLACE, json.dumps(as_document(written))).plan) == {"plan.eye@x/1": "x1"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--provider", "abacus"), Exit.INPUT, "there is no execution provider `abacus` here: there is "),
        (("--runs", "3"), Exit.USAGE, "--runs"),
        (("-o", "facts.json"), Exit.USAGE, "say where this host stands"),
        (("--name", "a b"), Exit.USAGE, "is no name of a model"),
    ],
    ids=["provider", "runs", "nowhere", "name"],
)
def test_what_cannot_be_measured_is_told(
    console: Console, arguments: tuple[str, ...], code: Exit, said: str
) -> None:
    saved(dense(), console.folder)
    assert said in console.run("model", "profile", "model.onnx", *arguments, code=code).err


def test_what_is_no_model_is_not_measured(console: Console) -> None:
    Path(console.folder / "model.onnx").write_bytes(b"hello")
    ended = console.run("model", "profile", "model.onnx", code=Exit.INPUT)
    assert ended.err == "error: model.onnx: this is no ONNX file\n"
