"""Registries on loopback: Debian's, with what a test pushes; and one that answers as a test says."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from tests.engines import give_up

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})


@dataclass(frozen=True, slots=True)
class Registry:
    host: str

    def push(self, name: str, tag: str, content: bytes) -> str:
        """Have an image of one layer with this content; its digest."""
        parts = [self._blob(name, part) for part in (CONFIG.encode(), content)]
        kinds = (
            "application/vnd.docker.container.image.v1+json",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
        )
        described = [{"mediaType": kind, **part} for kind, part in zip(kinds, parts, strict=True)]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described[0],
            "layers": described[1:],
        }
        text = json.dumps(manifest).encode()
        url = f"http://{self.host}/v2/{name}/manifests/{tag}"
        requests.put(url, data=text, headers={"Content-Type": MANIFEST}, timeout=10).raise_for_status()
        return f"sha256:{hashlib.sha256(text).hexdigest()}"

    def _blob(self, name: str, content: bytes) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        begun = requests.post(f"http://{self.host}/v2/{name}/blobs/uploads/", timeout=10)
        begun.raise_for_status()
        requests.put(
            begun.headers["Location"], params={"digest": digest}, data=content, timeout=10
        ).raise_for_status()
        return {"digest": digest, "size": len(content)}


@contextmanager
def running_registry(folder: Path, address: str = "127.0.0.1") -> Iterator[Registry]:
    """Debian's registry on a free port, or the test is skipped; where engines are required, so is this."""
    program = shutil.which("docker-registry")
    if program is None:
        give_up("this needs docker-registry")
    with socket.socket() as free:
        free.bind((address, 0))
        port = free.getsockname()[1]
    settings = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"{address}:{port}"},
    }
    (folder / "config.yml").write_text(json.dumps(settings), encoding="utf-8")
    process = subprocess.Popen(
        [program, "serve", str(folder / "config.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    reading = threading.Thread(target=process.stderr.read, daemon=True)
    try:
        for line in process.stderr:
            if b"listening on" in line:
                break
        reading.start()
        yield Registry(f"{address}:{port}")
    finally:
        process.terminate()
        process.wait(10)
        reading.join()
        process.stderr.close()


Answer = tuple[int, Mapping[str, str], bytes]


@contextmanager
def answering(answer: Callable[[str, Mapping[str, str]], Answer]) -> Iterator[Registry]:
    """A registry that answers to a path and headers whatever `answer` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, content = answer(self.path, dict(self.headers))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield Registry(f"127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
