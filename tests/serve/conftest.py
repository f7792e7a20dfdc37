"""One server for all tests that do not change what it serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from onnx import TensorProto

from tests.cli.conftest import console
from tests.serve.serving import Server, running, same, serve, slow, times

__all__ = ["console"]

KINDS = {
    "bool": TensorProto.BOOL,
    "fp16": TensorProto.FLOAT16,
    "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "bytes": TensorProto.STRING,
}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("models")
    alike = [same(folder, name, kind, "rows", 2) for name, kind in KINDS.items()]
    serve(
        folder, *alike, times(folder, "double", 2, "7"), times(folder, "double", 3, "6"), slow(folder, "slow")
    )
    with running(folder, "--body", "1000000") as started:
        yield started
