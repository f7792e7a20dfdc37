"""The files of models on a host, and where they come from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from placelang_runtime.containers import Served
from placelang_runtime.operations import BaselineFile, ModelFile
from placelang_runtime.provision.errors import ProvisionError
from placelang_runtime.provision.models import fetch_model, is_stored, keep_models, say_source, stored

CONTENT = b"weights" * 100_000


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def served(content: bytes = CONTENT, file: str = "models/till.onnx", **more: Any) -> Served:
    said: dict[str, Any] = {"digest": digest(content), "bytes": len(content)} | more
    return Served(name="till", version="1", file=file, variant=None, providers=(), **said)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder that files come from, beside the state of the host."""
    (tmp_path / "home" / "models").mkdir(parents=True)
    (tmp_path / "home" / "models" / "till.onnx").write_bytes(CONTENT)
    (tmp_path / "secret").write_bytes(CONTENT)
    (tmp_path / "state").mkdir(mode=0o700)
    say_source(tmp_path / "state", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_model_is_fetched_once_with_what_lies_beside_it(home: Path) -> None:
    state = home.parent / "state"
    (home / "models" / "weights").mkdir()
    (home / "models" / "weights" / "1.bin").write_bytes(b"more")
    beside = (ModelFile(path="weights/1.bin", digest=digest(b"more"), bytes=4),)
    folder = fetch_model(state, served(beside=beside))
    assert (folder / "till.onnx").read_bytes() == CONTENT
    assert (folder / "weights" / "1.bin").read_bytes() == b"more"
    (home / "models" / "till.onnx").unlink()
    assert fetch_model(state, served(beside=beside)) == folder
    assert stored(state, served()) != folder


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (served(b"other" * 140_000), "models/till.onnx is another file than the plan says"),
        (served(bytes=10), "models/till.onnx is larger than the 10 bytes that the plan says"),
        (served(bytes=700_001), "models/till.onnx ends after 700000 of 700001 bytes"),
        (served(file="models/none.onnx"), "models/none.onnx: no such file or directory"),
        (served(file="models"), "models is no file"),
        (served(file="../secret"), "'../secret' is outside of the folder of its models"),
        (served(file="/etc/passwd"), "'/etc/passwd' is outside of the folder of its models"),
        (served(file="models/link.onnx"), "models/link.onnx is outside of"),
        (served(file="models/pipe"), "models/pipe is no file"),
        (served(digest=None), "the plan does not say which file models/till.onnx of the model till is"),
        (
            served(beside=(ModelFile(path="../../secret", digest=digest(CONTENT), bytes=len(CONTENT)),)),
            "'../../secret' is outside of the folder of its models",
        ),
    ],
)
def test_what_is_not_the_model_is_not_taken(home: Path, model: Served, why: str) -> None:
    state = home.parent / "state"
    (home / "models" / "link.onnx").symlink_to(home.parent / "secret")
    os.mkfifo(home / "models" / "pipe")
    with pytest.raises(ProvisionError) as told:
        fetch_model(state, model)
    assert why in str(told.value)
    assert not list((state / "models").glob("sha256-*"))


def test_nobody_said_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(
        ProvisionError, match=r"nobody said where models/till.onnx comes from: apply with --models"
    ):
        fetch_model(tmp_path, served())


def test_only_what_is_needed_stays(home: Path) -> None:
    state = home.parent / "state"
    kept = fetch_model(state, served())
    (home / "models" / "till.onnx").write_bytes(b"new")
    old = fetch_model(state, served(b"new"))
    (state / "models" / f".partial-{old.name}").mkdir()
    keep_models(state, [served()])
    assert (kept.is_dir(), old.is_dir()) == (True, False)
    assert not list((state / "models").glob(".partial-*"))


class Web(BaseHTTPRequestHandler):
    """A web server that cuts its first answer off."""

    def __init__(self, asked: list[str | None], *args: Any) -> None:
        self.asked = asked
        super().__init__(*args)

    def do_GET(self) -> None:
        self.asked.append(self.headers["Range"])
        begin = int((self.headers["Range"] or "bytes=0-")[6:-1])
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.end_headers()
        self.wfile.write(CONTENT[begin : 300_000 if len(self.asked) == 1 else None])

    def log_message(self, *_said: object) -> None: ...


@contextmanager
def web(asked: list[str | None]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Web, asked))
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/store"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    asked: list[str | None] = []
    with web(asked) as address:
        say_source(tmp_path, address)
        with pytest.raises(ProvisionError):
            fetch_model(tmp_path, served())
        assert (fetch_model(tmp_path, served()) / "till.onnx").read_bytes() == CONTENT
    assert asked == [None, "bytes=300000-"]


def test_an_address_where_nobody_answers_is_told(tmp_path: Path) -> None:
    say_source(tmp_path, "http://127.0.0.1:9/store")
    with pytest.raises(ProvisionError, match="Connection refused"):
        fetch_model(tmp_path, served())


def test_a_baseline_comes_with_its_model_and_stays_as_long_as_it(home: Path) -> None:
    state = home.parent / "state"
    (home / "models" / "till.json").write_bytes(b"{}")
    found = BaselineFile(path="models/till.json", digest=digest(b"{}"), bytes=2, model=digest(CONTENT))
    folder = fetch_model(state, served())
    assert is_stored(state, served())
    assert not is_stored(state, served(drawn=found))
    assert fetch_model(state, served(drawn=found)) == folder  # the model itself is not fetched anew
    assert is_stored(state, served(drawn=found))
    keep_models(state, [served(drawn=found)])
    assert is_stored(state, served(drawn=found))
    keep_models(state, [served()])
    assert not is_stored(state, served(drawn=found))
