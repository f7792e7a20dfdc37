"""A registered model of an MLflow server, by the project's own client, which comes with the extra `mlflow`.

The server is where MLFLOW_TRACKING_URI says, and it is asked as that client is: with what it knows of users and keys.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from placelang.models.package.layers import hash_file
from placelang.models.sources.cache import place_of
from placelang.models.sources.found import Found, Part, check_name
from placelang.models.sources.source import Registered, SourceError

SERVER: Final = "MLFLOW_TRACKING_URI"


def find(source: Registered, cache: Path) -> Found:
    """Raises SourceError, OSError."""
    if not os.environ.get(SERVER):
        raise SourceError(f"which MLflow server is asked? set {SERVER}=https://…")
    client, errors, download = _client()
    try:
        if source.version is None:
            version = client.get_model_version_by_alias(source.name, source.alias).version
        else:
            version = client.get_model_version(source.name, source.version).version
        resolved = f"models:/{source.name}/{version}"
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            here = Path(download(artifact_uri=resolved, dst_path=folder))
            return Found(resolved, tuple(_keep(path, name, cache) for name, path in _files(here, resolved)))
    except errors as error:
        raise SourceError(f"{os.environ[SERVER]}: {_first_line(error)}") from None


def _client() -> tuple[Any, Any, Any]:
    try:
        from mlflow import MlflowClient  # noqa: PLC0415 - an extra, and slow to import
        from mlflow.artifacts import download_artifacts  # noqa: PLC0415
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    except ImportError:
        raise SourceError("registered models need MLflow's client: install placelang[mlflow]") from None
    return MlflowClient(), MlflowException, download_artifacts


def _files(folder: Path, resolved: str) -> list[tuple[str, Path]]:
    """The ONNX file of the model, and what lies beside it and is neither about it nor about Python."""
    found = sorted(path for path in folder.rglob("*.onnx") if path.is_file() and not path.is_symlink())
    if len(found) != 1:
        raise SourceError(f"{resolved} has {len(found)} ONNX files: log it with `mlflow.onnx.log_model`")
    [model] = found
    beside = [path for path in model.parent.iterdir() if path.is_file() and path.suffix in {".data", ".bin"}]
    return [(check_name(path.name), path) for path in (model, *sorted(beside))]


def _keep(path: Path, name: str, cache: Path) -> Part:
    digest = hash_file(path)
    with place_of(cache, digest) as place:
        if not place.exists():
            shutil.move(path, place)
    return Part(name, place, digest)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
