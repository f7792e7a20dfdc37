"""A host suits a service of ours where Kubernetes would let its pod on, on every node that is tried."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from placelang.codes import Code
from tests.manifests.kubernetes_manifests import deployment
from tests.manifests.kubernetes_nodes import nodes
from tests.manifests.kubernetes_rules import TEMPLATES, eligible
from tests.manifests.ours import checked, suiting, translated, world_of

CORPUS = sorted((Path(__file__).with_name("corpus") / "kubernetes").glob("*.yaml"))
KINDS = (*TEMPLATES, "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
GENERATED = 40


def workloads(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in yaml.safe_load_all(text):
        found += document["items"] if document["kind"] == "List" else [document]
    return [one for one in found if one["kind"] in KINDS]


def agree(text: str, sources: Sequence[Mapping[str, Any]], seed: int) -> None:
    found = translated("kubernetes", {"manifest.yaml": text})
    assert not found.bad, found.diagnostics
    program, _ = checked(found)
    fleet = nodes(sources, seed)
    suits = suiting(program, world_of(program, "kubernetes", [{"kind": "List", "items": fleet}]))
    some = 0
    for workload in sources:
        theirs = {node["metadata"]["name"] for node in fleet if eligible(workload, node)}
        some += bool(theirs)
        assert suits[workload["metadata"]["name"]] == theirs, (workload["metadata"]["name"], found.text)
    assert some > len(sources) / 2  # nodes of which none suits would show nothing


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_hosts_of_a_manifest_are_those_of_kubernetes(path: Path) -> None:
    text = path.read_text("utf-8")
    agree(text, workloads(text), seed=7)


@pytest.mark.parametrize(("section", "codes"), [("Warned about", {Code.NO_COUNTERPART}), ("Repaired", set())])
def test_the_page_of_the_warning_shows_what_it_is_about(section: str, codes: set[Code]) -> None:
    page = (Path(__file__).parents[2] / "docs/errors/no-counterpart.md").read_text("utf-8")
    text = page.partition(f"## {section}")[2].partition("```yaml pod.yaml\n")[2].partition("```")[0]
    assert {fault.code for fault in translated("kubernetes", {"a.yaml": text}).diagnostics} == codes


def test_the_hosts_of_random_manifests_are_those_of_kubernetes() -> None:
    rng = random.Random(3)
    sources = [deployment(rng, f"d{number}") for number in range(GENERATED)]
    agree(yaml.safe_dump_all(sources), sources, seed=11)
