"""References of images: what may be one, and what one that names a digest is called where no registry vouches for it.

They become parts of the engine's paths, so one that could lead to anything but an image is refused.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from placelang_runtime.drivers.errors import DriverError

_DOMAIN: Final = r"(?:\[[0-9a-fA-F:]{2,39}\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,253}[a-zA-Z0-9])?)(?::[0-9]{1,5})?"
_WORD: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE: Final = re.compile(
    rf"(?:{_DOMAIN}/)?{_WORD}(?:/{_WORD})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?"
)
_LONGEST: Final = 512
_HERE: Final = "placelang.invalid/image"
"""A name that no registry can have."""


def reference(image: str) -> str:
    """The image's name, checked. Raises DriverError."""
    if len(image) > _LONGEST or ".." in image or _REFERENCE.fullmatch(image) is None:
        raise DriverError("refused", f"{image[:200]!r} is no name of an image: write `registry/name:tag`")
    return image


def split(image: str) -> tuple[str, str]:
    """Repository, and tag or digest."""
    repository, at, digest = image.partition("@")
    if at:
        return repository, digest
    stem, colon, tag = image.rpartition(":")
    return (stem, tag) if colon and "/" not in tag else (image, "latest")


def alias(image: str) -> str | None:
    """What an image is called beside its name with a digest, which an engine forgets when it saves and loads it; None
    for one that has no digest."""
    if "@" not in image:
        return None
    return f"{_HERE}:{hashlib.sha256(image.encode()).hexdigest()[:40]}"
