"""Which nodes of a swarm may run a task of a service, by what Docker's documentation says, without any code of ours.

https://docs.docker.com/reference/cli/docker/service/create/#constraint
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

SETS, SIZE = 200, 6
ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}
SIZES = {"m": 2**20, "gb": 2**30, "g": 2**30}


def eligible(service: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    deploy = service.get("deploy") or {}
    placement = deploy.get("placement") or {}
    return (
        node["Spec"]["Availability"] == "active"
        and all(met(text, node) for text in placement.get("constraints") or [])
        and fits((deploy.get("resources") or {}).get("reservations") or {}, node["Description"]["Resources"])
        and on_platform(service.get("platform"), node["Description"]["Platform"])
    )


def met(text: str, node: Mapping[str, Any]) -> bool:
    key, operator, value = re.split(r"\s*(==|!=)\s*", text, maxsplit=1)
    return (value_of(key.strip(), node).lower() == value.strip().lower()) == (operator == "==")


def value_of(key: str, node: Mapping[str, Any]) -> str:
    if key.startswith("node.labels."):
        return str(node["Spec"]["Labels"].get(key.removeprefix("node.labels."), ""))
    if key.startswith("engine.labels."):
        return str(node["Description"]["Engine"]["Labels"].get(key.removeprefix("engine.labels."), ""))
    return {
        "node.id": str(node["ID"]),
        "node.hostname": str(node["Description"]["Hostname"]),
        "node.role": str(node["Spec"]["Role"]),
        "node.platform.os": str(node["Description"]["Platform"]["OS"]),
        "node.platform.arch": str(node["Description"]["Platform"]["Architecture"]),
    }[key]


def fits(reserved: Mapping[str, Any], has: Mapping[str, Any]) -> bool:
    named: dict[str, int] = {}
    for resource in has["GenericResources"]:
        for one in resource.values():
            named[one["Kind"]] = named.get(one["Kind"], 0) + (
                one["Value"] if isinstance(one["Value"], int) else 1
            )
    wanted = [one["discrete_resource_spec"] for one in reserved.get("generic_resources") or []]
    wanted += [{"kind": "NVIDIA-GPU", "value": one["count"]} for one in reserved.get("devices") or []]
    return (
        float(reserved.get("cpus", 0)) * 10**9 <= has["NanoCPUs"]
        and size(reserved.get("memory", "0m")) <= has["MemoryBytes"]
        and all(one["value"] <= named.get(one["kind"], 0) for one in wanted)
    )


def size(text: str) -> int:
    digits = text.rstrip("mgb")
    return int(digits) * SIZES[text[len(digits) :]]


def on_platform(platform: str | None, has: Mapping[str, str]) -> bool:
    return platform in (None, f"{has['OS']}/{ARCHES[has['Architecture']]}")


def nodes(seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [node(rng, f"s{at // SIZE}-{at % SIZE}") for at in range(SETS * SIZE)]


def node(rng: random.Random, name: str) -> dict[str, Any]:
    values = {
        "zone": ("hall-a", "hall-b", "HALL-B", ""),
        "camera": ("yes", "YES", "no"),
        "tier": ("", "gold"),
        "rack": ("1", "2"),
        "runtime": ("legacy", "Legacy", "new"),
    }
    labels = {key: rng.choice(some) for key, some in values.items() if rng.random() < 0.7}
    engine = {key: rng.choice(some) for key, some in values.items() if rng.random() < 0.4}
    named = [{"NamedResourceSpec": {"Kind": "NVIDIA-GPU", "Value": "GPU-1"}}] if rng.random() < 0.5 else []
    some = (
        [{"DiscreteResourceSpec": {"Kind": "encoder", "Value": rng.choice([1, 2, 4])}}]
        if rng.random() < 0.7
        else []
    )
    platform = {"Architecture": rng.choice(sorted(ARCHES)), "OS": rng.choice(["linux", "linux", "windows"])}
    amounts = {
        "NanoCPUs": rng.choice([4, 1, 0.25, 0.5]) * 10**9,
        "MemoryBytes": rng.choice([2**28, 2**30, 2**33]),
    }
    return {
        "ID": f"id-{name}",
        "Spec": {
            "Labels": labels,
            "Role": rng.choice(["manager", "worker"]),
            "Availability": rng.choice(["active", "active", "active", "drain", "pause"]),
        },
        "Description": {
            "Hostname": name,
            "Platform": platform,
            "Resources": amounts | {"GenericResources": [*named, *some]},
            "Engine": {"EngineVersion": "27.1", "Labels": engine},
        },
        "Status": {"State": "ready"},
    }
