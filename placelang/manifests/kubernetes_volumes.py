"""Volumes of a container of Kubernetes."""

from __future__ import annotations

from placelang.importers.record import Record
from placelang.manifests import containers
from placelang.manifests.draft import Block
from placelang.manifests.workloads import Workload


def say_volumes(workload: Workload, block: Block, one: Record) -> None:
    """What is mounted: storage of the pod's own, storage that stays, a path of the node."""
    volumes = {str(found.data.get("name")): found for found in workload.pod.records("volumes")}
    claims = {
        str(meta.data.get("name")): found
        for found in workload.record.records("spec", "volumeClaimTemplates")
        if (meta := found.record("metadata")) is not None
    }
    for mount in one.records("volumeMounts"):
        path, name = mount.string("mountPath"), str(mount.get("name"))
        readonly = mount.get("readOnly") is True
        mount.get("mountPropagation")
        if path is None:
            continue
        if name in claims:
            claims[name].get()
            _say_claim(block, path, claims[name].record("spec"), readonly=readonly)
        elif name in volumes:
            _say_volume(block, path, volumes[name], readonly=readonly)
        else:
            block.note("volumes", f"volume {path}: {name}")


def _say_volume(block: Block, path: str, volume: Record, *, readonly: bool) -> None:
    volume.get("name")
    host = volume.record("hostPath")
    if "emptyDir" in volume.data:
        volume.get("emptyDir")
        containers.say_volume(block, path, readonly=readonly)
    elif host is not None:
        host.get("type")
        containers.say_volume(block, path, host.string("path") or "", readonly=readonly)
    elif "persistentVolumeClaim" in volume.data:
        volume.get("persistentVolumeClaim")
        containers.say_volume(block, path, keep=True, readonly=readonly)
        block.remark(f"{path} is a claim there; here it is kept on the host")
    else:
        volume.get()
        kinds = [kind for kind in volume.data if kind != "name"]
        block.note("volumes", f"volume {path}: {', '.join(kinds)} {volume.data.get('name')}")


def _say_claim(block: Block, path: str, spec: Record | None, *, readonly: bool) -> None:
    asked = spec.record("resources", "requests") if spec else None
    containers.say_volume(block, path, keep=True, readonly=readonly)
    if asked is not None and asked.string("storage"):
        block.note("storage", f"storage {asked.string('storage')} at {path}")
