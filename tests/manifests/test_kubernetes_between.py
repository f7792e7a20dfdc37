"""Rules between pods: an arrangement breaks a clause of ours just where it breaks a rule of Kubernetes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from placelang.lower import lower
from placelang_scheduler.placement import Settled
from tests.manifests.kubernetes_rules import pod_of
from tests.manifests.ours import checked, suiting, translated, world_of

ZONE, ROW, HOST = "topology.kubernetes.io/zone", "example.com/row", "kubernetes.io/hostname"
PROBLEMS, ARRANGEMENTS = 40, 60
Arrangement = Mapping[str, Sequence[str]]
"""By workload, the node of each of its pods."""


def workload(rng: random.Random, name: str, others: Sequence[str]) -> dict[str, Any]:
    affinity: dict[str, Any] = {}
    pod: dict[str, Any] = {"containers": [{"name": "main", "image": "registry.example.com/x:1"}]}
    if rng.random() < 0.6:
        terms = [
            term(name if rng.random() < 0.6 else rng.choice([name, *others]), rng)
            for _ in range(rng.choice([1, 2]))
        ]
        affinity["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    if others and rng.random() < 0.4:
        required = [term(rng.choice(others), rng)]
        affinity["podAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": required}
    if rng.random() < 0.5:
        spread = {"maxSkew": rng.choice([1, 2]), "whenUnsatisfiable": "DoNotSchedule"}
        pod["topologySpreadConstraints"] = [term(name, rng) | spread]
    pod["affinity"] = affinity
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    spec = {"replicas": rng.choice([1, 2, 3]), "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def term(app: str, rng: random.Random) -> dict[str, Any]:
    selector = {"matchLabels": {"app": app}} if rng.random() < 0.5 else {"matchExpressions": [_in(app)]}
    return {"labelSelector": selector, "topologyKey": rng.choice([HOST, ZONE, ROW])}


def _in(app: str) -> dict[str, Any]:
    return {"key": "app", "operator": "In", "values": [app, "nobody"]}


def node(rng: random.Random, name: str) -> dict[str, Any]:
    labels = {HOST: name, ZONE: rng.choice(["a", "b"]), ROW: rng.choice(["1", "2", "3"])}
    if rng.random() < 0.2:
        del labels[rng.choice([ZONE, ROW])]
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {"allocatable": {"cpu": "8"}},
    }


def chosen(rule: Mapping[str, Any]) -> set[str]:
    selector = rule["labelSelector"]
    return (
        {selector["matchLabels"]["app"]}
        if "matchLabels" in selector
        else set(selector["matchExpressions"][0]["values"])
    )


def holds(
    sources: Sequence[Mapping[str, Any]], nodes: Sequence[Mapping[str, Any]], where: Arrangement
) -> bool:
    labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in nodes}
    pods = [(app, host, number) for app, hosts in where.items() for number, host in enumerate(hosts)]
    for source in sources:
        name, pod = source["metadata"]["name"], pod_of(source)
        own = [one for one in pods if one[0] == name]
        for kind, wanted in (("podAffinity", True), ("podAntiAffinity", False)):
            rules = pod["affinity"].get(kind, {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
            for rule in rules:
                key = rule["topologyKey"]
                for me in own:
                    here = labels[me[1]].get(key)
                    beside = any(
                        other != me
                        and other[0] in chosen(rule)
                        and here is not None
                        and labels[other[1]].get(key) == here
                        for other in pods
                    )
                    if beside != wanted:
                        return False
        for rule in pod.get("topologySpreadConstraints", []):
            counts = Counter(labels[host][rule["topologyKey"]] for _, host, _ in own)
            domains = {values[rule["topologyKey"]] for values in labels.values() if able(pod, values)}
            if any(
                counts[one] - min(counts[other] for other in domains) > rule["maxSkew"] for one in domains
            ):
                return False
    return True


def crowded(
    sources: Sequence[Mapping[str, Any]], nodes: Sequence[Mapping[str, Any]], where: Arrangement
) -> bool:
    """Whether several pods stand on a node without the label that some stand apart by: ours counts such a node by its
    name, and takes one."""
    keys = {
        rule["topologyKey"]
        for source in sources
        for rule in pod_of(source)["affinity"]
        .get("podAntiAffinity", {})
        .get("requiredDuringSchedulingIgnoredDuringExecution", [])
    }
    many = {
        host
        for host, count in Counter(host for hosts in where.values() for host in hosts).items()
        if count > 1
    }
    return any(
        one["metadata"]["name"] in many and not keys <= set(one["metadata"]["labels"]) for one in nodes
    )


def able(pod: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    keys = [rule["topologyKey"] for rule in pod.get("topologySpreadConstraints", [])]
    together = (
        pod["affinity"].get("podAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", [])
    )
    return all(key in labels for key in [*keys, *(rule["topologyKey"] for rule in together)])


@pytest.mark.parametrize("seed", range(PROBLEMS))
def test_an_arrangement_is_ours_where_it_is_one_of_kubernetes(seed: int) -> None:
    rng = random.Random(seed)
    names = ["a", "b"]
    sources = [workload(rng, name, [other for other in names if other != name]) for name in names]
    nodes = [node(rng, f"n{number}") for number in range(5)]
    found = translated("kubernetes", {"m.yaml": yaml.safe_dump_all(sources)})
    assert not found.partial, found.diagnostics
    program, _ = checked(found)
    world = world_of(program, "kubernetes", [{"kind": "List", "items": nodes}])
    suits = suiting(program, world)
    if not all(suits[name] for name in names):
        return
    lowered = lower(program, world)
    row = {name: at for at, name in enumerate(world.hosts.names)}
    order = [unit.service.name.partition(".")[2] for unit in lowered.units]
    everyone = frozenset(range(len(lowered.problem.groups)))
    for _ in range(ARRANGEMENTS):
        where = {
            source["metadata"]["name"]: rng.choices(
                sorted(suits[source["metadata"]["name"]]), k=source["spec"]["replicas"]
            )
            for source in sources
        }
        if crowded(sources, nodes, where):
            continue
        placements = {unit: Counter(row[host] for host in where[name]) for unit, name in enumerate(order)}
        placement = Settled(placements, everyone, {})
        broken = [
            violation
            for constraint in lowered.problem.constraints
            if constraint.weight is None
            for violation in constraint.violations(lowered.problem, placement)
        ]
        assert (not broken) == holds(sources, nodes, where), (where, broken, found.text)
