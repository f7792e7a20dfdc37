"""Images of models: the same from the same, whole or not at all, and served by a real engine as they are."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest

from placelang.models import inspecting
from placelang.models.confined import Limits
from placelang.models.package import package as packaging
from placelang.models.package.errors import PackageError
from placelang.models.package.package import Model, Packaged, package
from tests.cli.console import Console
from tests.engines import Engine
from tests.models.making import dense, outside, saved

TAG = "placelang/dense:4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("package")


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    """A model that keeps its weights in a file beside it."""
    (folder / "weights.bin").write_bytes(np.ones((4, 8), np.float32).tobytes())
    return Model(saved(outside(dense(), "weights.bin"), folder), "dense", "4", ("cpu",))


@pytest.fixture(scope="module")
def packaged(folder: Path, model: Model) -> Packaged:
    return package(model, TAG, folder / "dense.tar", Limits())


def _read(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(name)
        assert file is not None
        return file.read()


def _document(archive: Path, name: str) -> Any:
    return json.loads(_read(archive, name))


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def test_the_same_model_is_the_same_image(folder: Path, model: Model, packaged: Packaged) -> None:
    again = package(model, TAG, folder / "again", Limits())
    assert again == packaged
    with tarfile.open(folder / "dense.tar") as tar:
        names = {one.name for one in tar if one.isfile()}
    assert {
        path.relative_to(folder / "again").as_posix()
        for path in (folder / "again").rglob("*")
        if path.is_file()
    } == names


def test_every_blob_is_what_its_name_says(folder: Path, packaged: Packaged) -> None:
    with tarfile.open(folder / "dense.tar") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            if file is not None and entry.name.startswith("blobs/"):
                assert hashlib.file_digest(file, "sha256").hexdigest() == Path(entry.name).name  # type: ignore[arg-type]
    [described] = _document(folder / "dense.tar", "index.json")["manifests"]
    manifest = _document(folder / "dense.tar", _blob(described["digest"]))
    configuration = _document(folder / "dense.tar", _blob(manifest["config"]["digest"]))
    assert described["digest"] == packaged.digest
    assert manifest["config"]["digest"] == packaged.id
    assert [layer["digest"] for layer in manifest["layers"]] == configuration["rootfs"]["diff_ids"]


def test_an_image_says_where_it_comes_from(folder: Path, model: Model, packaged: Packaged) -> None:
    labels = _document(folder / "dense.tar", _blob(packaged.id))["config"]["Labels"]
    digest = f"sha256:{hashlib.sha256(model.file.read_bytes()).hexdigest()}"
    assert labels["placelang.model.digest"] == digest
    assert labels["placelang.model.opset"] == "ai.onnx 17"
    assert labels["org.opencontainers.image.version"] == "4"
    bill = json.loads(packaged.bill)
    assert bill["bomFormat"] == "CycloneDX"
    known = {part["name"]: part for part in bill["components"]}
    assert {"onnxruntime", "numpy", "cpython", "libc.so.6"} <= known.keys()
    assert known["dense"]["hashes"] == [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]


def test_nothing_of_this_machine_is_in_it_but_what_the_server_needs(folder: Path, packaged: Packaged) -> None:
    assert packaged.size < 400 << 20
    [described] = _document(folder / "dense.tar", "index.json")["manifests"]
    manifest = _document(folder / "dense.tar", _blob(described["digest"]))
    places = set()
    for layer in manifest["layers"]:
        with (
            tarfile.open(folder / "dense.tar") as tar,
            tarfile.open(fileobj=tar.extractfile(_blob(layer["digest"]))) as inner,
        ):
            for entry in inner:
                assert (entry.mtime, entry.uid, entry.gid, entry.uname) == (0, 0, 0, "")
                assert entry.isfile() or entry.isdir()
                places.add(entry.name)
    assert {"models/dense/4/weights.bin", "models/models.json", "opt/placelang/bill.cdx.json"} <= places
    packages = {Path(place).parts[5] for place in places if "/site-packages/" in place}
    assert not packages & {"ortools", "pytest", "placelang"}


def test_an_engine_without_a_network_serves_it(folder: Path, packaged: Packaged, engine: Engine) -> None:
    from tritonclient import http

    with (folder / "dense.tar").open("rb") as file:
        engine.client.load_image(file)
    assert engine.client.inspect_image(TAG)["Id"] == packaged.id
    confined = engine.client.create_host_config(
        read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"], mem_limit="300m"
    )
    created = engine.client.create_container(TAG, host_config=confined)
    engine.client.start(created)
    address = engine.client.inspect_container(created)["NetworkSettings"]["IPAddress"]
    client = http.InferenceServerClient(f"{address}:8000")
    end = monotonic() + 60
    while not _ready(client) and monotonic() < end:
        assert engine.client.inspect_container(created)["State"]["Running"], engine.client.logs(created)
    asked = http.InferInput("x", [2, 4], "FP32")
    asked.set_data_from_numpy(np.full((2, 4), 3, np.float32))
    np.testing.assert_array_equal(client.infer("dense", [asked]).as_numpy("z"), np.full((2, 8), 12))
    client.close()


def _ready(client: Any) -> bool:
    try:
        return bool(client.is_server_ready())
    except OSError:
        return False


def test_a_file_that_changes_meanwhile_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(dense(), tmp_path)
    really = inspecting.structure_of

    def then_change(file: Path, limits: Limits) -> Any:
        found = really(file, limits)
        file.write_bytes(b"something else")
        return found

    monkeypatch.setattr(packaging, "structure_of", then_change)
    with pytest.raises(PackageError, match="was changed while it was packaged"):
        package(Model(path, "dense", "4"), TAG, tmp_path / "image.tar", Limits())
    assert [one.name for one in tmp_path.iterdir()] == ["model.onnx"]


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, model: Model) -> None:
    with pytest.raises(PackageError, match="is there already"):
        package(model, TAG, tmp_path, Limits())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["not.onnx"], 1, "not.onnx: "),
        ([], 2, "name an ONNX file, or say --server"),
        (["not.onnx", "--tag", "No/Such:1"], 2, "is no name of an image"),
        (["not.onnx", "--tag", "lp/none"], 2, "write `lp/none:1`"),
        (["not.onnx", "--version", "a/../b"], 2, "is no version"),
        (["not.onnx", "--provider", "--rm"], 2, "is no provider"),
    ],
)
def test_what_cannot_be_packaged_ends_in_one_line(
    console: Console, arguments: list[str], code: int, said: str
) -> None:
    (console.folder / "not.onnx").write_text("This is a text.\n", encoding="utf-8")
    ended = console.run("model", "package", *arguments, code=code)
    assert said in " ".join(ended.err.split())
    assert not [path for path in console.folder.iterdir() if path.name != "not.onnx"]
