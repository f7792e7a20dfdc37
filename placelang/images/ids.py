"""What engines call an image by digest once they have it, so that a host can tell it without asking a registry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from placelang.images.registry import Registries, RegistryError

MOST_PLATFORMS: Final = 64
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def ids_of(registries: Registries, image: str) -> tuple[str, ...]:
    """The digest of the configuration of an image by digest, for each platform that it has. Raises `RegistryError`."""
    manifest = _read(registries, image)
    members = manifest.get("manifests")
    if not isinstance(members, list):
        return tuple(_configuration(manifest))
    name = image.partition("@")[0]
    digests = [one["digest"] for one in members[:MOST_PLATFORMS] if _is_platform(one)]
    each = (_read(registries, f"{name}@{digest}") for digest in digests)
    return tuple(sorted({found for one in each for found in _configuration(one)}))


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
