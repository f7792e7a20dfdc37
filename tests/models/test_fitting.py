"""What a plan warns of: models that cannot be served where they are to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from onnx import helper

from tests.cli.console import Console
from tests.models.making import dense, model, saved, values

PAGE = Path(__file__).parents[2] / "docs/errors/unfit-model.md"
INVENTORY = """
format: placelang/inventory/1
sites:
  - name: gbg
    hosts:
      - {name: gbg-1, up: true, memory: 8GiB, labels: {providers: [cpu]}}
      - {name: gbg-2, up: true, memory: 8GiB}
"""
PROGRAM = """
model queues {{
  file "queues.onnx"
  {clause}
}}

app shop {{
  service counter {{
    {image}
    serves   queues
    replicas 2 per site
    at most 1 per host
    needs    memory {memory}
  }}
}}
"""


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def told(console: Console, *, memory: str = "2GiB", clause: str = "", image: str = "") -> str:
    (console.folder / "a.place").write_text(
        PROGRAM.format(clause=clause, image=image, memory=memory), "utf-8"
    )
    (console.folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    return " ".join(console.run("plan", "a.place", "-i", "inventory.yaml", code=0).err.split())


def test_a_model_that_fits_is_not_mentioned(console: Console) -> None:
    saved(dense(), console.folder, "queues.onnx")
    assert "unfit-model" not in told(console)


def test_less_memory_than_one_request_takes_is_told(console: Console) -> None:
    saved(dense(), console.folder, "queues.onnx")
    said = told(console, memory="8MiB")
    assert "a replica gets 8MiB of memory, and one request to `queues.onnx` alone took" in said
    assert re.search(r"write `needs memory \d+MiB` or more", said)


def test_an_image_of_its_own_needs_what_it_needs(console: Console) -> None:
    saved(dense(), console.folder, "queues.onnx")
    assert "unfit-model" not in told(
        console, memory="8MiB", image='image "registry.example.com/lp/counter:1"'
    )


def test_a_model_that_runs_on_nothing_here_is_told_with_the_reason(console: Console) -> None:
    nodes = [helper.make_node("Nonsense", ["x"], ["y"], domain="com.example")]
    opsets = {"": 17, "com.example": 1}
    saved(model(nodes, [values("x", 4)], [values("y", 4)], opsets=opsets), console.folder, "queues.onnx")
    said = told(console)
    assert "`queues.onnx` does not run on ONNX Runtime" in said
    assert "Nonsense" in said


def test_hosts_without_the_provider_are_told_and_those_nobody_knows_are_not(console: Console) -> None:
    said = told(console, clause="providers cuda, openvino")
    assert "gbg-1 has none of the execution providers of `queues`: cuda, openvino" in said
    assert "gbg-2" not in said.partition("warning[unfit-model]")[2]


@pytest.mark.parametrize(("kind", "expected"), [("Warned about", True), ("Repaired", False)])
def test_its_page_shows_what_it_says(console: Console, kind: str, expected: bool) -> None:
    section = PAGE.read_text("utf-8").partition(f"## {kind}\n")[2].partition("\n## ")[0]
    (place,) = re.findall(r"```place\n(.*?)```", section, re.DOTALL)
    (inventory,) = re.findall(r"```yaml inventory.yaml\n(.*?)```", section, re.DOTALL)
    (console.folder / "a.place").write_text(place, "utf-8")
    (console.folder / "inventory.yaml").write_text(inventory, "utf-8")
    assert ("[unfit-model]" in console.run("plan", "a.place", "-i", "inventory.yaml").err) == expected
