"""Random workloads of Kubernetes with rules about nodes."""

from __future__ import annotations

import random
from typing import Any

LABELS = (
    "disktype",
    "example.com/tier",
    "tier",
    "topology.kubernetes.io/zone",
    "kubernetes.io/arch",
    "rack",
    "9lives",
)
VALUES = ("a", "b", "7", "40", "007")
OPERATORS = ("In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
KEYS = ("dedicated", "example.com/spot", "node-role.kubernetes.io/control-plane")


def deployment(rng: random.Random, name: str) -> dict[str, Any]:
    kind = rng.choice(["Deployment", "Deployment", "DaemonSet"])
    pod: dict[str, Any] = {"containers": [{"name": "main", "image": "registry.example.com/x:1"}]}
    if rng.random() < 0.4:
        pod["nodeSelector"] = {rng.choice(LABELS): rng.choice(VALUES)}
    if rng.random() < 0.7:
        terms = [term(rng) for _ in range(rng.choice([1, 1, 2, 3]))]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
        pod["affinity"] = {"nodeAffinity": required}
    if rng.random() < 0.6:
        pod["tolerations"] = [toleration(rng) for _ in range(rng.choice([1, 2]))]
    if rng.random() < 0.5:
        amounts = {"cpu": f"{rng.choice([100, 1500])}m", "memory": rng.choice(["100M", "2Gi", "1e9"][:2])}
        pod["containers"][0]["resources"] = {rng.choice(["requests", "limits"]): amounts}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def term(rng: random.Random) -> dict[str, Any]:
    return {"matchExpressions": [expression(rng) for _ in range(rng.choice([0, 1, 1, 2]))]}


def expression(rng: random.Random) -> dict[str, Any]:
    key, operator = rng.choice(LABELS), rng.choice(OPERATORS)
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    if operator in ("Gt", "Lt"):
        return {"key": key, "operator": operator, "values": [str(rng.choice([0, 6, 7, 39, 1000]))]}
    return {"key": key, "operator": operator, "values": rng.sample((*VALUES, ""), rng.choice([1, 2]))}


def toleration(rng: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"operator": rng.choice(["Exists", "Equal"])}
    if found["operator"] == "Equal" or rng.random() < 0.8:
        found["key"] = rng.choice(KEYS)
    if found["operator"] == "Equal":
        found["value"] = rng.choice(["gpu", "", "x"])
    if rng.random() < 0.6:
        found["effect"] = rng.choice(["NoSchedule", "NoExecute", "PreferNoSchedule"])
    return found
