"""Nodes as `kubectl get nodes -o json` or `-o yaml` prints them, with the labels of Node Feature Discovery and of GPU
feature discovery as facts.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/,
https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/features.html,
https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import gpu_memory, quantity, whole
from placelang.importers.draft import ARCHITECTURES, Host, in_bytes
from placelang.importers.names import resource_name
from placelang.importers.record import Record
from placelang.inventory.values import Wrong, parse_time, show_time

SOURCE: Final = "kubectl"
MOST_GPUS: Final = 64
_COUNTED = ("cpu", "memory", "ephemeral-storage", "pods")

FACT_LABELS: Final = {
    "kubernetes.io/arch": "arch",
    "beta.kubernetes.io/arch": "arch",
    "kubernetes.io/os": "os",
    "beta.kubernetes.io/os": "os",
    "topology.kubernetes.io/zone": "zone",
    "failure-domain.beta.kubernetes.io/zone": "zone",
}
"""Labels that are facts of the host, as they stand."""

FLAG: Final = re.compile(r"feature\.node\.kubernetes\.io/cpu-cpuid\.(\w+)")
_PCI = re.compile(r"feature\.node\.kubernetes\.io/pci-(?:03[0-9a-f]{2}_)?([0-9a-f]{4})\.present")
_VENDORS = {"10de": "nvidia", "1002": "amd"}
GPUS: Final = {
    "nvidia.com/gpu": "nvidia",
    "amd.com/gpu": "amd",
    "gpu.intel.com/i915": "intel",
    "gpu.intel.com/xe": "intel",
    "alibabacloud.com/gpu-count": None,
}
"""Extended resources that count whole GPUs, and whose they are."""

MODELS: Final = ("nvidia.com/gpu.product", "alibabacloud.com/gpu-card-model", "gpu.intel.com/product")
HARD_TAINTS: Final = "taints.hard"
"""The label that holds the taints which keep pods away, in one text: each ends with a `;`."""

HARD: Final = (":NoSchedule", ":NoExecute")
_SEPARATORS = re.compile(r"[^A-Za-z0-9._/:=-]")
_IDENTITY = ("uid", "resourceVersion", "selfLink", "creationTimestamp", "managedFields", "generateName")
_SAME = ("kubernetes.io/hostname",)


def hosts(document: Record) -> Iterator[Host | Record]:
    """The nodes of a list, or the one that the document is."""
    kind = document.string("kind")
    document.get("apiVersion")
    if kind in ("NodeList", "List"):
        document.get("metadata")
        for item in document.records("items"):
            yield _host(Record(item.text, item.place, item.data))
    else:
        yield _host(document)


def _host(node: Record) -> Host | Record:
    kind = node.string("kind")
    node.get("apiVersion")
    name = node.string("metadata", "name")
    if kind not in ("Node", None) or name is None:
        what = (
            f"this is a {kind}, and nodes are imported"
            if kind not in ("Node", None)
            else "this node has no name"
        )
        node.fault(Wrong(Code.WRONG_TYPE, what), *(("kind",) if kind not in ("Node", None) else ()))
        return node
    host = Host(name, node)
    for key in _IDENTITY:
        node.get("metadata", key)
    labels = _Labels(host)
    _machine(host, labels)
    _amounts(host)
    _state(host)
    _accelerators(host, labels)
    labels.keep()
    return host


class _Labels:
    """The labels of a node: those that become facts, and the rest, which stay labels."""

    def __init__(self, host: Host) -> None:
        self.host = host
        found = host.record.record("metadata", "labels")
        self.record = found or Record(host.record.text, host.record.place, {})
        self.taken: set[str] = set()

    def first(self, *keys: str) -> str | None:
        """The first of these that is there; all of them count as understood."""
        written = [(key, self.record.string(key)) for key in keys if key in self.record.data]
        self.taken.update(key for key, _ in written)
        return next((value for _, value in written if value), None)

    def matching(self, pattern: re.Pattern[str], *, take: bool) -> Iterator[str]:
        """What the pattern finds in the names of labels that are true, which are understood if we `take` them."""
        for key in self.record.data:
            found = pattern.fullmatch(key)
            if found and str(self.record.data[key]).lower() == "true":
                if take:
                    self.record.get(key)
                    self.taken.add(key)
                yield found[1]

    def evidence(self, key: str) -> str | None:
        """What stands there, which stays a label too."""
        return self.record.string(key) if key in self.record.data else None

    def keep(self) -> None:
        """Keep as labels what became no fact."""
        kept = Host(self.host.name, self.record, labels=self.host.labels)
        for key in self.record.data:
            if key in _SAME and self.record.data[key] == self.host.name:
                self.record.get(key)
            elif key not in self.taken:
                kept.label(key, key)


def _named(fact: str) -> list[str]:
    return [label for label, of in FACT_LABELS.items() if of == fact]


def _machine(host: Host, labels: _Labels) -> None:
    node = host.record
    info = ("status", "nodeInfo")
    host.architecture(*info, "architecture")
    arch = labels.first(*_named("arch"))
    if "arch" not in host.facts:
        host.fact("arch", ARCHITECTURES.get((arch or "").lower()))
    host.fact("os", node.string(*info, "operatingSystem"))
    os = labels.first(*_named("os"))
    host.facts.setdefault("os", os) if os else None
    kernel = labels.evidence("feature.node.kubernetes.io/kernel-version.full")
    host.fact("kernel", node.string(*info, "kernelVersion") or kernel)
    runtime = node.string(*info, "containerRuntimeVersion")
    host.fact("runtime", runtime.partition("://")[0] if runtime else None)
    host.fact("zone", labels.first(*_named("zone")))
    flags = sorted({flag.lower() for flag in labels.matching(FLAG, take=True)})
    if flags:
        host.fact("cpu.flags", flags)


def _amounts(host: Host) -> None:
    """What services may use: the allocatable amounts, and where nobody says these, the capacity."""
    node = host.record
    for fact, resource in (("cpu.cores", "cpu"), ("memory", "memory"), ("disk", "ephemeral-storage")):
        usable = node.read(quantity, "status", "allocatable", resource)
        total = node.read(quantity, "status", "capacity", resource)
        amount = total if usable is None else usable
        if fact == "cpu.cores":
            host.fact(fact, amount)
        else:
            host.amount(fact, amount)
    _resources(host)


def _resources(host: Host) -> None:
    """What else the node supplies: extended resources and huge pages, under names that placement files can have."""
    usable = host.record.record("status", "allocatable")
    for resource in usable.data if usable else ():
        if resource in _COUNTED or resource in GPUS or usable is None:
            continue
        amount = usable.read(quantity, resource)
        if amount is not None:
            pages = resource.startswith("hugepages-")
            host.resources[resource_name(resource)] = in_bytes(amount) if pages else amount


def _state(host: Host) -> None:
    """Whether the node is ready, and when it was last heard of."""
    node = host.record
    heard = []
    for condition in node.records("status", "conditions"):
        kind, status = condition.string("type"), condition.string("status")
        for key in ("reason", "message", "lastTransitionTime"):
            condition.get(key)
        at = condition.string("lastHeartbeatTime")
        moment = parse_time(at) if at else None
        if at and moment is None:
            condition.fault(Wrong(Code.WRONG_TYPE, "this is not a time in RFC 3339"), "lastHeartbeatTime")
        heard += [moment] if moment is not None else []
        if kind == "Ready" and status in ("True", "False"):
            host.fact("up", status == "True")
    if heard:
        host.observed = show_time(max(heard))
    if node.get("spec", "unschedulable") is True:
        host.labels["unschedulable"] = True
    taints = []
    for taint in node.records("spec", "taints"):
        key, value, effect = (taint.string(part) or "" for part in ("key", "value", "effect"))
        taint.get("timeAdded")
        taints.append(f"{key}={value}:{effect}" if value else f"{key}:{effect}")
    if taints:
        host.labels["taints"] = sorted(taints)
        hard = [_SEPARATORS.sub("?", taint) for taint in sorted(taints) if taint.endswith(HARD)]
        host.labels[HARD_TAINTS] = "".join(f"{taint};" for taint in hard)


def _accelerators(host: Host, labels: _Labels) -> None:
    """The GPUs that a device plugin offers; or that one is built in, where only that was found out."""
    node = host.record
    model = labels.first(*MODELS)
    memory = _of_label(labels, "nvidia.com/gpu.memory")
    compute = _version(labels, "nvidia.com/gpu.compute", ("major", "minor"))
    parts = _version(labels, "nvidia.com/cuda.driver", ("major", "minor", "rev"))
    driver = labels.first("nvidia.com/cuda.driver-version.full") or parts
    counted = labels.evidence("nvidia.com/gpu.count")
    vendors = sorted({_VENDORS[vendor] for vendor in labels.matching(_PCI, take=False) if vendor in _VENDORS})
    for resource, vendor in GPUS.items():
        usable = node.read(whole, "status", "allocatable", resource)
        total = node.read(whole, "status", "capacity", resource)
        count = total if usable is None else usable
        if count is None:
            continue
        if count > MOST_GPUS:
            wrong = Wrong(Code.OUT_OF_RANGE, f"a host with {count:,} GPUs: {MOST_GPUS} is the most")
            node.fault(wrong, "status", "capacity" if usable is None else "allocatable", resource)
            continue
        host.gpus = host.gpus or []
        for _ in range(count):
            host.gpu(vendor=vendor, model=model, memory=memory, compute=compute, driver=driver)
    if host.gpus is None and (vendors or counted):
        for vendor in vendors or ["nvidia"]:
            host.gpu(vendor=vendor, model=model, memory=memory, compute=compute, driver=driver)
        host.all_gpus = False


def _of_label(labels: _Labels, key: str) -> str | None:
    if key not in labels.record.data:
        return None
    labels.taken.add(key)
    found = labels.record.read(gpu_memory, key)
    return None if found is None else in_bytes(found)


def _version(labels: _Labels, prefix: str, parts: tuple[str, ...]) -> str | None:
    """A version that is written as one label for each of its numbers."""
    written = [f"{prefix}.{part}" for part in parts if f"{prefix}.{part}" in labels.record.data]
    labels.taken.update(written)
    return ".".join(filter(None, map(labels.record.string, written))) or None
