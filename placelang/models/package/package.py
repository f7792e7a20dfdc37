"""From a model's file to an image that serves it: the server, all that it needs of this machine, and the model.

Enters: what to package. Leaves: a layout on disk, as a folder or as one archive, which is there whole or not at all,
and is the same, byte for byte, for the same model, options and environment.
"""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from placelang.models.confined import Limits
from placelang.models.inspecting import structure_of
from placelang.models.inspection import Structure
from placelang.models.package.bill import bill_of
from placelang.models.package.environment import HOME, LIBRARIES, PYTHON, Environment, find_environment
from placelang.models.package.errors import PackageError
from placelang.models.package.layers import hash_file, write_layer
from placelang.models.package.layout import Started, pack, write_layout
from placelang.models.sources.fetch import source_of
from placelang_runtime.serve.manifest import FILE, Beside, Drawn, Entry, Manifest

MODELS: Final = PurePosixPath("/models")
BILL: Final = PurePosixPath("/opt/placelang/bill.cdx.json")
PORT: Final = 8000
USER: Final = "65532:65532"
"""Nobody that any system knows."""
SERVER: Final = "placelang-server"


@dataclass(frozen=True, slots=True)
class Model:
    """A model's file, and what those who ask for it call it; `providers` stand best first, `baseline` is what it is
    watched by."""

    file: Path
    name: str
    version: str
    providers: tuple[str, ...] = ()
    baseline: Path | None = None


@dataclass(frozen=True, slots=True)
class Packaged:
    """An image: the digest of its manifest, by which registries know it, that of its configuration, by which engines
    do, its bytes, and its bill of materials."""

    tag: str
    digest: str
    id: str
    size: int
    bill: bytes


def package(
    model: Model | None, tag: str, to: Path, limits: Limits, report: Callable[[str], None] = lambda _: None
) -> Packaged:
    """Write the image of a model or, without one, of the server alone, which finds models where they are mounted; an
    archive where `to` ends in `.tar`, else a folder, which must not be there. Raises PackageError, ModelError, OSError.
    """
    if not to.name.endswith(".tar") and to.exists():
        raise PackageError(f"{to} is there already: name another folder, or an archive: {to}.tar")
    structure = None if model is None else structure_of(model.file, limits)
    with _beside(to) as folder:
        files = _model_files(model, structure, folder)
        report("what the server needs")
        environment = find_environment(folder)
        blobs = folder / "layout" / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        version = model.version if model is not None else platform.python_version()
        name = model.name if model is not None else SERVER
        bill = bill_of(name, version, platform.python_version(), environment, structure)
        report("layers")
        layers = {
            "the interpreter, packages and libraries": write_layer(blobs, environment.base),
            "the model server": write_layer(blobs, environment.server),
            "the model and the bill of materials": write_layer(blobs, files | {BILL: bill}),
        }
        labels = _labels(model, environment, structure)
        written, configuration = write_layout(folder / "layout", tag, layers, _started(labels))
        size = sum(path.stat().st_size for path in blobs.iterdir())
        report("the image")
        _put(folder, to)
    return Packaged(tag, written.digest, configuration.digest, size, bill)


@contextmanager
def _beside(to: Path) -> Iterator[Path]:
    """A folder on the same disk, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(folder: Path, to: Path) -> None:
    if to.name.endswith(".tar"):
        pack(folder / "layout", folder / "image.tar")
        (folder / "image.tar").replace(to)
    else:
        (folder / "layout").rename(to)


def _model_files(
    model: Model | None, structure: Structure | None, folder: Path
) -> dict[PurePosixPath, Path | bytes]:
    """The model's files as they were when they were looked into, and the manifest that has the server serve them."""
    if model is None or structure is None:
        return {}
    place = MODELS / model.name / model.version
    files: dict[PurePosixPath, Path | bytes] = {
        place / "model.onnx": _copy(model.file, folder, structure.digest)
    }
    for one in structure.external:
        files[place / one.path] = _copy(model.file.parent / one.path, folder, one.digest)
    drawn = None
    if model.baseline is not None:
        digest = _baseline_digest(model.baseline, structure.digest)
        drawn = Drawn(file=str((place / "baseline.json").relative_to(MODELS)), digest=digest)
        files[place / "baseline.json"] = _copy(model.baseline, folder, digest)
    entry = Entry(
        name=model.name,
        version=model.version,
        file=str((place / "model.onnx").relative_to(MODELS)),
        digest=structure.digest,
        beside=tuple(Beside(path=one.path, digest=one.digest) for one in structure.external),
        providers=model.providers,
        baseline=drawn,
    )
    manifest = Manifest(models=(entry,))
    files[MODELS / FILE] = manifest.model_dump_json(indent=1).encode() + b"\n"
    return files


def _baseline_digest(path: Path, model: str) -> str:
    from placelang_runtime.drift.baseline import BaselineError, read_baseline  # noqa: PLC0415 - it imports NumPy

    try:
        read_baseline(path, [model])
    except BaselineError as error:
        raise PackageError(f"the baseline {path} {error}: make one anew, or put it aside") from None
    return hash_file(path)


def _copy(path: Path, folder: Path, digest: str) -> Path:
    copied = folder / digest.replace(":", "-")
    shutil.copyfile(path, copied)
    copied.chmod(0o644)
    if hash_file(copied) != digest:
        raise PackageError(f"{path} was changed while it was packaged: try again")
    return copied


def _started(labels: Mapping[str, str]) -> Started:
    return Started(
        command=(
            str(PYTHON),
            "-P",
            "-m",
            "placelang_runtime.serve",
            "--host",
            "0.0.0.0",  # noqa: S104 - of the container
            "--port",
            str(PORT),
        ),
        arguments=("--models", str(MODELS)),
        environment={
            "LD_LIBRARY_PATH": str(LIBRARIES),
            "PATH": str(HOME / "bin"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHOME": str(HOME),
            "PYTHONUNBUFFERED": "1",
        },
        user=USER,
        port=PORT,
        labels=labels,
    )


def _labels(model: Model | None, environment: Environment, structure: Structure | None) -> dict[str, str]:
    """Where an image comes from, by the annotations of the specification and words of our own."""
    labels = {
        f"placelang.{one.name}": one.version for one in environment.packages if one.name == "onnxruntime"
    }
    if model is None or structure is None:
        return labels | _titled(SERVER, platform.python_version())
    said = {
        "digest": structure.digest,
        "opset": ", ".join(f"{one.domain} {one.version}" for one in structure.opsets),
        "producer": structure.producer,
        "source": source_of(model.file, structure.digest) or model.file.name,
    }
    return (
        labels
        | _titled(model.name, model.version)
        | {f"placelang.model.{key}": text for key, text in said.items()}
    )


def _titled(name: str, version: str) -> dict[str, str]:
    return {"org.opencontainers.image.title": name, "org.opencontainers.image.version": version}
