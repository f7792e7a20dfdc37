"""A host suits a service of ours where Nomad may put an allocation of its group, on every node that is tried."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from placelang.diagnostics import Source
from placelang.manifests.nomad_hcl import read_hcl
from tests.manifests.nomad_rules import CENTRES, VALUES, eligible, nodes
from tests.manifests.ours import checked, suiting, translated, world_of

CORPUS = Path(__file__).with_name("corpus") / "nomad"
GENERATED = 60
RANGES = (">= 1.6.0", "< 28, >= 20.10", "= 1.6.0", "!= 2.0.0", "~> 1.6", "~> 27.1.0", "> 1.5.9")


def agree(name: str, text: str, job: dict[str, Any], seed: int, centres: Sequence[str] = CENTRES) -> None:
    found = translated("nomad", {name: text})
    assert not found.bad, found.diagnostics
    assert not found.partial, found.diagnostics
    program, _ = checked(found)
    fleet = nodes(seed, centres)
    suits = suiting(program, world_of(program, "nomad", fleet))
    for group in job["TaskGroups"]:
        theirs = {node["Name"] for node in fleet if eligible(job, group, node)}
        assert suits[group["Name"]] == theirs, (group, found.text)


def test_the_nodes_of_a_job_in_hcl_are_those_of_nomad() -> None:
    text = (CORPUS / "yard.nomad.hcl").read_text("utf-8")
    [read], faults = read_hcl(Source("yard.nomad.hcl", text))
    assert not faults
    assert isinstance(read.data, dict)
    agree("yard.nomad.hcl", text, read.data, seed=3)


def test_the_nodes_of_a_job_of_the_api_are_those_of_nomad() -> None:
    text = (CORPUS / "exporter.json").read_text("utf-8")
    agree("exporter.json", text, json.loads(text)["Job"], seed=4)


def test_the_nodes_of_random_jobs_are_those_of_nomad() -> None:
    rng = random.Random(1)
    groups = [group(rng, f"g{number}") for number in range(GENERATED)]
    job = {"ID": "any", "Datacenters": ["*"], "NodePool": "all", "TaskGroups": groups}
    agree("job.json", json.dumps(job), job, seed=5)


def group(rng: random.Random, name: str) -> dict[str, Any]:
    rules = [rule(rng) for _ in range(rng.choice([1, 1, 2]))]
    task = {"Name": "task", "Driver": "docker", "Resources": {"CPU": 1, "MemoryMB": 1}}
    return {"Name": name, "Constraints": rules, "Tasks": [task], "EphemeralDisk": {"SizeMB": 1}}


def rule(rng: random.Random) -> dict[str, str]:
    name = rng.choice([*VALUES, "node.class", "node.datacenter"])
    values = VALUES.get(name, ("small", "", "lund"))
    operator = rng.choice(["=", "!=", "is_set", "is_not_set", "regexp", "set_contains", "set_contains_any"])
    if name == "meta.floor":
        operator = rng.choice(["<", "<=", ">", ">=", "=", "!="])
        return {"LTarget": "${meta.floor}", "Operand": operator, "RTarget": str(rng.choice([0, 1, 2, 3, 12]))}
    if name in ("attr.driver.docker.version", "attr.nomad.version"):
        operator = rng.choice(["version", "semver"])
        ranges = [text for text in RANGES if operator == "version" or "~>" not in text]
        return {"LTarget": f"${{{name}}}", "Operand": operator, "RTarget": rng.choice(ranges)}
    right = rng.choice([value for value in values if value or "set_" not in operator] or ["x"])
    return {"LTarget": f"${{{name}}}", "Operand": operator, "RTarget": right}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("job {\n", 2),
        ('job "a" {\n  count = = 1\n}\n', 2),
        ('group "g" {}\n', 1),
        ('job "a" {\n  group "g" {\n    count = max(1, 2)\n  }\n}\n', 3),
    ],
)
def test_what_is_wrong_with_hcl_is_told_at_its_line(text: str, line: int) -> None:
    found = translated("nomad", {"a.nomad": text})
    spans = [fault.span for fault in found.diagnostics if fault.span]
    assert line in {Source("a.nomad", text).position(span.start).line for span in spans}


def test_hcl_that_is_nested_without_end_is_no_harm() -> None:
    text = 'job "a" {\n  group "g" {\n    x = ' + "[" * 3_000 + "]" * 3_000 + "\n  }\n}\n"
    checked(translated("nomad", {"a.nomad": text}))
