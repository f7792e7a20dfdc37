"""Which containers cannot stand beside each other: the old copy has to stop before the new one starts."""

from __future__ import annotations

from placelang_runtime.containers import ContainerSpec, ReplicaSpec
from placelang_runtime.drivers import Copy


def gives_way(old: ReplicaSpec | None, copy: Copy, new: ReplicaSpec) -> bool:
    """Whether `copy`, of the replica `old` if that is known, has to be gone before `new` starts on the same host. What
    nobody knows of is taken to be in the way."""
    if old is None:
        return True
    same = copy.labels.replica == new.name
    return any(_meet(one, other, same=same) for one in old.containers for other in new.containers)


def _meet(one: ContainerSpec, other: ContainerSpec, *, same: bool) -> bool:
    ports = _ports(one) & _ports(other)
    gpus = set(one.gpus) & set(other.gpus)
    devices = {d.name for d in one.devices if not d.shared} & {d.name for d in other.devices if not d.shared}
    kept = same and any(volume.keep for volume in one.volumes)
    return bool(ports or gpus or devices or kept)


def _ports(container: ContainerSpec) -> set[int]:
    return {port.host for port in container.ports}
