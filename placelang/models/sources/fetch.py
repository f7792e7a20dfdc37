"""From a source to a model's files here, verified, and a note of where they came from.

Leaves the model at the path that was asked for, files with its weights beside it, and `PATH.source.json`, which says
what it is and where from; or nothing.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from placelang.models.package.layers import hash_file
from placelang.models.sources import mlflow, registry, web
from placelang.models.sources.download import Report
from placelang.models.sources.found import Found, Part
from placelang.models.sources.source import Artifact, Local, Registered, Source, SourceError, Web, parse
from placelang_runtime.files import write_whole

NOTE: Final = ".source.json"
_LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A model that is here: its digest, and those of the files beside it; `source` is as it was asked for, `resolved`
    as it means the same tomorrow."""

    file: str
    source: str
    resolved: str
    digest: str
    beside: tuple[tuple[str, str], ...]


def fetch(text: str, to: Path | None, cache: Path, report: Report, digest: str | None = None) -> Fetched:
    """Have the model of a source at `to`, the source's own name in this folder if None; `digest` is what it has to
    have, if anybody knows. Raises SourceError, OSError."""
    found = _find(parse(text), cache, report)
    model = found.model
    if digest not in {None, model.digest}:
        raise SourceError(f"{found.resolved} has the digest {model.digest}, and {digest} was asked for")
    path = to or Path(Path(model.name).name)
    others = [one for one in found.parts if one is not model]
    places = {_beside(path, model, one): one for one in others}
    for place, one in places.items():
        if place.exists() and hash_file(place) != one.digest:
            raise SourceError(f"{place} is there already, and something else: name another folder with -o")
    for place, one in {**places, path: model}.items():
        _put(one.path, place)
    fetched = Fetched(
        str(path), text, found.resolved, model.digest, tuple((one.name, one.digest) for one in others)
    )
    note = json.dumps(asdict(fetched) | {"file": path.name}, indent=2).encode() + b"\n"
    write_whole(path.with_name(path.name + NOTE), note, mode=0o644)
    return fetched


def source_of(path: Path, digest: str) -> str | None:
    """Where the model with this digest was fetched from, if it was."""
    try:
        with path.with_name(path.name + NOTE).open("rb") as file:
            note: Any = json.loads(file.read(_LONGEST))
        known = note["resolved"] if note["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if isinstance(known, str) and known.isprintable() and len(known) < _LONGEST >> 9 else None


def _find(source: Source, cache: Path, report: Report) -> Found:
    match source:
        case Local(path):
            if not path.is_file():
                raise SourceError(f"{path} is no file")
            return Found(str(path), (Part(path.name, path, hash_file(path)),))
        case Web():
            return web.find(source, cache, report)
        case Artifact():
            return registry.find(source, cache, report)
        case Registered():
            return mlflow.find(source, cache)


def _beside(path: Path, model: Part, other: Part) -> Path:
    """Files beside a model keep their places, since it names them."""
    within = Path(model.name).parent
    name = Path(other.name)
    return path.parent / (name.relative_to(within) if name.is_relative_to(within) else name)


def _put(file: Path, place: Path) -> None:
    """Have a copy there, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as temporary:
        partial = Path(temporary.name)
    try:
        shutil.copyfile(file, partial)
        partial.chmod(0o644)
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)
