"""Container engines: `docker info --format json` of a host, `docker node inspect NODE…` of a swarm.

https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import number, whole
from placelang.importers.draft import Host
from placelang.importers.names import resource_name
from placelang.importers.record import Record
from placelang.inventory.values import Wrong, parse_time, show_time

SOURCE: Final = "docker"
_BILLIONTH: Final = 10**9
GPU_KINDS: Final = ("gpu", "nvidia-gpu", "amd-gpu")
MOST_GPUS: Final = 64
ENGINE: Final = "engine.labels."
"""What the labels of an engine begin with, which are others than those of its node in a swarm."""


def hosts(document: Record) -> Iterator[Host | Record]:
    """The host of an engine, or a node of a swarm."""
    if isinstance(document.data.get("Description"), dict):
        yield _node(document)
    elif document.string("Name") is not None and "ServerVersion" in document.data:
        yield _engine(document)
    else:
        message = "this is neither `docker info` nor a node of a swarm"
        document.fault(Wrong(Code.MISSING_KEY, message, "use `docker info --format json`"))
        yield document


def _engine(info: Record) -> Host:
    host = Host(info.string("Name") or "", info)
    host.architecture("Architecture")
    host.fact("os", info.string("OSType"))
    host.fact("kernel", info.string("KernelVersion"))
    host.fact("cpu.cores", info.read(number, "NCPU"))
    host.amount("memory", info.read(number, "MemTotal"))
    host.fact("runtime", "docker")
    host.label("docker.version", "ServerVersion")
    time = info.string("SystemTime")
    moment = parse_time(time) if time else None
    host.observed = show_time(moment) if moment is not None else None
    labels = info.get("Labels")
    for label in labels if isinstance(labels, list) else ():
        if isinstance(label, str):
            name, _, value = label.partition("=")
            host.labels[name] = value
    _offered(host)
    _named(host, ("GenericResources",))
    return host


def _offered(host: Host) -> None:
    """GPUs that the engine has found by the Container Device Interface: those that have a name of their own."""
    names = []
    for device in host.record.records("DiscoveredDevices"):
        source, found = device.string("Source"), device.string("ID") or ""
        vendor, _, name = found.partition("/gpu=")
        if source == "cdi" and name and name != "all":
            names.append(vendor.partition(".")[0])
    for vendor in names[:MOST_GPUS]:
        host.gpu(vendor=vendor)
    host.all_gpus = not names


def _node(node: Record) -> Host:
    host = Host(node.string("Description", "Hostname") or node.string("ID") or "", node)
    for key in ("Version", "CreatedAt"):
        node.get(key)
    host.architecture("Description", "Platform", "Architecture")
    host.fact("os", node.string("Description", "Platform", "OS"))
    cores = node.read(number, "Description", "Resources", "NanoCPUs")
    host.fact("cpu.cores", None if cores is None else cores / _BILLIONTH)
    host.amount("memory", node.read(number, "Description", "Resources", "MemoryBytes"))
    host.fact("runtime", "docker")
    if node.data.get("Description"):
        host.label("docker.version", "Description", "Engine", "EngineVersion")
    host.label("node.id", "ID")
    for around, prefix in ((("Spec", "Labels"), ""), (("Description", "Engine", "Labels"), ENGINE)):
        labels = node.record(*around)
        for key in labels.data if labels else ():
            host.label(f"{prefix}{key}", *around, key)
    host.label("role", "Spec", "Role")
    state = node.string("Status", "State")
    if state in ("ready", "down", "disconnected"):
        host.fact("up", state == "ready")
    if node.string("Spec", "Availability") in ("drain", "pause"):
        host.labels["unschedulable"] = True
    updated = node.string("UpdatedAt")
    moment = parse_time(updated) if updated else None
    host.observed = show_time(moment) if moment is not None else None
    _named(host, ("Description", "Resources", "GenericResources"))
    return host


def _named(host: Host, keys: Sequence[str]) -> None:
    """GPUs that a person has told the engine of, by name or by number."""
    for resource in host.record.records(*keys):
        one = resource.record("NamedResourceSpec")
        some = resource.record("DiscreteResourceSpec")
        if one is not None:
            _one_named(host, one.string("Kind") or "", one.string("Value"))
        if some is not None:
            _some(host, some.string("Kind") or "", some.read(whole, "Value") or 0)


def _one_named(host: Host, kind: str, name: str | None) -> None:
    if kind.lower() in GPU_KINDS:
        host.gpu(model=name, vendor=gpu_vendor(kind))
    else:
        _some(host, kind, 1)


def gpu_vendor(kind: str) -> str | None:
    """Whose GPUs those are that a person calls so."""
    vendor, _, gpu = kind.lower().rpartition("-")
    return vendor if gpu == "gpu" and vendor else None


def _some(host: Host, kind: str, count: int) -> None:
    if kind.lower() in GPU_KINDS:
        for _ in range(min(count, MOST_GPUS)):
            host.gpu(vendor=gpu_vendor(kind))
    elif kind:
        before = host.resources.get(resource_name(kind), 0)
        host.resources[resource_name(kind)] = count + (before if isinstance(before, int) else 0)
