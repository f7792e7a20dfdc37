"""What the engine is asked to create for a spec: as little as possible beyond what the plan allows.

| of the spec | of the container |
|---|---|
| | no new privileges, no capability, a root file system that cannot be written to, logs of bounded size, no swap |
| `needs` cpu, memory | its limits; never more processes than `PIDS` |
| `privileges` | what is allowed of: a user, a writable root, capabilities, the host's network, all of it |
| `devices`, `gpus`, `shares` | those alone |
| `volumes` | named volumes; paths of the host only as its own list allows them |
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from placelang_runtime.containers import ContainerSpec
from placelang_runtime.drivers.driver import ENDPOINTS_AT, SECRETS_AT, Given
from placelang_runtime.drivers.environment import environment
from placelang_runtime.drivers.errors import DriverError
from placelang_runtime.drivers.labels import labels_of, named_volume, volume_labels, written
from placelang_runtime.drivers.model_server import STORE_ABOVE, STORE_AT, arguments
from placelang_runtime.part import Device, Volume
from placelang_runtime.site.deadline import cgroup_of, short_name, slice_of

BRIDGE: Final = "bridge"
"""The engine's network for containers that share no other one's."""
PIDS: Final = 1024
LOG_SIZE: Final = "8m"
LOG_FILES: Final = "3"
SCRATCH: Final = "rw,nosuid,nodev,noexec,size=67108864"
"""What `/tmp` is where the root cannot be written to: a piece of the container's memory."""
_LEAST_CPU: Final = 10
"""Millicores: an engine takes no smaller limit."""
_LEAST_MEMORY: Final = 6 << 20
_MEMORY_DEVICES: Final = frozenset({1, 2, 4})
"""Minor numbers of /dev/mem, /dev/kmem and /dev/port, with major number 1: whoever has them has the host."""
_CAPABILITY: Final = re.compile(r"(?!CAP_)[A-Z][A-Z_]*")
_RESTART: Final = {"always": "unless-stopped", "on-failure": "on-failure", "never": "no"}
"""`unless-stopped`, as what was stopped must not come back with the engine."""


def container_config(
    spec: ContainerSpec, given: Given, *, joins: str | None, cdi: bool, slices: bool = False
) -> dict[str, Any]:
    """The body of the engine's call. `joins` is the container whose network a sidecar shares; `cdi` says that GPUs are
    known to the engine by the Container Device Interface, `slices` that it leaves control groups to systemd. Raises
    DriverError."""
    image = given.server if spec.is_model_server else spec.image
    if image is None and spec.is_model_server:
        raise DriverError(
            "refused", f"{spec.host} does not say which image serves models: write `model_server`"
        )
    if image is None:
        raise DriverError("refused", f"{spec.service} has no image to run: write `image`")
    config: dict[str, Any] = {
        "Image": image,
        **_command(spec, given),
        "Env": [f"{name}={value}" for name, value in environment(spec, given, SECRETS_AT).items()],
        "Labels": written(labels_of(spec, given)),
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host_config(spec, given, joins, cdi=cdi) | _leased(spec, slices=slices),
    }
    if spec.privileges.user is not None:
        config["User"] = str(spec.privileges.user)
    if spec.ports and not spec.privileges.host_network:
        config["ExposedPorts"] = {f"{port.container}/tcp": {} for port in spec.ports}
    return config


def _command(spec: ContainerSpec, given: Given) -> dict[str, Any]:
    if not spec.is_model_server:
        return {"Cmd": list(spec.command) or None}
    if given.models is None:
        raise DriverError("refused", f"nobody says where the models of {spec.service} are")
    store = given.models.parents[STORE_ABOVE - 1]
    at = PurePosixPath(STORE_AT) / given.models.relative_to(store)
    return {"Cmd": arguments(spec, str(at))}


def _host_config(spec: ContainerSpec, given: Given, joins: str | None, *, cdi: bool) -> dict[str, Any]:
    devices, groups = _devices(spec.devices)
    requests, nodes = _gpus(spec, given, cdi=cdi)
    config: dict[str, Any] = {
        "RestartPolicy": {"Name": _RESTART[spec.restart]},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": LOG_SIZE, "max-file": LOG_FILES}},
        "PidsLimit": PIDS,
        "ReadonlyRootfs": not spec.privileges.writable_root,
        "NetworkMode": _network(spec, joins),
        "Mounts": list(_mounts(spec, given)),
        "Devices": [*devices, *nodes],
        "DeviceRequests": requests,
        "GroupAdd": groups,
        **_limits(spec),
        **_privileges(spec),
    }
    if not spec.privileges.writable_root and "/tmp" not in {v.path for v in spec.volumes}:  # noqa: S108
        config["Tmpfs"] = {"/tmp": SCRATCH}  # noqa: S108
    if config["NetworkMode"] == "bridge":
        bindings: dict[str, list[dict[str, str]]] = {}
        for port in spec.ports:
            bindings.setdefault(f"{port.container}/tcp", []).append({"HostPort": str(port.host)})
        config["PortBindings"] = bindings
    return config


def _leased(spec: ContainerSpec, *, slices: bool) -> dict[str, Any]:
    """What runs by lease is not started again by the engine, and is where the watchdog looks for it."""
    if not spec.leased:
        return {}
    parent = cgroup_of(spec.host, short_name(spec.host, spec.replica))
    whole = f"/{slice_of(spec.host)}.slice/{parent}"
    return {"RestartPolicy": {"Name": "no"}, "CgroupParent": parent if slices else whole}


