"""Whatever a file holds, what comes of it is a placement file without errors, in canonical form; the rest is told."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placelang.codes import Code
from placelang.diagnostics import Source
from placelang.manifests import KINDS, import_rules
from placelang.render import render
from tests.manifests.ours import checked

KEYS: dict[str, tuple[str, ...]] = {
    "compose": (
        *(
            "services",
            "x-a",
            "name",
            "image",
            "command",
            "entrypoint",
            "environment",
            "ports",
            "volumes",
            "deploy",
        ),
        *(
            "replicas",
            "mode",
            "placement",
            "constraints",
            "preferences",
            "spread",
            "resources",
            "reservations",
        ),
        *("cpus", "memory", "devices", "driver", "count", "capabilities", "generic_resources", "depends_on"),
        *(
            "healthcheck",
            "test",
            "interval",
            "restart",
            "user",
            "gpus",
            "profiles",
            "platform",
            "scale",
            "extends",
        ),
    ),
    "horizon": (
        *(
            "service",
            "name",
            "org",
            "arch",
            "serviceVersions",
            "version",
            "priority",
            "properties",
            "constraints",
        ),
        *(
            "userInput",
            "inputs",
            "value",
            "secretBinding",
            "secrets",
            "label",
            "deployment",
            "services",
            "image",
        ),
        *("url", "environment", "binds", "ports", "HostPort", "command"),
    ),
    "nomad": (
        *(
            "Job",
            "ID",
            "Type",
            "Datacenters",
            "NodePool",
            "Constraints",
            "LTarget",
            "RTarget",
            "Operand",
            "Affinities",
        ),
        *(
            "Weight",
            "Spreads",
            "Attribute",
            "TaskGroups",
            "Name",
            "Count",
            "Tasks",
            "Driver",
            "Config",
            "image",
        ),
        *(
            "args",
            "Env",
            "Resources",
            "CPU",
            "MemoryMB",
            "Devices",
            "Networks",
            "ReservedPorts",
            "Value",
            "To",
        ),
        *(
            "Services",
            "Checks",
            "Periodic",
            "Spec",
            "Priority",
            "Lifecycle",
            "Volumes",
            "User",
            "EphemeralDisk",
        ),
    ),
    "kubernetes": (
        *("kind", "metadata", "name", "namespace", "labels", "spec", "template", "jobTemplate", "containers"),
        *(
            "image",
            "command",
            "args",
            "env",
            "value",
            "valueFrom",
            "secretKeyRef",
            "key",
            "resources",
            "requests",
        ),
        *("limits", "cpu", "memory", "nvidia.com/gpu", "example.com/x y", "nodeSelector", "affinity"),
        *("nodeAffinity", "podAffinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"),
        *("nodeSelectorTerms", "matchExpressions", "operator", "values", "tolerations", "effect", "weight"),
        *("preference", "topologyKey", "labelSelector", "matchLabels", "replicas", "ports", "hostPort"),
        *(
            "containerPort",
            "livenessProbe",
            "httpGet",
            "path",
            "port",
            "volumes",
            "volumeMounts",
            "mountPath",
        ),
        *("topologySpreadConstraints", "maxSkew", "whenUnsatisfiable", "schedule", "initContainers", "items"),
    ),
}
WORDS = (
    *("Deployment", "Pod", "List", "CronJob", "DaemonSet", "x", "", "a b", "1", "16Gi", "-1", "9e99", "true"),
    *(
        "\x1b[2J",
        '"',
        "'",
        "${name}",
        "$(x)",
        "{{ .Values.x }}",
        "\ud800",
        "# }",
        "*/5 * * * *",
        "In",
        "Exists",
    ),
    *(
        "Gt",
        "Equal",
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "node.labels.a == b",
        "a in [1.0,2.0)",
        "a == 1 AND (b",
        "80:80",
        "${meta.a}",
        "${attr.b}",
        "regexp",
        "(",
        "set_contains",
        "distinct_property",
        "/a",
        "../b",
        "a" * 5_000,
    ),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=9),
)


def data(kind: str) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(KEYS[kind])
    return st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=25,
    )


def good(kind: str) -> dict[str, Any]:
    """A document of which something comes."""
    documents: dict[str, dict[str, Any]] = {
        "compose": {"services": {"good": {"image": "good:1", "deploy": {"placement": {}}}}},
        "horizon": {"service": {"name": "good", "org": "shop"}, "constraints": ["a == b"]},
        "nomad": {
            "ID": "good",
            "TaskGroups": [{"Name": "good", "Tasks": [{"Name": "good", "Config": {"image": "x"}}]}],
        },
        "kubernetes": {
            "kind": "Deployment",
            "metadata": {"name": "good"},
            "spec": {"template": {"spec": {"containers": [{"name": "good", "image": "good:1"}]}}},
        },
    }
    return documents[kind]


def grafted(kind: str) -> st.SearchStrategy[Any]:
    """A good document with anything at all somewhere in it."""

    @st.composite
    def graft(draw: st.DrawFn) -> Any:
        document = json.loads(json.dumps(good(kind)))
        at = document
        while isinstance(at, dict) and draw(st.booleans()):
            inner = [value for value in at.values() if isinstance(value, dict)]
            at = inner[0] if inner else at
        for _ in range(draw(st.integers(1, 4))):
            at[draw(st.sampled_from(KEYS[kind]))] = draw(data(kind))
        return document

    return graft()


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_a_bad_document_never_spoils_the_good_one_beside_it(kind: str, source: st.DataObject) -> None:
    bad = source.draw(data(kind) | grafted(kind))
    sources = [Source("bad.json", json.dumps(bad)), Source("good.json", json.dumps(good(kind)))]
    found = import_rules(kind, sources)
    assert "good" in found.text
    checked(found)
    assert all(line.isprintable() for line in found.text.splitlines())
    shown = render(found.diagnostics, {source.path: source for source in sources}, color=False)
    assert all(line.isprintable() for line in shown.splitlines())


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in pairwise("abcdefghi")
)
MERGED = (
    "a: &a {"
    + ", ".join(f"k{n}: 1" for n in range(2_000))
    + "}\n"
    + "".join(f"m{n}: {{<<: *a}}\n" for n in range(2_000))
)
DEEP = "kind: Pod\nspec: " + "[" * 500 + "]" * 500 + "\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, Code.TOO_LARGE),
        (MERGED, Code.TOO_LARGE),
        (DEEP, Code.TOO_DEEP),
        ("kind: Pod\nspec: !!python/object:os.system {}\n", Code.INVENTORY_SYNTAX),
        ("kind: Pod\n\tspec: {}\n", Code.INVENTORY_SYNTAX),
        ('{"kind": "Pod", ', Code.INVENTORY_SYNTAX),
        (
            "kind: List\nitems: [1, {kind: Pod, metadata: {name: x}, spec: {containers: []}}]\n",
            Code.WRONG_TYPE,
        ),
    ],
    ids=["aliases", "merge keys", "nesting", "tags", "tabs", "truncated", "items"],
)
def test_what_cannot_be_read_is_told_and_counted(text: str, code: Code) -> None:
    found = import_rules("kubernetes", [Source("a.yaml" if text[0] != "{" else "a.json", text)])
    assert code in {fault.code for fault in found.diagnostics}
    assert found.bad + found.partial
    checked(found)
