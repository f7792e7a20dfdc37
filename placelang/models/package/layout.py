"""An image on disk: a layout of the Open Container Initiative, which an Engine of any age loads as well.

Specification: https://github.com/opencontainers/image-spec, version 1.0; `manifest.json` is as `docker save` has it.
"""

from __future__ import annotations

import json
import platform
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from placelang.models.package.errors import PackageError
from placelang.models.package.layers import Blob, write_blob

_MEDIA: Final = "application/vnd.oci.image"
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_BEGINNING: Final = "1970-01-01T00:00:00Z"
"""When all images were made: a time in them would make equal ones differ."""


@dataclass(frozen=True, slots=True)
class Started:
    """How a container of the image is started."""

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    user: str
    port: int
    labels: Mapping[str, str]


def architecture() -> str:
    """Of this machine, by the image's word. Raises PackageError."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise PackageError(f"images for {machine} are not known: use one of {', '.join(_ARCHITECTURES)}")
    return _ARCHITECTURES[machine]


def write_layout(folder: Path, tag: str, layers: Mapping[str, Blob], started: Started) -> tuple[Blob, Blob]:
    """Complete a folder that has the layers, each made by what its name says; its manifest and its configuration.
    Raises OSError, PackageError."""
    blobs = folder / "blobs" / "sha256"
    configuration = write_blob(blobs, _json(_configuration(layers, started)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_MEDIA}.manifest.v1+json",
        "config": _described(configuration, "config.v1+json"),
        "layers": [_described(layer, "layer.v1.tar") for layer in layers.values()],
        "annotations": dict(started.labels),
    }
    written = write_blob(blobs, _json(manifest))
    entry = _described(written, "manifest.v1+json") | {
        "annotations": {"org.opencontainers.image.ref.name": tag, "io.containerd.image.name": tag},
        "platform": {"architecture": architecture(), "os": "linux"},
    }
    index = {"schemaVersion": 2, "mediaType": f"{_MEDIA}.index.v1+json", "manifests": [entry]}
    loaded = [
        {
            "Config": configuration.file,
            "RepoTags": [tag],
            "Layers": [layer.file for layer in layers.values()],
        }
    ]
    for name, content in (
        ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
        ("index.json", index),
        ("manifest.json", loaded),
    ):
        (folder / name).write_bytes(_json(content))
    return written, configuration


def pack(folder: Path, archive: Path) -> None:
    """Write a layout as one file, the same for the same layout. Raises OSError."""
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            if path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                entry.size = path.stat().st_size
                with path.open("rb") as file:
                    tar.addfile(entry, file)


def _configuration(layers: Mapping[str, Blob], started: Started) -> dict[str, Any]:
    return {
        "created": _BEGINNING,
        "architecture": architecture(),
        "os": "linux",
        "config": {
            "User": started.user,
            "Entrypoint": list(started.command),
            "Cmd": list(started.arguments),
            "Env": [f"{name}={value}" for name, value in sorted(started.environment.items())],
            "ExposedPorts": {f"{started.port}/tcp": {}},
            "WorkingDir": "/",
            "Labels": dict(sorted(started.labels.items())),
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers.values()]},
        "history": [{"created": _BEGINNING, "created_by": name} for name in layers],
    }


def _described(blob: Blob, kind: str) -> dict[str, Any]:
    return {"mediaType": f"{_MEDIA}.{kind}", "digest": blob.digest, "size": blob.size}


def _json(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, indent=1).encode() + b"\n"
