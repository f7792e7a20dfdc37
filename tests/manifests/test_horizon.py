"""A host suits a service of ours where the properties of its node satisfy the constraints of the deployment."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from placelang.diagnostics import Source
from placelang.importers import import_hosts
from placelang.inventory import read_inventory
from placelang.world import build_world
from tests.manifests.horizon_rules import TYPES, nodes, policy, satisfied
from tests.manifests.ours import checked, suiting, translated

CORPUS = Path(__file__).with_name("corpus") / "horizon"
GENERATED = 60


def agree(texts: dict[str, str], wanted: dict[str, Sequence[str]], arch: str | None, seed: int) -> None:
    found = translated("horizon", texts)
    assert not found.bad, found.diagnostics
    assert not found.partial, found.diagnostics
    program, _ = checked(found)
    fleet = nodes(seed)
    sources = [Source(f"{name}.json", json.dumps(policy(node))) for name, node in fleet.items()]
    hosts = import_hosts("horizon", sources, site="yard")
    inventory, faults = read_inventory(Source("inventory.json", json.dumps(hosts.document)))
    assert inventory is not None, faults
    suits = suiting(program, build_world(inventory, program)[0])
    for service, constraints in wanted.items():
        theirs = {
            name
            for name, node in fleet.items()
            if node["openhorizon.arch"] == (arch or node["openhorizon.arch"])
            and all(satisfied(text, node) for text in constraints)
        }
        assert suits[service] == theirs, (service, constraints, found.text)


def test_the_nodes_of_a_deployment_are_those_of_open_horizon() -> None:
    texts = {path.name: path.read_text("utf-8") for path in sorted(CORPUS.glob("*.json"))}
    constraints = json.loads(texts["vision.policy.json"].partition("*/")[2])["constraints"]
    agree(texts, {"vision": constraints}, "arm64", seed=3)


def test_the_nodes_of_random_constraints_are_those_of_open_horizon() -> None:
    rng = random.Random(13)
    wanted: dict[str, Sequence[str]] = {}
    texts = {}
    for number in range(GENERATED):
        name = f"s{number}"
        wanted[name] = [joined(rng) for _ in range(rng.choice([1, 2]))]
        document = {"service": {"name": name, "org": "yard", "arch": "*"}, "constraints": wanted[name]}
        texts[f"{name}.json"] = json.dumps(document)
    agree(texts, wanted, None, seed=4)


def joined(rng: random.Random) -> str:
    parts = [compared(rng) for _ in range(rng.choice([1, 2, 3]))]
    text = parts[0]
    for part in parts[1:]:
        text = f"{text} {rng.choice(['AND', 'OR', '&&', '||'])} {part}"
    return text if rng.random() < 0.5 else f"({text}) {rng.choice(['AND', 'OR'])} {compared(rng)}"


def compared(rng: random.Random) -> str:
    name = rng.choice([name for name in TYPES if name != "openhorizon.arch"])
    kind, values = TYPES[name]
    value = rng.choice(values)
    if kind == "version":
        return f"{name} in {rng.choice(['[1.2.0,2.0.0)', '(1.2.0,INFINITY)', '[0.9,2.0.0]'])}"
    if kind is not None:
        return f'{name} in "{rng.choice(["dry", "cold", "warm,wet", "other"])}"'
    if isinstance(value, bool):
        return f"{name} {rng.choice(['==', '='])} {str(value).lower()}"
    if isinstance(value, int | float):
        return f"{name} {rng.choice(['==', '<', '>', '<=', '>=', '='])} {value}"
    return f'{name} {rng.choice(["==", "!=", "="])} "{value}"'
