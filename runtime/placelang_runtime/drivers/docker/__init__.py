"""The driver of container engines that speak Docker's API, 1.41 and later.

A container is found by its name and known by its labels; what lacks them is never touched. The engine restarts what
ends by itself, later and later, and keeps on doing so while nothing of ours runs.
"""

from __future__ import annotations

import contextlib
import re
import socket
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from placelang_runtime.containers import ContainerSpec, container_name
from placelang_runtime.docker_sdk import docker
from placelang_runtime.drivers.asking import ask_network
from placelang_runtime.drivers.docker import images
from placelang_runtime.drivers.docker.config import BRIDGE, container_config
from placelang_runtime.drivers.docker.copies import copy_of, is_cut_off, joined
from placelang_runtime.drivers.docker.faults import told
from placelang_runtime.drivers.docker.references import reference
from placelang_runtime.drivers.docker.running import run_inside
from placelang_runtime.drivers.driver import (
    SHORTEST_GRACE,
    Answer,
    Copy,
    EngineVersion,
    Fetched,
    Given,
    NamedVolume,
    Usage,
)
from placelang_runtime.drivers.errors import DriverError
from placelang_runtime.drivers.labels import PREFIX, read, read_volume, volume_labels, volumes_of
from placelang_runtime.part import Health

OLDEST: Final = (1, 41)
SECONDS: Final = 30.0
"""How long an engine may take for one answer."""
ADDRESS: Final = "unix:///var/run/docker.sock"
_CHANGES: Final = ("die", "destroy", "start", "pause", "unpause")
_THERE_OR_NO_IMAGE: Final = frozenset({404, 409})
_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Known:
    """A container that was seen to be ours, which it stays for as long as it is there."""

    name: str
    joins: str | None


