"""Layers: archives of files whose bytes depend on the files alone, not on when, where or by whom they are made.

Layers are not compressed: compressors differ from one version to the next, and digests with them.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

_READ: Final = 0o644
_RUN: Final = 0o755


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes by their digest, `sha256:…`."""

    digest: str
    size: int

    @property
    def file(self) -> str:
        return f"blobs/{self.digest.replace(':', '/')}"


def write_layer(blobs: Path, files: Mapping[PurePosixPath, Path | bytes]) -> Blob:
    """Write an archive of files, each given by its path or by its content, into the folder of blobs. Raises OSError."""
    partial = blobs / "partial"
    with partial.open("wb") as file:
        hashing = _Hashing(file)
        with tarfile.open(fileobj=hashing, mode="w|", format=tarfile.GNU_FORMAT) as tar:  # type: ignore[call-overload]
            for folder in sorted(
                {parent for path in files for parent in path.parents} - {PurePosixPath("/")}
            ):
                tar.addfile(_entry(folder, tarfile.DIRTYPE, _RUN))
            for path in sorted(files):
                _add(tar, path, files[path])
        blob = Blob(f"sha256:{hashing.sum.hexdigest()}", hashing.size)
    partial.replace(blobs / blob.digest.removeprefix("sha256:"))
    return blob


def hash_file(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def write_blob(blobs: Path, content: bytes) -> Blob:
    """Raises OSError."""
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return Blob(f"sha256:{digest}", len(content))


class _Hashing:
    """A file that is hashed while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sum, self.size = file, hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        self.sum.update(content)
        self.size += len(content)
        return self.file.write(content)


def _add(tar: tarfile.TarFile, path: PurePosixPath, content: Path | bytes) -> None:
    entry = _entry(path, tarfile.REGTYPE, _READ)
    if isinstance(content, bytes):
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        return
    with content.open("rb") as file:
        about = Path(content).stat()
        entry.size = about.st_size
        entry.mode = _RUN if about.st_mode & 0o100 else _READ
        tar.addfile(entry, file)


def _entry(path: PurePosixPath, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(str(path.relative_to("/")))
    entry.type, entry.mode = kind, mode
    return entry
