"""An artifact of a registry of images: each layer is a file, with its name as its title, as ORAS and MODELPACK have it.

Specification: https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md#guidelines-for-artifact-usage.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from placelang.images.registry import Registries, RegistryError
from placelang.models.sources.cache import place_of
from placelang.models.sources.download import Report, download
from placelang.models.sources.found import Found, Part, check_name
from placelang.models.sources.source import Artifact, SourceError

TITLE: Final = "org.opencontainers.image.title"
_MOST: Final = 1_000


def find(source: Artifact, cache: Path, report: Report) -> Found:
    """Raises SourceError, OSError."""
    registries = Registries()
    try:
        text = registries.manifest(source.image)
    except RegistryError as error:
        raise SourceError(str(error)) from None
    named = source.image.partition("@")[0]
    resolved = f"oci://{_without_tag(named)}@sha256:{hashlib.sha256(text).hexdigest()}"
    parts = tuple(
        Part(name, _have(registries, source, digest, cache, report), digest)
        for name, digest in _files(resolved, text)
    )
    return Found(resolved, parts)


def _files(resolved: str, text: bytes) -> list[tuple[str, str]]:
    """By name, the digests of the files."""
    try:
        layers: Any = json.loads(text)["layers"]
        files = [
            (one["annotations"][TITLE], one["digest"])
            for one in layers
            if TITLE in one.get("annotations", {})
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        files = []
    if not files or len(files) > _MOST or not all(_is_digest(digest) for _, digest in files):
        raise SourceError(
            f"{resolved} holds no files by name: push the model with a title, as `oras push` does"
        )
    return [(check_name(name), digest) for name, digest in files]


def _have(registries: Registries, source: Artifact, digest: str, cache: Path, report: Report) -> Path:
    with place_of(cache, digest) as place:
        if not place.exists():
            url, headers = registries.blob(source.image, digest)
            download(registries.session, url, place, digest, report=report, headers=headers)
    return place


def _is_digest(text: object) -> bool:
    return (
        isinstance(text, str)
        and text.startswith("sha256:")
        and len(text) == len("sha256:") + 64
        and set(text[7:]) <= set("0123456789abcdef")
    )


def _without_tag(name: str) -> str:
    stem, colon, tag = name.rpartition(":")
    return stem if colon and "/" not in tag else name
