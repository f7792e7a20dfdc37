"""What a model server serves: `models.json` in the folder that it is given, replaced as a whole by whoever decides.

Files are relative to that folder, and may lie beside it. The order of a model's versions matters: the first is the one
that answers where a request names none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from placelang_runtime.base import Digest, Document, Name, Text, absent
from placelang_runtime.files import write_whole
from placelang_runtime.operations import OnePhase, Phase

FILE: Final = "models.json"
LONGEST: Final = 1 << 20
"""Bytes of a manifest."""
FIRST_VERSION: Final = "1"
"""What a model without a version is called by those who ask for it by version."""


class ManifestError(ValueError):
    """The folder has no manifest that can be used; the message says why."""


class Beside(Document):
    """A file beside a model's that holds weights of it; `path` is relative to the folder of that."""

    path: Text
    digest: Digest


class Drawn(Document):
    """The file of a baseline. `model` is the digest of the file that it is of: that of the entry, unless it says
    something else, as variants of a model share a baseline."""

    file: Text
    digest: Annotated[Digest | None, Field(exclude_if=absent)] = None
    model: Annotated[Digest | None, Field(exclude_if=absent)] = None


class Entry(Document):
    """A version of a model. `providers` stand best first, none for whatever there is; where digests are given, the
    files have them, or are not loaded."""

    name: Name
    version: Name
    file: Text
    digest: Annotated[Digest | None, Field(exclude_if=absent)] = None
    beside: Annotated[tuple[Beside, ...], Field(max_length=64, exclude_if=absent)] = ()
    providers: Annotated[tuple[Name, ...], Field(max_length=64, exclude_if=absent)] = ()
    baseline: Annotated[Drawn | None, Field(exclude_if=absent)] = None
    shadow: OnePhase = None
    canary: OnePhase = None

    @property
    def phases(self) -> tuple[tuple[Literal["shadow", "canary"], Phase], ...]:
        """In which it is tried before it takes the place of the version that stands before it."""
        return (
            *((("shadow", self.shadow),) if self.shadow is not None else ()),
            *((("canary", self.canary),) if self.canary is not None else ()),
        )

    @property
    def untried(self) -> Entry:
        """The same, once it has passed."""
        return self.model_copy(update={"shadow": None, "canary": None})


class Manifest(Document):
    format: Literal["placelang/serve/1"] = "placelang/serve/1"
    models: Annotated[tuple[Entry, ...], Field(max_length=256)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if len({(one.name, one.version) for one in self.models}) < len(self.models):
            raise ValueError("one version of a model twice")
        return self


def read_manifest(folder: Path) -> Manifest:
    """Raises ManifestError."""
    try:
        with (folder / FILE).open("rb") as file:
            text = file.read(LONGEST + 1)
    except OSError as error:
        raise ManifestError(f"{folder / FILE}: {(error.strerror or str(error)).lower()}") from None
    if len(text) > LONGEST:
        raise ManifestError(f"{folder / FILE}: longer than {LONGEST >> 20} MiB")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ManifestError(f"{folder / FILE}: {where}: {first['msg'].lower()}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace what the folder serves. Raises OSError."""
    write_whole(folder / FILE, manifest.model_dump_json(indent=2).encode() + b"\n", mode=0o644)
