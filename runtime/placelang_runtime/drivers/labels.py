"""Labels: by them, and by nothing else, a driver knows what is ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Final

from placelang_runtime.containers import ContainerSpec, container_name
from placelang_runtime.drivers.driver import Given, Labels, NamedVolume
from placelang_runtime.part import Volume

PREFIX: Final = "placelang."
_KEEP: Final = {True: "yes", False: "no"}


def labels_of(spec: ContainerSpec, given: Given) -> Labels:
    """What the container of a spec says of itself."""
    return Labels(
        site=spec.site,
        host=spec.host,
        plan=given.plan,
        group=spec.group,
        service=spec.service,
        replica=spec.replica,
        container=spec.container,
        spec=spec.digest,
    )


def written(labels: Labels) -> dict[str, str]:
    """Labels as an engine keeps them."""
    return {PREFIX + name: value for name, value in asdict(labels).items()}


def read(found: Mapping[str, str] | None, host: str, name: str) -> Labels | None:
    """The labels of a container of this host that is ours, None for any other. It has the name that its labels make:
    one that was run by somebody else has not, though its image may have brought it our labels."""
    said = {f.name: (found or {}).get(PREFIX + f.name) for f in fields(Labels)}
    known = {key: value for key, value in said.items() if value is not None}
    if said["host"] != host or len(known) < len(said):
        return None
    labels = Labels(**known)
    called = container_name(labels.service, labels.replica, labels.container, labels.spec)
    return labels if name == called else None


def volumes_of(spec: ContainerSpec) -> Iterator[NamedVolume]:
    """The named volumes of a container."""
    for volume in spec.volumes:
        if volume.source is None:
            yield named_volume(spec, volume)


def named_volume(spec: ContainerSpec, volume: Volume) -> NamedVolume:
    """A volume of a container that has no path of the host."""
    return NamedVolume(spec.volume_name(volume), spec.service, spec.replica, volume.path, keep=volume.keep)


def volume_labels(volume: NamedVolume, host: str) -> dict[str, str]:
    """What a volume says of itself, as an engine keeps it."""
    said = {"host": host, "service": volume.service, "replica": volume.replica, "path": volume.path}
    return {PREFIX + name: value for name, value in (said | {"keep": _KEEP[volume.keep]}).items()}


def read_volume(name: str, found: Mapping[str, str] | None, host: str) -> NamedVolume | None:
    """A volume of this host that is ours, None for any other."""
    said = [(found or {}).get(PREFIX + key) for key in ("service", "replica", "path", "keep")]
    if (found or {}).get(PREFIX + "host") != host or None in said:
        return None
    service, replica, path, keep = (value or "" for value in said)
    return NamedVolume(name, service, replica, path, keep=keep == _KEEP[True])
