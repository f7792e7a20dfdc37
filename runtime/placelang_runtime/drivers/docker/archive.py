"""Whether the file that a neighbour saved holds the image that the plan means, and nothing else.

An engine that saves an image writes what it is made of, and not the compressed layers that its digest in a registry is
over. So what the plan knows beside that digest is checked: the digests of the image's configurations, one for each
platform. A configuration has those of its layers. All of these are worked out from the file, which is not unpacked.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from placelang_runtime.drivers.errors import DriverError

LISTING: Final = "manifest.json"
MOST_BYTES: Final = 8 << 20
"""Of a document in the file."""
MOST_MEMBERS: Final = 10_000
_PIECE: Final = 1 << 20


def check_archive(file: Path, name: str, ids: Collection[str]) -> None:
    """Raise DriverError unless the file has one image, called `name` alone, with one of the ids."""
    try:
        with tarfile.open(file, "r:") as tar:
            _check(tar, name, ids)
    except (OSError, tarfile.TarError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise _wrong("it cannot be read") from error


def _check(tar: tarfile.TarFile, name: str, ids: Collection[str]) -> None:
    names = set()
    for count, member in enumerate(tar):
        if count >= MOST_MEMBERS or member.name in names or posixpath.normpath(member.name) != member.name:
            raise _wrong("its members are not those of an image")
        names.add(member.name)
    (image,) = _document(tar, LISTING)
    if image["RepoTags"] != [name]:
        raise _wrong("it has another image, or another name for it")
    configuration = _read(tar, image["Config"])
    if f"sha256:{hashlib.sha256(configuration).hexdigest()}" not in ids:
        raise _wrong("its image is another one")
    wanted = json.loads(configuration)["rootfs"]["diff_ids"]
    found = [_digest(tar, layer) for layer in image["Layers"]]
    if found != wanted:
        raise _wrong("a layer of it was altered")


def _document(tar: tarfile.TarFile, name: str) -> Any:
    return json.loads(_read(tar, name))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    content = tar.extractfile(name)
    read = b"" if content is None else content.read(MOST_BYTES + 1)
    if not read or len(read) > MOST_BYTES:
        raise _wrong("a document of it is missing, or too large")
    return read


def _digest(tar: tarfile.TarFile, name: str) -> str:
    content, found = tar.extractfile(name), hashlib.sha256()
    if content is None:
        raise _wrong("a layer of it is missing")
    while piece := content.read(_PIECE):
        found.update(piece)
    return f"sha256:{found.hexdigest()}"


def _wrong(why: str) -> DriverError:
    return DriverError("refused", f"what a neighbour sent is not the image of the plan: {why}")
