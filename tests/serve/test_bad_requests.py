"""Requests that cannot be carried out: each is answered with its status and why, and the server serves on."""

from __future__ import annotations

import json
import struct
from http import HTTPStatus
from typing import Any

import pytest

from tests.serve.serving import Server, tensor

GOOD = tensor("x", "FP32", [1, 4], [1, 2, 3, 4])
DOUBLE = "/v2/models/double/infer"


def refused(server: Server, body: bytes, path: str = DOUBLE, **headers: str) -> tuple[int, str]:
    """The status and the error; after that, a good request is answered still."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    status, told, answer = server.ask("POST", path, body, said)
    assert told["content-type"] == "application/json"
    assert server.infer("double", {"inputs": [GOOD]})[1]["outputs"][0]["data"] == [2, 4, 6, 8]
    error = json.loads(answer)
    assert list(error) == ["error"]
    return status, error["error"]


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ([], "there is no value for `x`"),
        ([GOOD, GOOD], "the input `x` comes twice"),
        ([GOOD | {"name": "z"}], "there is no input `z`: there is `x`"),
        ([GOOD | {"name": 7}], "an input has no name"),
        ([7], "`inputs` is no list of objects"),
        ([GOOD | {"datatype": "INT64"}], "the input `x` is FP32, not `INT64`"),
        ([GOOD | {"datatype": None}], "the input `x` is FP32, not `None`"),
        ([GOOD | {"shape": [4]}], "the input `x` has the shape [-1, 4], not `[4]`"),
        ([GOOD | {"shape": [4, 1]}], "the input `x` has the shape [-1, 4], not `[4, 1]`"),
        ([GOOD | {"shape": [-1, 4]}], "the input `x` cannot have the shape `[-1, 4]`"),
        ([GOOD | {"shape": [1, True]}], "the input `x` cannot have the shape `[1, True]`"),
        ([GOOD | {"shape": "1x4"}], "the input `x` has no shape: write a list of lengths"),
        ([GOOD | {"shape": [1 << 40, 4]}], "the data of `x` has 4 elements, its shape is [1099511627776, 4]"),
        ([GOOD | {"data": [1, 2, 3]}], "the data of `x` has 3 elements, its shape is [1, 4]"),
        ([GOOD | {"data": [[1, 2], [3, 4]]}], "the data of `x` has [2, 2], its shape is [1, 4]"),
        ([GOOD | {"data": [[1, 2], [3]]}], "the data of `x` has 2 elements, its shape is [1, 4]"),
        ([GOOD | {"data": [1, 2, 3, "4"]}], "`4` in `x` is no FP32"),
        ([GOOD | {"data": [1, 2, 3, True]}], "`True` in `x` is no FP32"),
        ([GOOD | {"data": [1, 2, 3, None]}], "`None` in `x` is no FP32"),
        ([GOOD | {"data": 7}], "the data of `x` is no list"),
        ([GOOD | {"parameters": 7}], "the parameters of the input `x` are no object"),
        (
            [GOOD | {"parameters": {"shared_memory_region": "a"}}],
            "the input `x` has the parameter `shared_memory_region`, of an extension that is not spoken here",
        ),
    ],
)
def test_inputs_that_are_none(server: Server, inputs: Any, why: str) -> None:
    assert refused(server, json.dumps({"inputs": inputs}).encode()) == (HTTPStatus.BAD_REQUEST, why)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"id": 7}, "the id is no text of at most 1024 characters"),
        ({"outputs": [{"name": "z"}]}, "there is no output `z`: there is `y`"),
        ({"outputs": {}}, "`outputs` is no list of objects"),
        ({"parameters": {"binary_data_output": 1}}, "binary_data_output is `1`: it is true or false"),
        (
            {"outputs": [{"name": "y", "parameters": {"classification": 2}}]},
            "the output `y` has the parameter `classification`, of an extension that is not spoken here",
        ),
    ],
)
def test_other_words_that_are_none(server: Server, more: dict[str, Any], why: str) -> None:
    body = json.dumps({"inputs": [GOOD]} | more).encode()
    assert refused(server, body) == (HTTPStatus.BAD_REQUEST, why)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the request is no JSON: "),
        (b"[]", "the request is no JSON object"),
        (b'{"inputs": [', "the request is no JSON: "),
        (b"\xff\xfe", "the request is no JSON: "),
        (b"[" * 500_000, "the request is no JSON: "),
        (b'{"inputs": ' + b"9" * 5000 + b"}", "the request is no JSON: "),
        (b'{"inputs": [NaN]}', "the request is no JSON: "),
    ],
    ids=["nothing", "list", "cut", "binary", "deep", "long number", "NaN"],
)
def test_bodies_that_are_no_json(server: Server, body: bytes, why: str) -> None:
    status, told = refused(server, body)
    assert status == HTTPStatus.BAD_REQUEST
    assert told.startswith(why)


def binary(size: Any, given: bytes, **more: Any) -> tuple[bytes, str]:
    one = {"name": "x", "datatype": "FP32", "shape": [1, 4], "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [one | more]}).encode()
    return head + given, str(len(head))


@pytest.mark.parametrize(
    ("size", "given", "more", "why"),
    [
        (16, b"\0" * 15, {}, "binary_data_size of `x` is `16`, 15 bytes are left"),
        (16, b"\0" * 17, {}, "1 bytes of the body belong to no input"),
        (12, b"\0" * 12, {}, "`x` has 12 bytes; its shape [1, 4] of FP32 takes 16"),
        (-1, b"", {}, "binary_data_size of `x` is `-1`, 0 bytes are left"),
        ("16", b"\0" * 16, {}, "binary_data_size of `x` is `16`, 16 bytes are left"),
        (16, b"\0" * 16, {"data": [1]}, "binary_data_size of `x` is `16`, 16 bytes are left"),
    ],
)
def test_bytes_that_are_not_the_tensors(
    server: Server, size: Any, given: bytes, more: dict[str, Any], why: str
) -> None:
    body, length = binary(size, given, **more)
    told = refused(server, body, inference_header_content_length=length)
    assert told == (HTTPStatus.BAD_REQUEST, why)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (struct.pack("<I", 100) + b"short", "an element of `x` ends after its data"),
        (b"\1\0", "an element of `x` ends after its data"),
        (struct.pack("<I1s", 1, b"\xff"), "an element of `x` is not UTF-8"),
        (struct.pack("<I", 0), "`x` has 1 elements, its shape is [1, 2]"),
    ],
)
def test_strings_that_are_none(server: Server, given: bytes, why: str) -> None:
    body, length = binary(len(given), given, datatype="BYTES", shape=[1, 2])
    told = refused(server, body, "/v2/models/bytes/infer", inference_header_content_length=length)
    assert told == (HTTPStatus.BAD_REQUEST, why)


def test_a_byte_that_is_no_truth(server: Server) -> None:
    body, length = binary(2, b"\0\2", datatype="BOOL", shape=[1, 2])
    told = refused(server, body, "/v2/models/bool/infer", inference_header_content_length=length)
    assert told == (HTTPStatus.BAD_REQUEST, "a byte in `x` is no BOOL: they are 0 and 1")


@pytest.mark.parametrize("value", [300, -1, 1 << 70])
def test_a_number_that_the_type_has_not(server: Server, value: int) -> None:
    body = json.dumps({"inputs": [tensor("x", "UINT8", [1, 2], [value, 0])]}).encode()
    told = refused(server, body, "/v2/models/uint8/infer")
    assert told[0] == HTTPStatus.BAD_REQUEST
    assert told[1].endswith(" in `x` is no UINT8")


@pytest.mark.parametrize("length", ["-1", "x", "99", "1" * 30, "²"])
def test_a_length_of_the_json_that_is_none(server: Server, length: str) -> None:
    status, told = refused(server, b"{}", inference_header_content_length=length.encode().decode("latin-1"))
    assert status == HTTPStatus.BAD_REQUEST
    assert told.startswith("Inference-Header-Content-Length is")


@pytest.mark.parametrize(
    "path", ["/v2/models/none/infer", "/v2/models/double/versions/5/infer", "/v1/nothing"]
)
def test_what_is_not_there(server: Server, path: str) -> None:
    assert refused(server, b"{}", path)[0] == HTTPStatus.NOT_FOUND


def test_what_is_asked_in_the_wrong_way(server: Server) -> None:
    assert server.ask("GET", DOUBLE)[0] == HTTPStatus.METHOD_NOT_ALLOWED
    assert refused(server, b"{}", Content_Encoding="gzip")[0] == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_a_body_that_is_too_large(server: Server) -> None:
    status, told = refused(server, b" " * 1_000_001)
    assert (status, told) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "a request has at most 1000000 bytes")


def test_a_body_that_is_too_large_and_does_not_say_so(server: Server) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", DOUBLE, iter([b" " * 100_000] * 11), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    assert connection.getresponse().status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    connection.close()


def test_a_result_that_json_has_no_word_for_comes_as_bytes_only(server: Server) -> None:
    given = json.dumps({"inputs": [GOOD | {"data": [3e38, 0, 0, 0]}]}).encode()
    status, why = refused(server, given)
    assert (status, why[:37]) == (HTTPStatus.BAD_REQUEST, "the output `y` has NaN or infinity, w")
    asked = {"inputs": [GOOD | {"data": [3e38, 0, 0, 0]}], "parameters": {"binary_data_output": True}}
    status, headers, body = server.ask("POST", DOUBLE, json.dumps(asked).encode())
    length = int(headers["inference-header-content-length"])
    assert (status, struct.unpack("<4f", body[length:])[0]) == (HTTPStatus.OK, float("inf"))


def test_what_nobody_serves_becomes_no_label(server: Server) -> None:
    refused(server, b"{}", "/v2/models/evil%0Amodel/infer")
    assert b"evil" not in server.ask("GET", "/metrics")[2]
