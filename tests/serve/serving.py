"""A model server as a process of its own, and small models for it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from placelang_runtime.serve.manifest import Entry, Manifest, write_manifest
from tests.models.making import model, saved, values, weight

Feeds = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def infer(self, name: str, said: Any, version: str | None = None) -> tuple[int, Any]:
        at = f"/v2/models/{name}" + (f"/versions/{version}" if version else "")
        status, _, body = self.ask("POST", f"{at}/infer", json.dumps(said).encode())
        return status, json.loads(body)

    def metric(self, name: str) -> float:
        _, _, text = self.ask("GET", "/metrics")
        found = re.findall(rf"^placelang_serve_{re.escape(name)} ([-0-9.e+]+)$", text.decode(), re.MULTILINE)
        return sum(map(float, found))

    def memory(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found
        return int(found[1]) * 1024

    def wait_ready(self) -> None:
        """It says no as long as it loads; each no is an answer of its own."""
        while self.ask("GET", "/v2/health/ready")[0] != 200:
            assert self.process.poll() is None, self.log.read_text()


@contextmanager
def running(
    folder: Path, *options: str, ready: bool = True, run: Sequence[str] = ("-m", "placelang_runtime.serve")
) -> Iterator[Server]:
    log = folder / "server.log"
    command = [sys.executable, *run, "--models", str(folder), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path))}
    with log.open("wb") as file:
        process = subprocess.Popen([*command, *options], stderr=file, env=environment)
    try:
        while not (found := re.match(r"listening at port (\d+)", log.read_text())):
            assert process.poll() is None, log.read_text()
        server = Server(process, int(found[1]), log)
        if ready:
            server.wait_ready()
        yield server
    finally:
        process.kill()
        process.wait()


def entry(name: str, file: str | None = None, version: str = "1", **more: Any) -> Entry:
    return Entry(name=name, version=version, file=file or f"{name}.onnx", **more)


def serve(folder: Path, *entries: Entry) -> None:
    write_manifest(folder, Manifest(models=entries))


def same(folder: Path, name: str, kind: int, *shape: int | str) -> Entry:
    """A model that gives what it takes."""
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    made = model(nodes, [values("x", *shape, kind=kind)], [values("y", *shape, kind=kind)])
    saved(made, folder, f"{name}.onnx")
    return entry(name)


def times(folder: Path, name: str, factor: float, version: str = "1") -> Entry:
    """A model of `x [rows, 4]` that multiplies."""
    nodes = [helper.make_node("Mul", ["x", "w"], ["y"])]
    made = model(nodes, [values("x", "rows", 4)], [values("y", "rows", 4)], [weight("w", [factor])])
    saved(made, folder, f"{name}-{version}.onnx")
    return entry(name, f"{name}-{version}.onnx", version)


def slow(folder: Path, name: str) -> Entry:
    """A model that turns round `n` times, some tenths of a millisecond each."""
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["before", "w"], ["after"]),
            helper.make_node("Identity", ["go"], ["on"]),
        ],
        "round",
        [
            values("i", kind=TensorProto.INT64),
            values("go", kind=TensorProto.BOOL),
            values("before", 128, 128),
        ],
        [values("on", kind=TensorProto.BOOL), values("after", 128, 128)],
    )
    nodes = [
        helper.make_node("Loop", ["n", "", "w"], ["z"], body=body),
        helper.make_node("ReduceMax", ["z"], ["y"], keepdims=0),
    ]
    weights = [weight("w", np.eye(128))]
    made = model(nodes, [values("n", kind=TensorProto.INT64)], [values("y")], weights)
    saved(made, folder, f"{name}.onnx")
    return entry(name)


def tensor(name: str, datatype: str, shape: list[int], data: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
