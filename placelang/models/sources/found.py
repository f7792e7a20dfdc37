"""What a source leads to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from placelang.models.sources.source import SourceError


@dataclass(frozen=True, slots=True)
class Part:
    """A file: what it is called, where it is here, and its digest."""

    name: str
    path: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Found:
    """A model's files; `resolved` is the source as it means the same tomorrow."""

    resolved: str
    parts: tuple[Part, ...]

    @property
    def model(self) -> Part:
        """The one that is the model; the others hold weights of it. Raises SourceError."""
        if len(self.parts) == 1:
            return self.parts[0]
        models = [one for one in self.parts if one.name.endswith(".onnx")]
        if len(models) != 1:
            names = ", ".join(one.name for one in self.parts[:5])
            raise SourceError(
                f"{self.resolved} has {len(models)} files that end in .onnx, and one is the model: {names}"
            )
        return models[0]


def check_name(name: object) -> str:
    """A file's name as a source says it: relative, downwards, and visible. Raises SourceError."""
    if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 1024:  # noqa: PLR2004 - a path's limit
        path = PurePosixPath(name)
        if not path.is_absolute() and ".." not in path.parts and path.parts and "\\" not in name:
            return str(path)
    raise SourceError(f"a file with the name {name!r:.200} is not taken: it could be put anywhere")
