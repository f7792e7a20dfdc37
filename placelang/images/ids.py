"""What engines call an image by digest once they have it, so that a host can tell it without asking a registry, and how
large it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from placelang.images.lock import MOST_SIZE
from placelang.images.registry import Registries, RegistryError

MOST_PLATFORMS: Final = 64
MOST_LAYERS: Final = 1024
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Content:
    """Of an image by digest, the `ids`: the digest of its configuration for each platform that it has; and its `size`
    as the registry packs it, for the platform that takes most, None where its manifest does not say."""

    ids: tuple[str, ...]
    size: int | None


def content_of(registries: Registries, image: str) -> Content:
    """What is in an image by digest. Raises `RegistryError`."""
    manifest = _read(registries, image)
    members = manifest.get("manifests")
    each = [manifest]
    if isinstance(members, list):
        name = image.partition("@")[0]
        digests = [one["digest"] for one in members[:MOST_PLATFORMS] if _is_platform(one)]
        each = [_read(registries, f"{name}@{digest}") for digest in digests]
    sizes = [_size(one) for one in each]
    known = [size for size in sizes if size is not None]
    return Content(
        tuple(sorted({found for one in each for found in _configuration(one)})),
        max(known) if known and len(known) == len(sizes) else None,
    )


def _size(manifest: Mapping[str, Any]) -> int | None:
    """What the layers of a manifest come to, each once."""
    layers = manifest.get("layers")
    if not isinstance(layers, list) or len(layers) > MOST_LAYERS:
        return None
    sizes: dict[str, int] = {}
    for layer in layers:
        digest, size = (layer.get("digest"), layer.get("size")) if isinstance(layer, dict) else (None, None)
        if not isinstance(digest, str) or type(size) is not int or not 0 <= size <= MOST_SIZE:
            return None
        sizes[digest] = size
    return min(MOST_SIZE, sum(sizes.values()))


def _read(registries: Registries, image: str) -> Mapping[str, Any]:
    try:
        read = json.loads(registries.manifest(image))
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{image}: its manifest is not JSON") from error
    if not isinstance(read, dict):
        raise RegistryError(f"{image}: its manifest is none")
    return read


def _is_platform(member: object) -> bool:
    """Whether a member of an index is the image for a platform, and not something that is told about one."""
    if not isinstance(member, dict) or not isinstance(member.get("digest"), str):
        return False
    platform = member.get("platform")
    return _DIGEST.fullmatch(member["digest"]) is not None and not (
        isinstance(platform, dict) and platform.get("os") == "unknown"
    )


def _configuration(manifest: Mapping[str, Any]) -> Iterator[str]:
    """The digest of the configuration that a manifest names, if it does."""
    described = manifest.get("config")
    digest = described.get("digest") if isinstance(described, dict) else None
    if isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None:
        yield digest
