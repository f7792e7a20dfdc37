"""What the protocol's own client makes of the server, which nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.serve.serving import Server

Client = Any

VALUES: dict[str, Any] = {
    "BOOL": np.array([[True, False], [False, False]]),
    "FP16": np.array([[1.5, -2.25], [65504, 0]], np.float16),
    "FP32": np.array([[1.5, -2.25], [3e38, 1e-40]], np.float32),
    "FP64": np.array([[1.5, -2.25], [1e308, 0.1]], np.float64),
    "BYTES": np.array([["bread", ""], ["smörgås", "a\0b"]], object),
} | {
    f"{kind}INT{bits}": np.array([[np.iinfo(of).min, np.iinfo(of).max], [0, 1]], of)
    for kind in ("", "U")
    for bits in (8, 16, 32, 64)
    for of in [np.dtype(f"{kind}int{bits}".lower())]
}


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = triton.InferenceServerClient(server.url)
    yield made
    made.close()


def feed(name: str, datatype: str, of: Any, *, binary: bool) -> Any:
    made = triton.InferInput(name, list(of.shape), datatype)
    made.set_data_from_numpy(of, binary_data=binary)
    return made


def test_the_server_tells_what_it_is(client: Client) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert client.is_model_ready("double")
    assert client.is_model_ready("double", "6")
    assert not client.is_model_ready("double", "5")
    assert not client.is_model_ready("triple")


def test_a_model_tells_what_it_takes(client: Client) -> None:
    told = client.get_model_metadata("double", "6")
    assert told["versions"] == ["7", "6"]
    assert told["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    assert told["outputs"] == [{"name": "y", "datatype": "FP32", "shape": [-1, 4]}]


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("datatype", VALUES)
def test_every_type_goes_there_and_back(client: Client, datatype: str, binary: bool) -> None:
    if datatype == "FP16" and not binary:
        pytest.skip("this client sends no FP16 as JSON")
    given = VALUES[datatype]
    wanted = [triton.InferRequestedOutput("y", binary_data=binary)]
    result = client.infer(
        datatype.lower(), [feed("x", datatype, given, binary=binary)], outputs=wanted, request_id="17"
    )
    found = result.as_numpy("y")
    if datatype == "BYTES":
        found = np.array([one.decode() if binary else one for one in found.ravel()]).reshape(found.shape)
    assert found.tolist() == given.tolist()
    assert result.get_response()["id"] == "17"


def test_outputs_that_nobody_named_come_as_the_client_wants_them(client: Client) -> None:
    x = np.ones((3, 4), np.float32)
    result = client.infer("double", [feed("x", "FP32", x, binary=True)])
    assert result.get_response()["outputs"][0]["parameters"] == {"binary_data_size": 48}
    assert (result.as_numpy("y") == 2).all()


@pytest.mark.parametrize(("version", "factor"), [("", 2), ("7", 2), ("6", 3)])
def test_the_version_that_is_asked_for_answers(client: Client, version: str, factor: int) -> None:
    x = np.ones((1, 4), np.float32)
    result = client.infer("double", [feed("x", "FP32", x, binary=True)], model_version=version)
    assert result.get_response()["model_version"] == (version or "7")
    assert (result.as_numpy("y") == factor).all()


def test_an_error_is_one_that_the_client_understands(client: Client) -> None:
    with pytest.raises(InferenceServerException, match="there is no input `z`") as told:
        client.infer("double", [feed("z", "FP32", np.ones((1, 4), np.float32), binary=True)])
    assert told.value.status() == "400"


def test_no_rows_are_no_fault(client: Client) -> None:
    result = client.infer("double", [feed("x", "FP32", np.ones((0, 4), np.float32), binary=True)])
    assert result.as_numpy("y").shape == (0, 4)