class DockerDriver:
    """`address` is where the engine answers. Nothing is asked of it before it is needed."""

    def __init__(self, host: str, address: str = ADDRESS, *, seconds: float = SECONDS) -> None:
        self.host: Final = host
        self.name: Final = "docker"
        self._address = address
        self._seconds = seconds
        self._client: Any = None
        self._cdi = self._slices = False
        self._quota = True
        self._known: dict[str, _Known] = {}

    @property
    def _engine(self) -> Any:
        """The way to the engine. Raises DriverError unless it answers, and is recent enough."""
        with told(f"the engine at {self._address}"):
            self._knock()
            if self._client is None:
                self._client = self._met()
        return self._client

    def _met(self) -> Any:
        """A way to an engine that answers, which is closed again where it does not."""
        client = docker.APIClient(self._address, version="1.41", timeout=self._seconds)
        client.trust_env = False  # proxies and passwords are for the web: each request would look for them
        try:
            said = str(client.version(api_version=False)["ApiVersion"])
            _check_recent(said)
            client._version = said  # noqa: SLF001 - what `auto` does, and then leaves open what fails
            info = client.info()
        except BaseException:
            client.close()
            raise
        self._cdi = bool(info.get("CDISpecDirs")) and "nvidia" not in (info.get("Runtimes") or {})
        self._slices = info.get("CgroupDriver") == "systemd"
        weakref.finalize(self, client.close)
        return client

    def _knock(self) -> None:
        """Raise where nobody listens: the SDK would leave a socket behind each time."""
        if not self._address.startswith("unix://"):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(self._seconds)
            try:
                door.connect(self._address.removeprefix("unix://"))
            except PermissionError as error:
                raise DriverError(
                    "refused", f"{self._address} is not for this user: run it as root"
                ) from error
            except FileNotFoundError as error:
                raise ConnectionError from error

    def version(self) -> EngineVersion:
        with told("asking for the version"):
            found = self._engine.version()
            return EngineVersion(self.name, str(found["Version"]), str(found["ApiVersion"]))

    def gateway(self) -> str | None:
        with told("asking for the network of containers"):
            found = [one for one in self._engine.networks(names=[BRIDGE]) if one["Name"] == BRIDGE]
            ways = [subnet.get("Gateway") for one in found for subnet in one["IPAM"]["Config"] or ()]
            return next((str(way) for way in ways if way), None)

    def copies(self) -> tuple[Copy, ...]:
        with told("listing containers"):
            listed = self._engine.containers(all=True, filters={"label": f"{PREFIX}host={self.host}"})
            seen = [self._seen(one["Id"]) for one in listed]
        inspected = {found["Id"]: found for found in seen if found is not None}
        found = (self._copy_of(one, inspected.get(joined(one) or "")) for one in inspected.values())
        return tuple(sorted((copy for copy in found if copy), key=lambda copy: copy.name))

    def follow(self) -> Iterator[None]:
        filters = {"type": "container", "event": list(_CHANGES), "label": f"{PREFIX}host={self.host}"}
        with told("waiting for events"):
            with contextlib.closing(self._engine.events(filters=filters)) as pieces:
                for _ in pieces:
                    yield
            raise DriverError("unreachable", "the engine ended, and with it the events that it tells")

    def copy(self, id: str) -> Copy:  # noqa: A002
        found = self._seen(id) if _ID.fullmatch(id) else None
        copy = None if found is None else self._copy_of(found, self._network_of(joined(found)))
        if copy is None:
            raise _gone(id, self.host)
        return copy

    def create(self, spec: ContainerSpec, given: Given) -> str:
        network = self._network(spec)
        config = container_config(spec, given, joins=network, cdi=self._uses_cdi(), slices=self._slices)
        config["Image"] = reference(config["Image"])
        for volume in volumes_of(spec):
            self._have_volume(volume)
        with told(f"creating {spec.replica}"):
            try:
                id_ = self._create(config, spec)
            except docker.errors.APIError as error:
                if error.status_code not in _THERE_OR_NO_IMAGE:
                    raise
                id_ = self._otherwise(config, spec, error)
        self._known[id_] = _Known(spec.name, network)
        return id_

    def start(self, id: str) -> None:  # noqa: A002
        known = self._ours(id)
        found = self._seen(id) if known.joins is not None else None
        cut_off = found is not None and is_cut_off(found, self._network_of(known.joins))
        with told(f"starting {known.name}"):
            if cut_off:
                self._engine.restart(id, timeout=round(SHORTEST_GRACE))
            else:
                self._engine.start(id)

    def stop(self, id: str, grace: float = SHORTEST_GRACE) -> None:  # noqa: A002
        known = self._ours(id)
        with told(f"stopping {known.name}"):
            self._engine.stop(id, timeout=max(0, round(grace)))

    def remove(self, id: str) -> None:  # noqa: A002
        if id not in self._known and self._seen(id) is None:
            return
        known = self._ours(id)
        with told(f"removing {known.name}"):
            try:
                # `v` is for volumes without a name, which nobody could find again; those with one stay.
                self._engine.remove_container(id, force=True, v=True)
            except docker.errors.NotFound:
                return
            finally:
                self._known.pop(id, None)

    def logs(self, id: str, tail: int, *, follow: bool = False) -> Iterator[bytes]:  # noqa: A002
        known = self._ours(id)
        with told(f"reading what {known.name} wrote"):
            if not follow:
                yield self._engine.logs(id, tail=tail)
                return
            with contextlib.closing(self._engine.logs(id, stream=True, follow=True, tail=tail)) as pieces:
                yield from pieces

    def ask(self, copy: Copy, health: Health) -> Answer:
        if health.kind != "exec":
            return ask_network(copy.address, health)
        seconds = health.timeout_ms / 1000
        with told(f"checking {copy.labels.replica}"):
            code = run_inside(self._engine, copy.id, health.command, seconds)
        if code is None:
            return Answer(healthy=False, why=f"the check did not end within {seconds:g} s")
        return Answer(code == 0, "" if code == 0 else f"the check ended with exit code {code}")

    def usage(self, id: str) -> Usage:  # noqa: A002
        self._ours(id)
        with told("reading usage"):
            found = self._engine.stats(id, stream=False, one_shot=True)
            memory = found.get("memory_stats") or {}
            cached = (memory.get("stats") or {}).get("inactive_file", 0)
            used = found["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
            return Usage(cpu_seconds=used, memory=max(0, int(memory.get("usage", 0)) - int(cached)))

    def disk(self) -> Mapping[str, int]:
        ours = {copy.id for copy in self.copies()}
        with told("reading sizes"):
            found = self._engine.df()
            volumes = {one["Name"]: max(0, one["UsageData"]["Size"]) for one in found["Volumes"] or ()}
            return {
                one["Id"]: one.get("SizeRw", 0)
                + sum(volumes.get(mount.get("Name", ""), 0) for mount in one.get("Mounts") or ())
                for one in found["Containers"] or ()
                if one["Id"] in ours
            }

    def has_image(self, image: str) -> bool:
        with told(f"looking for {image}"):
            return images.known_as(self._engine, image) is not None

    def fetch_image(self, image: str, report: Callable[[Fetched], None]) -> None:
        with told(f"fetching {image}"):
            images.fetch(self._engine, image, report)

    def save_image(self, image: str, to: Path) -> None:
        with told(f"saving {image}"):
            images.save(self._engine, image, to)

    def load_image(self, file: Path) -> None:
        with told(f"loading {file.name}"):
            images.load(self._engine, file)

    def check_image(self, file: Path, image: str, ids: Collection[str]) -> None:
        images.check(file, image, ids)

    def remove_image(self, image: str) -> None:
        with told(f"removing {image}"):
            images.remove(self._engine, image)

    def volumes(self) -> tuple[NamedVolume, ...]:
        with told("listing volumes"):
            listed = self._engine.volumes(filters={"label": f"{PREFIX}host={self.host}"})["Volumes"] or []
        found = (read_volume(one["Name"], one.get("Labels"), self.host) for one in listed)
        return tuple(sorted((volume for volume in found if volume), key=lambda volume: volume.name))

    def volume_sizes(self) -> Mapping[str, int]:
        with told("measuring volumes"):
            listed = self._engine.df().get("Volumes") or []
        ours = {name for one in listed if read_volume(name := one["Name"], one.get("Labels"), self.host)}
        sizes = {one["Name"]: (one.get("UsageData") or {}).get("Size", -1) for one in listed}
        return {name: int(size) for name, size in sorted(sizes.items()) if name in ours and size >= 0}

    def remove_volume(self, name: str) -> None:
        if name in {volume.name for volume in self.volumes()}:
            with told(f"removing the volume {name}"):
                self._engine.remove_volume(name)

    def _otherwise(self, config: dict[str, Any], spec: ContainerSpec, error: docker.errors.APIError) -> str:
        """The container that is there already, or one of the image that came from a neighbour."""
        there = self._seen(spec.name)
        if there is not None:
            return self._same(there, spec)
        known = images.known_as(self._engine, config["Image"])
        if known is None:
            raise DriverError("no-image", f"{config['Image']} is not on {self.host}: fetch it first")
        if known == config["Image"]:
            raise error
        return self._create(config | {"Image": known}, spec)

    def _create(self, config: dict[str, Any], spec: ContainerSpec) -> str:
        """With a limit of what it writes, if the engine's storage can hold anybody to that."""
        size = spec.needs.get("disk")
        if self._quota and size is not None and spec.privileges.writable_root:
            limited = config | {"HostConfig": config["HostConfig"] | {"StorageOpt": {"size": str(size)}}}
            try:
                return str(self._engine.create_container_from_config(limited, spec.name)["Id"])
            except docker.errors.APIError as error:
                if "storage-opt" not in str(error).lower():
                    raise
                self._quota = False
        return str(self._engine.create_container_from_config(config, spec.name)["Id"])

    def _uses_cdi(self) -> bool:
        return self._engine is not None and self._cdi

    def _seen(self, of: str) -> Mapping[str, Any] | None:
        """A container by name or id, ours or not."""
        with told("looking at a container"):
            try:
                found: Mapping[str, Any] = self._engine.inspect_container(of)
            except docker.errors.NotFound:
                return None
            return found

    def _copy_of(self, found: Mapping[str, Any], network: Mapping[str, Any] | None) -> Copy | None:
        copy = copy_of(found, self.host, network)
        if copy is not None:
            self._known[copy.id] = _Known(copy.name, joined(found))
        return copy

    def _ours(self, id_: str) -> _Known:
        """A container that is ours, if it is still there. Raises DriverError for any other."""
        if id_ not in self._known:
            self.copy(id_)
        return self._known[id_]

    def _same(self, there: Mapping[str, Any], spec: ContainerSpec) -> str:
        labels = read(there["Config"].get("Labels"), self.host, spec.name)
        if labels is None or labels.spec != spec.digest:
            raise DriverError(
                "taken",
                f"the name {spec.name} is taken by a container that is not ours, {there['Id'][:12]}: "
                "remove or rename it",
            )
        return str(there["Id"])

    def _network_of(self, joins: str | None) -> Mapping[str, Any] | None:
        return None if joins is None else self._seen(joins)

    def _network(self, spec: ContainerSpec) -> str | None:
        """The container whose network a sidecar shares."""
        if not spec.joins:
            return None
        found = self._seen(container_name(spec.service, spec.replica, "", spec.joins))
        own = None if found is None else self._copy_of(found, None)
        if own is None or own.labels.spec != spec.joins:
            raise DriverError(
                "not-found", f"{spec.replica} has to be created before its sidecar {spec.container}"
            )
        return own.id

    def _have_volume(self, volume: NamedVolume) -> None:
        with told(f"creating the volume {volume.name}"):
            found = self._engine.create_volume(volume.name, labels=volume_labels(volume, self.host))
        if read_volume(volume.name, found.get("Labels"), self.host) is None:
            raise DriverError(
                "taken", f"the name {volume.name} is taken by a volume that is not ours: remove it"
            )


def _check_recent(said: str) -> None:
    if tuple(int(part) for part in said.split(".")) < OLDEST:
        raise DriverError("refused", f"the engine speaks API {said}: 1.41 is needed")


def _gone(id_: str, host: str) -> DriverError:
    return DriverError("not-found", f"there is no container {id_[:12]} of ours on {host}")
