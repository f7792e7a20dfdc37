"""The files of models on a host: `STATE/models`.

A model lies in a folder that is called after what is in it, whole or not at all, and is read by whatever serves it.
Files come from the folder, or below the address, that the host was told, and are what the plan says by digest, or are
not taken. What was cut off midway goes on where it was. A baseline has a folder of its own, as it may change where the
model does not.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, Final
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from placelang_runtime.containers import ContainerSpec, Served
from placelang_runtime.files import write_whole
from placelang_runtime.neighbours.answer import Found
from placelang_runtime.operations import BaselineFile
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.serve.manifest import (
    FIRST_VERSION,
    Beside,
    Drawn,
    Entry,
    Manifest,
    ManifestError,
    read_manifest,
    write_manifest,
)

MODELS: Final = "models"
SERVING: Final = "serving"
"""The folder with a manifest for each copy of a container that serves models."""
SOURCE: Final = "source"
SECONDS: Final = 30
"""Without a byte, of what comes from an address."""
_BLOCK: Final = 1 << 20
_PARTIAL: Final = ".partial-"
_BASELINE: Final = "baseline.json"
_ONE_AT_A_TIME: Final = Lock()
_WEB: Final = ("https://", "http://")


def source_of(state: Path) -> str | None:
    """Where the files of models come from, as it was said last. Raises OSError."""
    try:
        return (state / MODELS / SOURCE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def say_source(state: Path, source: str) -> None:
    """Remember where the files of models come from. Raises OSError."""
    folder = state / MODELS
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    write_whole(folder / SOURCE, source.encode(), mode=0o644)


@dataclass(frozen=True, slots=True)
class File:
    """A file that a model needs: where it comes from, below the folder of models, and the `folder` here that has it
    under its `name`, once all of that is whole."""

    path: str
    digest: str
    bytes: int
    folder: Path
    name: PurePosixPath

    @property
    def at(self) -> Path:
        return self.folder / self.name

    @property
    def partial(self) -> Path:
        """Where it is before the folder is whole; there is room for it."""
        path = self.folder.with_name(_PARTIAL + self.folder.name) / self.name
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        return path


def files_of(state: Path, model: Served) -> tuple[File, ...]:
    """The files of a model, itself first, and its baseline last. Raises ProvisionError."""
    folder, home = stored(state, model), PurePosixPath(model.file).parent
    found = [File(str(model.file), model.digest or "", model.bytes or 0, folder, PurePosixPath(_name(model)))]
    found += (
        File(str(home / one.path), one.digest, one.bytes, folder, _inside(one.path)) for one in model.beside
    )
    if (drawn := model.drawn) is not None:
        kept = state / MODELS / _drawn(drawn)
        found.append(File(drawn.path, drawn.digest, drawn.bytes, kept, PurePosixPath(_BASELINE)))
    return tuple(found)


def fetch_model(state: Path, model: Served) -> Path:
    """The folder of a model, fetched with its baseline if it is not here. Raises ProvisionError or OSError."""
    with _ONE_AT_A_TIME:
        lacking, source = _lacking(state, model), source_of(state)
        for file in lacking:
            if not _is_whole(file.partial, file.digest, file.bytes):
                _fetch(source, file)
        for folder in dict.fromkeys(file.folder for file in lacking):
            folder.with_name(_PARTIAL + folder.name).rename(folder)
    return stored(state, model)


def receive(state: Path, model: Served, ask: Callable[[File, Path], Found]) -> Found:
    """What comes of asking for each of the files that are not here, which are then fetched no more; what is not what
    the plan says is not kept. Raises ProvisionError or OSError."""
    for file in _lacking(state, model):
        to = file.partial
        if _is_whole(to, file.digest, file.bytes):
            continue
        coming = to.with_name(f".coming-{to.name}")
        try:
            found = ask(file, coming)
            if found != "sent" or not _is_whole(coming, file.digest, file.bytes):
                return "later" if found == "later" else "none"
            coming.replace(to)
        finally:
            coming.unlink(missing_ok=True)
    return "sent"


def check_fetchable(state: Path, model: Served, source: str | None) -> None:
    """Raise ProvisionError or OSError unless each file of a model is here, or where files of models come from."""
    for file in _lacking(state, model):
        with _opened(source, file.path, 0):
            pass


def _lacking(state: Path, model: Served) -> tuple[File, ...]:
    """Files in folders that are not here."""
    return tuple(file for file in files_of(state, model) if not file.folder.is_dir())


def _is_whole(file: Path, digest: str, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size and _digest(file) == digest


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def stored(state: Path, model: Served) -> Path:
    """The folder of a model, whether or not it is here. Raises ProvisionError."""
    return state / MODELS / _stored(model)


def is_stored(state: Path, model: Served) -> bool:
    """Whether a model is here, and its baseline. Raises ProvisionError."""
    return all((state / MODELS / name).is_dir() for name in _folders(model))


def serve_models(state: Path, host: str, key: str, spec: ContainerSpec) -> Path:
    """The folder with the manifest of a container, whose models are here. A version that is to be tried first stands
    behind the one that served by then. Raises OSError."""
    folder = _serving(state, host) / key
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    before = _served(folder)
    entries = (entry for one in spec.serves for entry in _with_trial(_entry(one), before))
    write_manifest(folder, Manifest(models=tuple(entries)))
    return folder


def promote_models(state: Path, host: str, key: str, spec: ContainerSpec) -> None:
    """Have the versions of a container serve alone: they have passed. Raises OSError."""
    folder = _serving(state, host) / key
    write_manifest(folder, Manifest(models=tuple(_entry(one).untried for one in spec.serves)))


def _entry(one: Served) -> Entry:
    return Entry(
        name=one.name,
        version=one.version or FIRST_VERSION,
        file=f"../../../{_stored(one)}/{_name(one)}",
        digest=one.digest,
        beside=tuple(Beside(path=str(_inside(other.path)), digest=other.digest) for other in one.beside),
        providers=one.providers,
        baseline=None if one.drawn is None else _told(one.drawn),
        shadow=one.shadow,
        canary=one.canary,
    )


def _served(folder: Path) -> tuple[Entry, ...]:
    """What a manifest of ours said."""
    with suppress(ManifestError):
        return read_manifest(folder).models
    return ()


def _with_trial(entry: Entry, before: tuple[Entry, ...]) -> Iterator[Entry]:
    """The entry of a model; behind that of the version that served by then, where it is to be tried."""
    first = next((one for one in before if one.name == entry.name), None)
    if first is None or not entry.phases or first.version == entry.version:
        yield entry.untried
    else:
        yield from (first.untried, entry)


def release_models(state: Path, host: str, keys: Collection[str]) -> None:
    """Only these containers of the host serve any more. Raises OSError."""
    for folder in _serving(state, host).glob("*/"):
        if folder.name not in keys:
            shutil.rmtree(folder)


def _serving(state: Path, host: str) -> Path:
    return state / MODELS / SERVING / hashlib.sha256(host.encode()).hexdigest()[:16]


def keep_models(state: Path, models: Collection[Served]) -> None:
    """Remove all others, and what was never whole. Raises OSError."""
    keep = {name for model in models if model.digest is not None for name in _folders(model)}
    for folder in (state / MODELS).glob("*sha256-*/"):
        if folder.name.removeprefix(_PARTIAL) not in keep:
            shutil.rmtree(folder)


def _told(drawn: BaselineFile) -> Drawn:
    return Drawn(file=f"../../../{_drawn(drawn)}/{_BASELINE}", digest=drawn.digest, model=drawn.model)


def _folders(model: Served) -> Iterator[str]:
    yield _stored(model)
    if model.drawn is not None:
        yield _drawn(model.drawn)


def _drawn(drawn: BaselineFile) -> str:
    """What the folder of a baseline is called."""
    return f"baseline-{drawn.digest.replace(':', '-')}"


def _stored(model: Served) -> str:
    """What the folder of a model is called: other files, another name. Raises ProvisionError."""
    if model.digest is None:
        raise ProvisionError(
            f"the plan does not say which file {model.file} of the model {model.name} is: "
            "plan again where the file is"
        )
    said = [model.digest, _name(model), *sorted((one.path, one.digest) for one in model.beside)]
    return f"sha256-{hashlib.sha256(json.dumps(said).encode()).hexdigest()}"


def _name(model: Served) -> str:
    return _inside(model.file).name


def _inside(path: str) -> PurePosixPath:
    """A path that leads nowhere but down. Raises ProvisionError."""
    found = PurePosixPath(path)
    if not found.name or found.is_absolute() or ".." in found.parts or "\0" in path:
        raise ProvisionError(f"{path!r} is outside of the folder of its models")
    return found


def _fetch(source: str | None, wanted: File) -> None:
    """Have a file as it is wanted; what is there of it already is kept."""
    to = wanted.partial
    if to.exists() and to.stat().st_size >= wanted.bytes:
        to.unlink()
    with to.open("ab") as file:
        try:
            with _opened(source, wanted.path, file.tell()) as (found, begins):
                file.truncate(begins)
                _copy(found, file, wanted.bytes, wanted.path)
        finally:
            file.flush()
            os.fsync(file.fileno())
    digest = _digest(to)
    if digest != wanted.digest:
        to.unlink()
        raise ProvisionError(
            f"{wanted.path} is another file than the plan says: {digest}, not {wanted.digest}"
        )


def _copy(source: IO[bytes] | http.client.HTTPResponse, to: IO[bytes], size: int, path: str) -> None:
    left = size - to.tell()
    while piece := source.read(min(_BLOCK, left + 1)):
        left -= len(piece)
        if left < 0:
            to.truncate(0)
            raise ProvisionError(f"{path} is larger than the {size} bytes that the plan says")
        to.write(piece)
    if left:
        raise ProvisionError(f"{path} ends after {size - left} of {size} bytes")


@contextmanager
def _opened(
    source: str | None, path: str, begin: int
) -> Iterator[tuple[IO[bytes] | http.client.HTTPResponse, int]]:
    """A file at its source, and from which byte on: `begin`, or 0 where that cannot be had."""
    if source is None:
        raise ProvisionError(f"nobody said where {path} comes from: apply with --models")
    _inside(path)
    if source.startswith(_WEB):
        with _from_web(f"{source.rstrip('/')}/{quote(path)}", begin) as found:
            yield found
        return
    home = Path(source).resolve()
    real = (home / path).resolve()
    if not real.is_relative_to(home):
        raise ProvisionError(f"{path} is outside of {source}")
    try:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise ProvisionError(f"{real}: {(error.strerror or str(error)).lower()}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ProvisionError(f"{real} is no file")
    with os.fdopen(handle, "rb") as file:
        file.seek(begin)
        yield file, begin


@contextmanager
def _from_web(address: str, begin: int) -> Iterator[tuple[http.client.HTTPResponse, int]]:
    asked = Request(address, headers={"Range": f"bytes={begin}-"} if begin else {})  # noqa: S310 - of the web, as checked
    try:
        with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310 - the same
            partial = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            yield answer, begin if partial else 0
    except (URLError, http.client.HTTPException, TimeoutError) as error:
        raise ProvisionError(f"{address}: {getattr(error, 'reason', None) or error}") from None