def _network(spec: ContainerSpec, joins: str | None) -> str:
    if joins is not None:
        return f"container:{joins}"
    return "host" if spec.privileges.host_network else BRIDGE


def _limits(spec: ContainerSpec) -> dict[str, int]:
    limits = {}
    if spec.cpu is not None:
        limits["NanoCpus"] = max(spec.cpu, _LEAST_CPU) * 1_000_000
    if spec.memory is not None:
        limits["Memory"] = limits["MemorySwap"] = max(spec.memory, _LEAST_MEMORY)
    return limits


def _privileges(spec: ContainerSpec) -> dict[str, Any]:
    if spec.privileges.privileged:
        return {"Privileged": True}
    for capability in spec.privileges.capabilities:
        if _CAPABILITY.fullmatch(capability) is None or capability == "ALL":
            raise DriverError("refused", f"{capability!r} is no capability: write one as in `NET_ADMIN`")
    return {
        "SecurityOpt": ["no-new-privileges:true"],
        "CapDrop": ["ALL"],
        "CapAdd": list(spec.privileges.capabilities),
    }


def _mounts(spec: ContainerSpec, given: Given) -> Iterator[dict[str, Any]]:
    for volume in spec.volumes:
        yield _volume(spec, volume, given)
    if given.models is not None:
        yield _bind(str(given.models.parents[STORE_ABOVE - 1]), STORE_AT)
    if given.secrets is not None:
        yield _bind(str(given.secrets), SECRETS_AT)
    if given.endpoints is not None:
        yield _bind(str(given.endpoints), ENDPOINTS_AT)
    if given.hosts is not None:
        yield _bind(str(given.hosts), "/etc/hosts")


def _volume(spec: ContainerSpec, volume: Volume, given: Given) -> dict[str, Any]:
    target = volume.path
    if (
        not target.startswith("/")
        or ".." in PurePosixPath(target).parts
        or PurePosixPath(target).parts == ("/",)
    ):
        raise DriverError(
            "refused", f"{spec.service}: a volume at {target!r}: write an absolute path below `/`"
        )
    if volume.source is None:
        # An engine makes what somebody removed in the meantime anew: then it has to be ours as well.
        labels = volume_labels(named_volume(spec, volume), spec.host)
        return {
            "Type": "volume",
            "Source": spec.volume_name(volume),
            "Target": target,
            "ReadOnly": volume.readonly,
            "VolumeOptions": {"Labels": labels},
        }
    if volume.source not in given.paths:
        raise DriverError(
            "refused",
            f"{spec.service} asks for {volume.source!r} of {spec.host}, which its list of paths does not allow",
        )
    return _bind(str(given.paths[volume.source]), target, readonly=volume.readonly)


def _bind(source: str, target: str, *, readonly: bool = True) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": source,
        "Target": target,
        "ReadOnly": readonly,
        "BindOptions": {"Propagation": "rprivate"},
    }


def _devices(devices: tuple[Device, ...]) -> tuple[list[dict[str, str]], list[str]]:
    """The nodes of devices, and the groups that may open them: a container has no right to pass by them."""
    nodes, groups = [], set()
    for device in devices:
        if device.path is None:
            raise DriverError(
                "refused", f"nobody says where {device.name} is: give its `path` in the inventory"
            )
        group = _node_group(device.name, device.path)
        nodes.append(_node(device.path))
        groups |= {str(group)} if group else set()
    return nodes, sorted(groups)


def _node(path: str) -> dict[str, str]:
    return {"PathOnHost": path, "PathInContainer": path, "CgroupPermissions": "rw"}


def _node_group(name: str, path: str) -> int:
    """The group of a device's node. Raises DriverError for what is no device that a container may have."""
    if not path.startswith("/dev/") or os.path.normpath(path) != path:
        raise DriverError("refused", f"{name} is said to be at {path!r}: a device is below `/dev`")
    try:
        found = os.stat(path)  # noqa: PTH116 - the module's own check of what it is
    except OSError as error:
        raise DriverError(
            "not-found", f"{name}: there is no {path}; plug it in, or give its new path"
        ) from error
    number = found.st_rdev
    if not stat.S_ISCHR(found.st_mode) or (os.major(number) == 1 and os.minor(number) in _MEMORY_DEVICES):
        raise DriverError("refused", f"{name}: {path} is no character device that a container may have")
    return found.st_gid


def _gpus(
    spec: ContainerSpec, given: Given, *, cdi: bool
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """What is requested of the engine's GPU driver, and the nodes of GPUs that are told as such."""
    called = [_gpu(name, given) for name in spec.gpu_names]
    for found in called:
        if found.startswith("/"):
            _node_group("a GPU", found)
    nodes = [_node(path) for path in called if path.startswith("/")]
    ids = [found for found in called if not found.startswith("/")]
    if not ids:
        return [], nodes
    if cdi:
        return [{"Driver": "cdi", "DeviceIDs": [f"nvidia.com/gpu={found}" for found in ids]}], nodes
    return [{"Driver": "nvidia", "DeviceIDs": ids, "Capabilities": [["gpu"]]}], nodes


def _gpu(name: str, given: Given) -> str:
    """What the engine calls a GPU: as the host says, or by the number at the end of its name, `gbg-1/gpu0`."""
    if name in given.gpus:
        return given.gpus[name]
    number = name[len(name.rstrip("0123456789")) :]
    if not number:
        raise DriverError("refused", f"nobody says which GPU of the host {name} is")
    return number
