"""Workloads of Kubernetes: Deployments, StatefulSets, DaemonSets, ReplicaSets, Pods, Jobs and CronJobs, with the
PriorityClasses and ConfigMaps that stand in the same files.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.inventory.values import Wrong
from placelang.manifests import cron, kubernetes_between, kubernetes_hosts, kubernetes_pods
from placelang.manifests.draft import Draft
from placelang.manifests.kubernetes_between import Neighbours
from placelang.manifests.priorities import Priorities
from placelang.manifests.workloads import Config, Workload
from placelang.manifests.written import comment, duration

SOURCE: Final = "Kubernetes"
BACKOFFS: Final = 6
"""How often a Job is tried again that does not say it."""

_POD: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_RULES = ("PodDisruptionBudget", "HorizontalPodAutoscaler", "LimitRange", "ResourceQuota", "RuntimeClass")
_OTHERS = frozenset((
    *("Namespace", "Service", "ServiceAccount", "ConfigMap", "Secret", "Role", "RoleBinding", "ClusterRole"),
    *("ClusterRoleBinding", "Ingress", "IngressClass", "NetworkPolicy", "PersistentVolume", "StorageClass"),
    *("PersistentVolumeClaim", "Endpoints", "EndpointSlice", "Lease", "Event", "CustomResourceDefinition"),
    *("APIService", "PriorityClass", "ControllerRevision", "CSIDriver", "Gateway", "HTTPRoute"),
    *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
))  # fmt: skip


def translate(documents: Sequence[Record], draft: Draft) -> tuple[list[Record], list[Record]]:
    """Put the workloads into the draft, an app for each namespace; returns the workloads, and what is no object of
    Kubernetes that is read."""
    objects = [one for document in documents for one in _objects(document)]
    checked = [(one, _is_object(one)) for one in objects]
    good = [one for one, is_one in checked if is_one]
    config = _config(good)
    workloads = [_workload(one, draft, config) for one in good if one.string("kind") in _POD]
    priorities = Priorities.of(good, draft)
    neighbours = Neighbours.of(workloads)
    for workload in workloads:
        _translate(workload, neighbours, priorities)
    _say_others(good, draft)
    return good, [one for one, is_one in checked if not is_one]


def _objects(document: Record) -> Iterator[Record]:
    if isinstance(document.data.get("items"), list) and str(document.data.get("kind", "")).endswith("List"):
        for item in document.records("items"):
            yield Record(item.text, item.place, item.data)
    else:
        yield document


def _is_object(one: Record) -> bool:
    kind = one.string("kind")
    if kind in _POD or kind in _OTHERS or kind in _RULES:
        return True
    if kind is None:
        one.fault(Wrong(Code.MISSING_KEY, "this is no object of Kubernetes: it has no `kind`"))
    elif kind in ("Node", "NodeList"):
        hint = "`placelang inventory import kubernetes` reads it"
        one.fault(
            Wrong(Code.WRONG_TYPE, "a node is where workloads run, and workloads are imported", hint), "kind"
        )
    else:
        one.fault(Wrong(Code.WRONG_TYPE, f"objects of kind {comment(kind)} are not read"), "kind")
    return False


def _workload(one: Record, draft: Draft, config: Config) -> Workload:
    kind = one.string("kind") or ""
    name = one.string("metadata", "name") or one.string("metadata", "generateName") or kind.lower()
    namespace = one.string("metadata", "namespace") or ""
    app = draft.app(namespace or PurePath(one.text.source.path).stem)
    block = app.block("job" if kind in ("Job", "CronJob") else "service", name)
    labels = one.record(*_POD[kind], "metadata", "labels")
    texts = {key: value for key, value in (labels.data if labels else {}).items() if isinstance(value, str)}
    for key in (("apiVersion",), ("metadata",), ("status",), ("spec", "selector"), (*_POD[kind], "metadata")):
        one.get(*key)
    pod = one.record(*_POD[kind], "spec")
    if pod is None:
        one.fault(
            Wrong(Code.MISSING_KEY, f"this {kind} has no pod: `{'.'.join(_POD[kind])}.spec` is missing")
        )
    return Workload(
        one, kind, block, app.name, namespace, texts, pod or Record(one.text, one.place, {}), draft, config
    )


def _config(objects: Sequence[Record]) -> Config:
    config = {}
    for one in objects:
        if one.string("kind") == "ConfigMap":
            data = one.record("data")
            name = one.string("metadata", "namespace") or "", one.string("metadata", "name") or ""
            config[name] = data.data if data else {}
    return config


def _translate(workload: Workload, others: Neighbours, priorities: Priorities) -> None:
    _count(workload)
    kubernetes_pods.say(workload)
    kubernetes_hosts.say(workload)
    kubernetes_between.say(workload, others)
    priorities.say(workload)
    _be_exact(workload)
    workload.block.unread(
        workload.record,
        [(*workload.pod.place, "containers", 0), workload.pod.place, (*workload.record.place, "spec")],
    )


def _be_exact(workload: Workload) -> None:
    """What decides where a pod goes and cannot be said here is told at its line."""
    for key in ("resourceClaims", "schedulingGates", "runtimeClassName", "overhead", "resources"):
        if workload.pod.get(key):
            workload.block.lose(key, workload.pod, f"`{key}` has no counterpart", key)
    scheduler = workload.pod.string("schedulerName")
    if scheduler not in (None, "default-scheduler"):
        workload.block.note("schedulerName", f"schedulerName: {scheduler}")


def _count(workload: Workload) -> None:
    record, block = workload.record, workload.block
    match workload.kind:
        case "DaemonSet":
            block.say("DaemonSet", "replicas 1 per host")
        case "Job" | "CronJob":
            _run(workload)
        case "Pod":
            block.clauses.append("replicas 1")
        case _:
            count = record.read(whole, "spec", "replicas")
            if count == 0:
                block.note("replicas", "replicas: 0, so that none runs there now")
            block.say("replicas", f"replicas {min(count or 1, 1_000_000)}")


def _run(workload: Workload) -> None:
    """How often a job runs, how long, and how many of it."""
    job = workload.record
    if workload.kind == "CronJob":
        job.get("spec", "jobTemplate", "metadata")
    spec = workload.record.record(*_POD[workload.kind][:-1])
    if spec is None:
        return
    block = workload.block
    block.say("parallelism", f"replicas {max(spec.read(whole, 'parallelism') or 1, 1)}")
    completions = spec.read(whole, "completions")
    if completions is not None and completions > (spec.read(whole, "parallelism") or 1):
        block.note("completions", f"completions: {completions}")
    seconds = spec.read(whole, "activeDeadlineSeconds")
    schedule = job.string("spec", "schedule") if workload.kind == "CronJob" else None
    lasts = duration(Decimal(max(-(-seconds // 60), 1) * 60)) if seconds else cron.assumed(schedule)
    if seconds:
        block.say("activeDeadlineSeconds", f"lasts {lasts}")
    else:
        block.clauses.append(f"lasts {lasts}")
        block.remark(f"how long a run takes is not said there: {lasts} is assumed")
    tries = spec.read(whole, "backoffLimit")
    block.say("backoffLimit", f"retries {min(BACKOFFS if tries is None else tries, 1_000)}")
    for key in ("selector", "manualSelector"):
        spec.get(key)
    if workload.kind == "CronJob":
        cron.say(block, job, ("spec", "schedule"), lasts)


def _say_others(objects: Sequence[Record], draft: Draft) -> None:
    """One line for all that has nothing to do with placement, and one for each rule of another kind."""
    kinds = Counter(kind for one in objects if (kind := one.string("kind")) in _OTHERS - {"PriorityClass"})
    if kinds:
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        draft.heading.append(f"Not about placement: {counted}")
    for one in objects:
        kind = one.string("kind")
        if kind in _RULES:
            draft.note(kind, f"{kind} {one.string('metadata', 'name') or ''}")
