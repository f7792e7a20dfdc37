"""A host suits a service of ours where a swarm would let a task of it on, on every node that is tried."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import yaml

from tests.manifests.ours import checked, suiting, translated, world_of
from tests.manifests.swarm_rules import eligible, nodes

CORPUS = Path(__file__).with_name("corpus") / "compose"
KEYS = ("node.labels.zone", "node.labels.camera", "engine.labels.zone", "node.role", "node.hostname")
VALUES = ("hall-a", "Hall-B", "yes", "manager", "s4-2", "2", "")
GENERATED = 40


def agree(text: str, seed: int) -> None:
    found = translated("compose", {"stack.yaml": text})
    assert not found.bad, found.diagnostics
    assert not found.partial, found.diagnostics
    program, _ = checked(found)
    fleet = nodes(seed)
    suits = suiting(program, world_of(program, "docker", fleet))
    for name, service in yaml.safe_load(text)["services"].items():
        assert suits[name] == {
            node["Description"]["Hostname"] for node in fleet if eligible(service, node)
        }, name


def test_the_hosts_of_a_stack_are_those_of_the_swarm() -> None:
    agree((CORPUS / "plant.yaml").read_text("utf-8"), seed=5)


def test_the_hosts_of_random_stacks_are_those_of_the_swarm() -> None:
    rng = random.Random(9)
    services: dict[str, Any] = {}
    for number in range(GENERATED):
        count = rng.choice([1, 2, 3])
        constraints = [
            f"{rng.choice(KEYS)}{rng.choice([' == ', '!=', '==', ' != '])}{rng.choice(VALUES)}"
            for _ in range(count)
        ]
        services[f"s{number}"] = {"image": "x:1", "deploy": {"placement": {"constraints": constraints}}}
    agree(yaml.safe_dump({"services": services}), seed=6)


def test_a_variable_of_the_environment_is_a_parameter() -> None:
    web = {"image": "web:${TAG:-1}", "environment": ["A=${B:-c d}", "PASSED"], "command": "run '$$x' ${B}"}
    text = yaml.safe_dump({"services": {"web": web}})
    found = translated("compose", {"compose.yaml": text})
    checked(found)
    assert 'param TAG: string = "1"' in found.text
    assert 'image    "web:${TAG}"' in found.text
    assert 'param PASSED: string = ""' in found.text
    assert '"${B}"' in found.text
    assert '"$x"' in found.text
