"""Models from where they are kept: verified, taken up where they were cut off, and nowhere else than asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from placelang.models.sources.fetch import Fetched, fetch, source_of
from placelang.models.sources.source import Artifact, Local, Registered, SourceError, Web, parse
from tests.cli.console import Console
from tests.engines import give_up
from tests.images.registries import Registry, running_registry
from tests.models.making import dense, outside, saved
from tests.models.serving_files import Files, serving

DIGEST = "0" * 64


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as files:
        saved(dense(), files.folder, "a.onnx")
        yield files


def address(files: Files, name: str = "a.onnx") -> str:
    return (
        f"{files.url}/{name}#sha256={digest_of((files.folder / name).read_bytes()).removeprefix('sha256:')}"
    )


def get(text: str, folder: Path, *, digest: str | None = None) -> Fetched:
    return fetch(text, folder / "got.onnx", folder / "cache", lambda *_: None, digest)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("models/a.onnx", Local(Path("models/a.onnx"))),
        (
            f"https://example.com/a.onnx#sha256={DIGEST}",
            Web("https://example.com/a.onnx", f"sha256:{DIGEST}"),
        ),
        ("oci://registry.example.com/lp/a:4", Artifact("registry.example.com/lp/a:4")),
        ("models:/a@champion", Registered("a", "champion", None)),
        ("models:/a b/12", Registered("a b", None, "12")),
    ],
)
def test_a_source_is_read_as_it_is_written(text: str, source: object) -> None:
    assert parse(text) == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.com/a.onnx", "write …#sha256=, then its 64 digits"),
        ("https://example.com/a.onnx#sha256=12", "write …#sha256=, then its 64 digits"),
        (f"http://example.com/a.onnx#sha256={DIGEST}", "write https://…"),
        (f"ftp://example.com/a.onnx#sha256={DIGEST}", "write https://…"),
        (f"https://me:secret@example.com/a#sha256={DIGEST}", "put it into ~/.netrc"),
        ("models:/a", "write models:/NAME@ALIAS or models:/NAME/VERSION"),
        ("models:/a/latest", "write models:/NAME@ALIAS or models:/NAME/VERSION"),
        ("a\x1b[2J", "no source"),
        ("", "no source"),
    ],
)
def test_what_is_no_source_is_told_what_to_write(text: str, said: str) -> None:
    with pytest.raises(SourceError) as raised:
        parse(text)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_breaks_off_is_taken_up_where_it_ended(tmp_path: Path, files: Files) -> None:
    files.cut = 100
    found = get(address(files), tmp_path)
    assert (tmp_path / "got.onnx").read_bytes() == (files.folder / "a.onnx").read_bytes()
    assert found.digest == digest_of((tmp_path / "got.onnx").read_bytes())
    assert files.asked == [None, "bytes=100-", "bytes=200-"]


def test_what_arrived_before_a_failure_is_there_the_next_time(tmp_path: Path, files: Files) -> None:
    text, whole = address(files), (files.folder / "a.onnx").read_bytes()
    digest = digest_of(whole).removeprefix("sha256:")
    (tmp_path / "cache" / "sha256").mkdir(parents=True)
    (tmp_path / "cache" / "sha256" / f"{digest}.part").write_bytes(whole[:50])
    get(text, tmp_path)
    assert files.asked == ["bytes=50-"]


def test_a_server_that_sends_nothing_more_is_given_up(tmp_path: Path, files: Files) -> None:
    files.cut = 0
    with pytest.raises(SourceError, match="try again, it goes on from there"):
        get(address(files), tmp_path)
    assert not (tmp_path / "got.onnx").exists()


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path, files: Files) -> None:
    text = address(files)
    get(text, tmp_path)
    get(text, tmp_path)
    assert len(files.asked) == 1


def test_what_was_damaged_in_the_cache_is_fetched_again(tmp_path: Path, files: Files) -> None:
    text = address(files)
    found = get(text, tmp_path)
    (tmp_path / "cache" / "sha256" / found.digest.removeprefix("sha256:")).write_bytes(b"damaged")
    assert get(text, tmp_path).digest == digest_of((tmp_path / "got.onnx").read_bytes())


def test_another_digest_leaves_nothing_but_what_was_there(tmp_path: Path, files: Files) -> None:
    (tmp_path / "got.onnx").write_bytes(b"what was there")
    with pytest.raises(SourceError, match="was asked for"):
        get(f"{files.url}/a.onnx#sha256={DIGEST}", tmp_path)
    assert (tmp_path / "got.onnx").read_bytes() == b"what was there"
    assert not list((tmp_path / "cache" / "sha256").glob("*.part"))


def test_an_answer_that_leads_into_the_open_is_not_followed_to_the_end(tmp_path: Path, files: Files) -> None:
    text = address(files)
    files.leads_to = f"http://{socket.gethostname()}.invalid/a.onnx"
    with pytest.raises(SourceError):
        get(text, tmp_path)


def test_a_server_whose_certificate_nobody_knows_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path)
    (tmp_path / "served").mkdir()
    content = saved(dense(), tmp_path / "served", "a.onnx").read_bytes()
    with serving(tmp_path / "served", certificate) as files:
        text = f"https://127.0.0.1:{files.port}/a.onnx#sha256={digest_of(content).removeprefix('sha256:')}"
        with pytest.raises(SourceError, match="SSLError"):
            get(text, tmp_path)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert get(text, tmp_path).digest == digest_of(content)


def _certificate(folder: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, None)
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path


# registries


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


def _push(registry: Registry, name: str, parts: dict[str, bytes]) -> str:
    layers = []
    for title, content in parts.items():
        described = registry._blob(name, content)  # noqa: SLF001 - of the same tests
        layers.append(
            {
                "mediaType": "application/octet-stream",
                **described,
                "annotations": {"org.opencontainers.image.title": title},
            }
        )
    kind = "application/vnd.oci.image.manifest.v1+json"
    config = {"mediaType": "application/vnd.oci.empty.v1+json", **registry._blob(name, b"{}")}  # noqa: SLF001
    text = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers}).encode()
    url = f"http://{registry.host}/v2/{name}/manifests/4"
    requests.put(url, data=text, headers={"Content-Type": kind}, timeout=10).raise_for_status()
    return digest_of(text)


def test_an_artifact_has_its_model_and_the_weights_beside_it(tmp_path: Path, registry: Registry) -> None:
    weights = np.ones((4, 8), np.float32).tobytes()
    model = outside(dense(), "weights.bin").SerializeToString()
    digest = _push(registry, "lp/dense", {"models/dense.onnx": model, "models/weights.bin": weights})
    found = get(f"oci://{registry.host}/lp/dense:4", tmp_path)
    assert found.resolved == f"oci://{registry.host}/lp/dense@{digest}"
    assert (tmp_path / "got.onnx").read_bytes() == model
    assert (tmp_path / "weights.bin").read_bytes() == weights
    assert source_of(tmp_path / "got.onnx", found.digest) == found.resolved
    assert get(found.resolved, tmp_path).digest == found.digest


def test_weights_never_take_the_place_of_another_file(tmp_path: Path, registry: Registry) -> None:
    _push(registry, "lp/beside", {"dense.onnx": b"a model", "weights.bin": b"weights"})
    (tmp_path / "weights.bin").write_bytes(b"of another model")
    with pytest.raises(SourceError, match="is there already, and something else"):
        get(f"oci://{registry.host}/lp/beside:4", tmp_path)
    assert (tmp_path / "weights.bin").read_bytes() == b"of another model"
    assert not (tmp_path / "got.onnx").exists()


@pytest.mark.parametrize("title", ["../a.onnx", "/etc/a.onnx", "a/../../b.onnx", "a\x1b.onnx", ""])
def test_an_artifact_cannot_say_where_its_files_go(tmp_path: Path, registry: Registry, title: str) -> None:
    _push(registry, "lp/escape", {title: b"a model"})
    with pytest.raises(SourceError, match="it could be put anywhere"):
        get(f"oci://{registry.host}/lp/escape:4", tmp_path)


def test_an_image_without_names_is_no_model(tmp_path: Path, registry: Registry) -> None:
    registry.push("lp/image", "4", b"a layer")
    with pytest.raises(SourceError, match="holds no files by name"):
        get(f"oci://{registry.host}/lp/image:4", tmp_path)
    with pytest.raises(SourceError, match="has no such image"):
        get(f"oci://{registry.host}/lp/none:4", tmp_path)


# MLflow


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the project itself, which has one model by the name of `dense` in two versions."""
    program = os.environ.get("PLACELANG_MLFLOW") or shutil.which("mlflow")
    if program is None:
        give_up("this needs MLflow's server: PLACELANG_MLFLOW=…/bin/mlflow")
    if find_spec("mlflow") is None:
        give_up("this needs MLflow's client: mlflow-skinny")
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = (
        "--backend-store-uri",
        f"sqlite:///{folder}/store.db",
        "--artifacts-destination",
        str(folder / "kept"),
    )
    process = subprocess.Popen(
        (program, "server", *store, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=_alone(),
    )
    try:
        end = monotonic() + 120
        while not _answers(url):
            assert process.poll() is None
            assert monotonic() < end
        for factor in (1, 2):
            saved(dense(np.full((4, 8), factor)), folder, f"dense-{factor}.onnx")
        _register(program, url, folder)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _alone() -> dict[str, str]:
    """Its environment has other packages than this one."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=1).ok
    except requests.RequestException:
        return False


REGISTER = """
import sys, mlflow, onnx
url, folder = sys.argv[1:]
mlflow.set_tracking_uri(url)
for factor in (1, 2):
    with mlflow.start_run():
        mlflow.onnx.log_model(onnx.load(f"{folder}/dense-{factor}.onnx"), name="model", registered_model_name="dense")
mlflow.MlflowClient().set_registered_model_alias("dense", "champion", 2)
"""


def _register(program: str, url: str, folder: Path) -> None:
    python = Path(program).with_name("python")
    command = (
        str(python if python.exists() else sys.executable),
        "-W",
        "ignore",
        "-c",
        REGISTER,
        url,
        str(folder),
    )
    subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder, env=_alone())


def test_a_registered_model_is_found_by_alias_and_by_version(
    tmp_path: Path, mlflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow)
    champion = get("models:/dense@champion", tmp_path)
    assert champion.resolved == "models:/dense/2"
    assert get("models:/dense/2", tmp_path).digest == champion.digest
    assert get("models:/dense/1", tmp_path).digest != champion.digest


def test_a_registered_model_that_is_not_there_is_told(
    tmp_path: Path, mlflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow)
    for text in ("models:/dense@nobody", "models:/dense/9", "models:/none/1"):
        with pytest.raises(SourceError, match=mlflow):
            get(text, tmp_path)


def test_without_a_server_it_is_asked_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(SourceError, match="MLFLOW_TRACKING_URI"):
        get("models:/dense/1", tmp_path)


def test_the_command_tells_what_it_is_and_where_from(console: Console) -> None:
    content = saved(dense(), console.folder, "a.onnx").read_bytes()
    ended = console.run("model", "fetch", "a.onnx", "-o", "models/b.onnx", "--cache", "cache", code=0)
    assert digest_of(content) in ended.err
    assert "from a.onnx" in ended.err
    ended = console.run("model", "fetch", "models:/a", "--cache", "cache", code=6)
    assert (
        ended.err
        == "error: `models:/a` is no registered model: write models:/NAME@ALIAS or models:/NAME/VERSION\n"
    )
