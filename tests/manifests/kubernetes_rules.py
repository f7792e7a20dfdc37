"""Which nodes Kubernetes lets a pod on, by what its documentation says of each rule, and without any code of ours.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/,
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/,
https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
UNITS: dict[str, Decimal] = {
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "m": Decimal("0.001"),
}
FOR_DAEMONS = [
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/pid-pressure", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"},
]


def pod_of(workload: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = workload
    for key in TEMPLATES.get(workload["kind"], ("spec", "template", "spec")):
        found = found[key]
    pod: Mapping[str, Any] = found
    return pod


def eligible(workload: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    pod = pod_of(workload)
    return (
        pod.get("nodeName") in (None, node["metadata"]["name"])
        and selected(pod, node)
        and somewhere(pod, node)
        and not kept_away(workload["kind"], pod, node)
        and fits(pod, node)
    )


def somewhere(pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    """The node has what the pod's hard rules of spreading and of standing together count by."""
    spread = [
        one["topologyKey"]
        for one in pod.get("topologySpreadConstraints") or []
        if one["whenUnsatisfiable"] == "DoNotSchedule"
    ]
    together = (pod.get("affinity") or {}).get("podAffinity") or {}
    required = together.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    keys = [*spread, *(one["topologyKey"] for one in required)]
    return all(key in (node["metadata"].get("labels") or {}) for key in keys)


def selected(pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (pod.get("nodeSelector") or {}).items()):
        return False
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(term_met(term, node) for term in required["nodeSelectorTerms"])


def term_met(term: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    labels = node["metadata"].get("labels") or {}
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    names = {"metadata.name": node["metadata"]["name"]}
    return (
        bool(expressions or fields)
        and all(expression_met(one, labels) for one in expressions)
        and all(expression_met(one, names) for one in fields)
    )


def expression_met(one: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    there, value = one["key"] in labels, labels.get(one["key"])
    match one["operator"]:
        case "In":
            return there and value in one["values"]
        case "NotIn":
            return not (there and value in one["values"])
        case "Exists":
            return there
        case "DoesNotExist":
            return not there
    try:
        number, limit = int(str(value)), int(one["values"][0])
    except ValueError:
        return False
    return number > limit if one["operator"] == "Gt" else number < limit


def kept_away(kind: str, pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    tolerations = [*(pod.get("tolerations") or []), *(FOR_DAEMONS if kind == "DaemonSet" else [])]
    taints = [
        taint for taint in node["spec"].get("taints") or [] if taint["effect"] in ("NoSchedule", "NoExecute")
    ]
    if node["spec"].get("unschedulable"):
        taints.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"})
    return any(not any(tolerates(one, taint) for one in tolerations) for taint in taints)


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return (toleration.get("value") or "") == (taint.get("value") or "")


def fits(pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    has = {name: amount(value) for name, value in node["status"]["allocatable"].items()}
    return all(need <= has.get(name, 0) for name, need in demand(pod).items() if need)


def demand(pod: Mapping[str, Any]) -> dict[str, Decimal]:
    lasting: dict[str, Decimal] = {}
    peak: dict[str, Decimal] = {}
    for one in pod.get("initContainers") or []:
        asked = requests(one)
        together = summed([lasting, asked])
        if one.get("restartPolicy") == "Always":
            lasting = together
        peak = {
            name: max(peak.get(name, Decimal(0)), together.get(name, Decimal(0)))
            for name in {**peak, **together}
        }
    running = summed([lasting, *(requests(one) for one in pod["containers"])])
    return {
        name: max(peak.get(name, Decimal(0)), running.get(name, Decimal(0))) for name in {**peak, **running}
    }


def requests(container: Mapping[str, Any]) -> dict[str, Decimal]:
    resources = container.get("resources") or {}
    merged = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: amount(value) for name, value in merged.items()}


def summed(parts: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    return {
        name: sum((part.get(name, Decimal(0)) for part in parts), Decimal(0))
        for part in parts
        for name in part
    }


def amount(written: object) -> Decimal:
    text = str(written)
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    return Decimal(text.removesuffix(unit)) * UNITS.get(unit, Decimal(1))


def asked(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each label and value that the pod's rules name, for nodes that are sometimes just so."""
    yield from (pod.get("nodeSelector") or {}).items()
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    preferred = [
        one["preference"] for one in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []
    ]
    for term in [*(required.get("nodeSelectorTerms") or []), *preferred]:
        for one in term.get("matchExpressions") or []:
            yield from ((one["key"], value) for value in one.get("values") or [""])
    between = [(pod.get("affinity") or {}).get(kind) or {} for kind in ("podAffinity", "podAntiAffinity")]
    required = [
        term for one in between for term in one.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    ]
    spread = pod.get("topologySpreadConstraints") or []
    yield from (
        (one["topologyKey"], "east") for one in [*required, *spread] if "hostname" not in one["topologyKey"]
    )
