"""Random nodes of Kubernetes, which often have what the rules of a pod ask for, and often almost."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.manifests.kubernetes_rules import asked, demand, pod_of

SETS, SIZE = 200, 6
FACTS = ("kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os")
ZONE = "topology.kubernetes.io/zone"
PRODUCTS = ("nvidia.com/gpu.product", "nvidia.com/gpu.memory", "nvidia.com/gpu.compute.major")


def nodes(workloads: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, Any]]:
    """As many sets of nodes as are to be tried, as one fleet: what suits a node depends on that node alone."""
    rng = random.Random(seed)
    wanted: dict[str, set[str]] = {}
    taints = [("dedicated", "gpu"), ("dedicated", ""), ("node-role.kubernetes.io/control-plane", "")]
    amounts: dict[str, list[int]] = {}
    for workload in workloads:
        pod = pod_of(workload)
        for key, value in asked(pod):
            wanted.setdefault(key, set()).add(value)
        taints += [
            (one["key"], one.get("value", "")) for one in pod.get("tolerations") or [] if one.get("key")
        ]
        for name, need in demand(pod).items():
            amounts.setdefault(name, []).append(int(need * 1000))
    return [node(rng, f"s{at // SIZE}-{at % SIZE}", wanted, taints, amounts) for at in range(SETS * SIZE)]


def node(
    rng: random.Random,
    name: str,
    wanted: Mapping[str, set[str]],
    taints: Sequence[tuple[str, str]],
    amounts: Mapping[str, list[int]],
) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name if rng.random() < 0.9 else f"{name}.lan"}
    for key, values in wanted.items():
        near = [*sorted(values) * 2, "other", "7", "41", *([""] if key != ZONE else [])]
        if key not in FACTS and rng.random() < 0.75:
            labels[key] = "true" if key.startswith("feature.node") else rng.choice(near)
    arch, os = rng.choice(["amd64", "amd64", "arm64"]), rng.choice(["linux", "linux", "linux", "windows"])
    labels |= {"kubernetes.io/arch": arch, "kubernetes.io/os": os}
    labels |= {"beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": os}
    allocatable = {
        "cpu": f"{rng.choice([500, 2000, 8000])}m",
        "memory": f"{rng.choice([64, 1024, 65536])}Mi",
        "pods": "110",
    }
    for resource, needs in amounts.items():
        if resource in ("cpu", "memory") or rng.random() < 0.8:
            exact = max(rng.choice(needs) + rng.choice([-1000, 0, 0, 1000]), 0)
            generous = rng.random() < 0.6
            allocatable[resource] = (
                f"{exact * (50 if generous else 1)}m"
                if resource == "cpu"
                else str(exact * (50 if generous else 1) // 1000)
            )
    if ZONE in labels:
        labels[ZONE] = labels[ZONE] or "hall-b"
    if rng.random() < 0.5 and any(key in PRODUCTS for key in wanted):
        allocatable.setdefault("nvidia.com/gpu", "2")
    gpus = int(allocatable.get("nvidia.com/gpu", 0))
    if "nvidia.com/gpu" in allocatable:
        allocatable["nvidia.com/gpu"] = str(min(gpus, 8))
    if not gpus:
        labels = {key: value for key, value in labels.items() if key not in PRODUCTS}
    else:
        labels = {key: value or "1" for key, value in labels.items()}
        if "nvidia.com/gpu.memory" in labels and not labels["nvidia.com/gpu.memory"].isdigit():
            labels["nvidia.com/gpu.memory"] = "15360"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "taints": [
                {
                    "key": key,
                    **({"value": value} if value else {}),
                    "effect": rng.choice(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
                }
                for key, value in dict(rng.sample(taints, rng.choice([0, 0, 1, 1, 2]))).items()
            ],
            **({"unschedulable": True} if rng.random() < 0.15 else {}),
        },
        "status": {"allocatable": allocatable, "nodeInfo": {"architecture": arch, "operatingSystem": os}},
    }
