"""The tables of `docs/migrating.md`: what stands there becomes what stands beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.manifests.ours import checked, translated

PAGE = (Path(__file__).parents[2] / "docs/migrating.md").read_text("utf-8")
HOSTNAME = "kubernetes.io/hostname"


def pod(**spec: Any) -> str:
    containers = spec.pop("containers", [{"name": "a", "image": "a:1"} | spec.pop("container", {})])
    kind, around = spec.pop("kind", "Deployment"), spec.pop("around", {})
    template = {"metadata": {"labels": {"app": "a"}}, "spec": spec | {"containers": containers}}
    workload = {"kind": kind, "metadata": {"name": "a"}, "spec": around | {"template": template}}
    other = {
        "kind": "Pod",
        "metadata": {"name": "b", "labels": {"app": "b"}},
        "spec": {"containers": [{"name": "b"}]},
    }
    return yaml.safe_dump_all([workload, other])


def affinity(kind: str, app: str, key: str = HOSTNAME, weight: int = 0) -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}
    soft = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "podAffinityTerm": term}]}
    return {kind: soft if weight else {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def required(key: str, operator: str, *values: str) -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def spread(when: str) -> list[dict[str, Any]]:
    rule = {"maxSkew": 2, "topologyKey": "example.com/row", "whenUnsatisfiable": when}
    return [rule | {"labelSelector": {"matchLabels": {"app": "a"}}}]


def service(**one: Any) -> str:
    return yaml.safe_dump({"services": {"a": {"image": "a:1"} | one, "b": {"image": "b:1"}}})


def constraint(text: str) -> str:
    return service(deploy={"placement": {"constraints": [text]}})


def job(*lines: str, group: str = "", task: str = "") -> str:
    inner = f'group "a" {{\n{group}\ntask "a" {{\ndriver = "docker"\n{task}\n}}\n}}'
    return 'job "a" {\n' + "\n".join(lines) + f"\n{inner}\n}}\n"


def rule(attribute: str, operator: str, value: str, block: str = "constraint") -> str:
    return f'{block} {{\nattribute = "{attribute}"\noperator = "{operator}"\nvalue = "{value}"\n}}'


def policy(constraint: str) -> str:
    return yaml.safe_dump({"service": {"name": "a", "org": "o"}, "constraints": [constraint]})


ROWS = [
    ("kubernetes", pod(around={"replicas": 4}), "replicas: N", "replicas 4"),
    ("kubernetes", pod(kind="DaemonSet"), "DaemonSet", "replicas 1 per host"),
    ("kubernetes", pod(nodeSelector={"disk": "ssd"}), "nodeSelector", 'hosts where node-disk == "ssd"'),
    ("kubernetes", pod(affinity=required("a", "NotIn", "x")), "NotIn", 'hosts where a != "x"'),
    ("kubernetes", pod(affinity=required("a", "Exists")), "Exists", "hosts where known(a)"),
    ("kubernetes", pod(affinity=required("a", "DoesNotExist")), "DoesNotExist", "hosts where not known(a)"),
    (
        "kubernetes",
        pod(affinity=required("a", "Gt", "8")),
        "Gt",
        "hosts where a ~ '^0*([1-9][0-9]{1,18}|9)$'",
    ),
    ("kubernetes", pod(nodeName="n"), "nodeName", 'hosts where name == "n"'),
    ("kubernetes", pod(), "unschedulable", "hosts where open"),
    (
        "kubernetes",
        pod(tolerations=[{"key": "k", "value": "v"}]),
        "tolerations",
        "hard-taints ~ '^(k=v:[A-Za-z]+;)*$'",
    ),
    ("kubernetes", pod(affinity=affinity("podAntiAffinity", "a")), "at most 1 per K", "at most 1 per host"),
    (
        "kubernetes",
        pod(affinity=affinity("podAntiAffinity", "b")),
        "different K than S",
        "different host than b",
    ),
    ("kubernetes", pod(affinity=affinity("podAffinity", "b")), "same K as S", "same host as b"),
    (
        "kubernetes",
        pod(affinity=affinity("podAffinity", "b", weight=40)),
        "preferred affinities",
        "prefer same host as b weight 4",
    ),
    (
        "kubernetes",
        pod(topologySpreadConstraints=spread("DoNotSchedule")),
        "spread over K skew N",
        "spread over host.example-row skew 2",
    ),
    (
        "kubernetes",
        pod(topologySpreadConstraints=spread("ScheduleAnyway")),
        "ScheduleAnyway",
        "prefer spread over host.example-row skew 2",
    ),
    (
        "kubernetes",
        pod(container={"resources": {"limits": {"cpu": 1, "nvidia.com/gpu": 2}}}),
        "nvidia.com/gpu",
        'needs cpu 1, gpu 2 where vendor == "nvidia"',
    ),
    (
        "kubernetes",
        pod(container={"ports": [{"containerPort": 80, "hostPort": 8080}]}),
        "hostPort",
        "port 8080 to 80",
    ),
    ("kubernetes", pod(hostNetwork=True), "hostNetwork", "allow host network"),
    ("compose", service(deploy={"mode": "global"}), "mode: global", "replicas 1 per host"),
    ("compose", constraint("node.labels.a == X"), "node.labels.x", "hosts where a ~ '(?i)^X$'"),
    ("compose", constraint("node.role != manager"), "node.role", 'hosts where not (role == "manager")'),
    (
        "compose",
        service(deploy={"placement": {"max_replicas_per_node": 2}}),
        "max_replicas_per_node: N",
        "at most 2 per host",
    ),
    (
        "compose",
        service(deploy={"resources": {"reservations": {"cpus": "0.5", "memory": "1g"}}}),
        "reservations.cpus",
        "needs cpu 500m, memory 1GiB",
    ),
    ("compose", service(platform="linux/arm64"), "platform: linux/arm64", 'hosts where arch == "arm64"'),
    ("compose", service(depends_on=["b"]), "depends_on", "after b"),
    ("compose", service(ports=["8080:80"]), "8080:80", "port 8080 to 80"),
    ("compose", service(restart="on-failure:3"), "on-failure", "restart on-failure"),
    ("nomad", job('datacenters = ["lund"]'), "datacenters =", 'sites where name == "lund"'),
    ("nomad", job(rule("${meta.a}", "!=", "x")), "is_not_set", 'hosts where meta-a != "x"'),
    ("nomad", job(rule("${meta.a}", "is_set", "")), "is_set", "hosts where known(meta-a)"),
    ("nomad", job(rule("${attr.v}", "version", "~> 1.2")), "semver", 'attr-v-as-version >= "1.2"'),
    ("nomad", job("constraint {\ndistinct_hosts = true\n}"), "distinct_hosts", "at most 1 per host"),
    (
        "nomad",
        job(rule("${meta.a}", "=", "x", "affinity")),
        "affinity, weight",
        'prefer hosts where meta-a == "x" weight 5',
    ),
    ("nomad", job(task="resources {\ncpu = 500\ncores = 2\n}"), "cores", "needs cpu 2, memory 300MiB"),
    ("nomad", job(task="resources {\ncpu = 500\n}"), "in MHz", "needs cpu-mhz 500"),
    ("horizon", policy("a >= 4"), "serial >= 9000", "hosts where a >= 4"),
    ("horizon", policy("a in [1.0,2.0)"), "[1.2.0,2.0.0)", 'hosts where a >= "1.0" and a < "2.0"'),
    ("horizon", policy("openhorizon.memory >= 512"), "openhorizon.cpu", "hosts where memory >= 512MiB"),
]


@pytest.mark.parametrize(
    ("kind", "source", "row", "clause"), ROWS, ids=[f"{row[0]} {row[2]}" for row in ROWS]
)
def test_a_construct_of_the_page_becomes_its_clause(kind: str, source: str, row: str, clause: str) -> None:
    assert any(row in line for line in PAGE.splitlines() if line.startswith("| "))
    found = translated(kind, {"a.nomad" if kind == "nomad" else "a.yaml": source})
    checked(found)
    text = re.sub(r" +", " ", found.text)
    assert clause in text or clause in re.sub(r"\s+", " ", text), found.text
