"""Nodes of Nomad, as its API gives them one by one: `nomad node status -json NODE`.

https://developer.hashicorp.com/nomad/api-docs/nodes
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from placelang.codes import Code
from placelang.importers.amounts import gpu_memory, mebibytes, number
from placelang.importers.draft import Host, in_bytes
from placelang.importers.record import Record
from placelang.inventory.values import Wrong

SOURCE: Final = "nomad"
MOST_GPUS: Final = 64
MHZ: Final = "cpu-mhz"
"""The resource in which Nomad shares out processors."""
_RUNTIMES = ("docker", "podman", "containerd")
_UNITS = {"MiB": "MiB", "GiB": "GiB", "MB": "MB", "GB": "GB", "B": "B", "KiB": "KiB"}
_LATEST: Final = 2**33


def hosts(document: Record) -> Iterator[Host | Record]:
    """The one node that the document is. Its datacenter is its site."""
    name = document.string("Name")
    if name is None or "Attributes" not in document.data:
        missing = "Name" if name is None else "Attributes"
        document.fault(Wrong(Code.MISSING_KEY, f"this is no node of Nomad: it has no `{missing}`"))
        yield document
        return
    host = Host(name, document, site=document.string("Datacenter"))
    for key in ("SecretID", "CreateIndex", "ModifyIndex", "ComputedClass"):
        document.get(key)
    _machine(host)
    _amounts(host)
    _devices(host)
    _state(host)
    if document.string("NodeClass"):
        host.label("class", "NodeClass")
    attributes = document.record("Attributes")
    for key in attributes.data if attributes else ():
        host.label(f"attr.{key}", "Attributes", key)
    meta = document.record("Meta")
    for key in meta.data if meta else ():
        host.label(f"meta.{key}", "Meta", key)
    yield host


def _machine(host: Host) -> None:
    node = host.record
    host.architecture("Attributes", "cpu.arch")
    host.fact("os", node.string("Attributes", "kernel.name"))
    host.fact("kernel", node.string("Attributes", "kernel.version"))
    host.fact("cpu.model", node.string("Attributes", "cpu.modelname"))
    drivers = _drivers(node)
    found = [name for name in _RUNTIMES if name in drivers]
    host.fact("runtime", found[0] if found else None)
    if drivers:
        host.labels["drivers"] = drivers


def _drivers(node: Record) -> list[str]:
    """The drivers that can run tasks: what the node says of each of them, or else their attributes."""
    told = node.record("Drivers")
    states = {name: told.record(name) for name in told.data} if told else {}
    healthy = {name: state.get("Healthy") is True for name, state in states.items() if state is not None}
    node.get("Drivers")
    attributes = node.record("Attributes")
    for key in attributes.data if attributes else ():
        prefix, _, name = key.partition(".")
        if prefix == "driver" and name and "." not in name and attributes is not None:
            healthy.setdefault(name, attributes.data[key] in ("1", "true", 1, True))
    return sorted(name for name, is_well in healthy.items() if is_well)


def _amounts(host: Host) -> None:
    """What services may use: what the node has less what it reserves for itself. Nomad shares out the processor in MHz,
    and cores are what placement files count."""
    node = host.record
    cores = node.read(number, "Attributes", "cpu.numcores")
    shares = node.read(number, "NodeResources", "Cpu", "CpuShares")
    shares = shares or node.read(number, "Attributes", "cpu.totalcompute")
    kept = node.read(number, "ReservedResources", "Cpu", "CpuShares") or 0.0
    if cores is not None:
        host.fact("cpu.cores", round(cores * (1 - min(kept / shares, 1)), 3) if shares else cores)
    if shares:
        host.resources[MHZ] = round(max(shares - kept, 0.0), 3)
    for fact, group, key, otherwise in (
        ("memory", "Memory", "MemoryMB", "memory.totalbytes"),
        ("disk", "Disk", "DiskMB", "unique.storage.bytestotal"),
    ):
        total = node.read(mebibytes, "NodeResources", group, key)
        spare = node.read(number, "Attributes", otherwise)
        total = spare if total is None else total
        reserved = node.read(mebibytes, "ReservedResources", group, key) or 0.0
        host.amount(fact, None if total is None else max(total - reserved, 0.0))


def _devices(host: Host) -> None:
    """GPUs that a device plugin has found."""
    for device in host.record.records("NodeResources", "Devices"):
        if device.string("Type") != "gpu":
            continue
        vendor, model = device.string("Vendor"), device.string("Name")
        memory = _memory(device)
        for count, instance in enumerate(device.records("Instances")):
            if count == MOST_GPUS:
                device.fault(
                    Wrong(Code.OUT_OF_RANGE, f"{MOST_GPUS} GPUs are the most of a host"), "Instances"
                )
                break
            instance.get("ID")
            if instance.get("Healthy") is not False:
                host.gpu(vendor=vendor and vendor.lower(), model=model, memory=memory)


def _memory(device: Record) -> str | None:
    """A number with its unit, as Nomad writes attributes: `{"Int": 11441, "Unit": "MiB"}`."""
    unit = device.string("Attributes", "memory", "Unit") or ""
    amount = device.get("Attributes", "memory", "Int")
    amount = device.get("Attributes", "memory", "Float") if amount is None else amount
    if amount is None:
        return None
    found = gpu_memory(f"{amount} {_UNITS.get(unit, unit)}" if unit else amount)
    if isinstance(found, Wrong):
        device.fault(found, "Attributes", "memory")
        return None
    return in_bytes(found)


def _state(host: Host) -> None:
    node = host.record
    status = node.string("Status")
    if status in ("ready", "down", "disconnected"):
        host.fact("up", status == "ready")
    node.get("StatusDescription")
    host.label("node.id", "ID")
    host.label("node_pool", "NodePool")
    volumes = node.record("HostVolumes")
    if volumes and volumes.data:
        host.labels["host_volumes"] = sorted(volumes.data)
    node.get("HostVolumes")
    if node.get("SchedulingEligibility") == "ineligible" or node.get("Drain") is True:
        host.labels["unschedulable"] = True
    updated = node.read(number, "StatusUpdatedAt")
    if updated is not None and 0 < updated < _LATEST:
        host.observed = datetime.fromtimestamp(updated, UTC).isoformat().removesuffix("+00:00") + "Z"
