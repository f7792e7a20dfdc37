"""One inference, from the bytes of a request to arrays, and from arrays to the bytes of a response; with the binary
tensor data extension, where tensors follow the JSON as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from placelang_runtime.serve.refusals import bad, quoted
from placelang_runtime.serve.tensors import Array, Tensor, from_bytes, from_json, to_bytes, to_json

LONGEST_JSON: Final = 8 << 20
"""Bytes: read JSON takes many times as many."""
LONGEST_ID: Final = 1024
_UNHEARD: Final = frozenset({
    "sequence_id", "sequence_start", "sequence_end", "priority", "timeout", "classification",
    "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size",
})  # fmt: skip
"""Parameters of extensions that would change what is asked for; others are the client's own notes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`outputs` are the wanted ones, in order, each with whether it is to be binary."""

    id: str | None
    feeds: dict[str, Array]
    outputs: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A body, and how much of its beginning is JSON where bytes follow."""

    body: bytes
    json_length: int | None


def read_request(
    body: bytes, json_length: int | None, inputs: Mapping[str, Tensor], outputs: Sequence[Tensor]
) -> Asked:
    """What is asked of a model that has these. Raises RefusalError."""
    said = _object(body, json_length)
    rest = memoryview(body)[len(body) if json_length is None else json_length :]
    parameters = _parameters(said, "the request")
    feeds: dict[str, Array] = {}
    for one in _objects(said, "inputs"):
        tensor = inputs.get(_name(one, "input"))
        if tensor is None:
            raise bad(f"there is no input {quoted(one['name'])}: there is {_names(inputs)}")
        if tensor.name in feeds:
            raise bad(f"the input {quoted(tensor.name)} comes twice")
        shape = tensor.check(one.get("datatype"), one.get("shape"))
        size = _parameters(one, f"the input {quoted(tensor.name)}").get("binary_data_size")
        if size is None:
            feeds[tensor.name] = from_json(tensor, shape, one.get("data"))
            continue
        if type(size) is not int or not 0 <= size <= len(rest) or "data" in one:
            raise bad(
                f"binary_data_size of {quoted(tensor.name)} is {quoted(size)}, {len(rest)} bytes are left"
            )
        feeds[tensor.name] = from_bytes(tensor, shape, rest[:size])
        rest = rest[size:]
    if len(rest):
        raise bad(f"{len(rest)} bytes of the body belong to no input")
    if missing := inputs.keys() - feeds.keys():
        raise bad(f"there is no value for {_names(sorted(missing))}")
    return Asked(_id(said), feeds, _wanted(said, outputs, parameters))


def _object(body: bytes, json_length: int | None) -> dict[str, Any]:
    length = len(body) if json_length is None else json_length
    if not 0 <= length <= len(body):
        raise bad(f"Inference-Header-Content-Length is {length}, the body has {len(body)} bytes")
    if length > LONGEST_JSON:
        raise bad(f"more than {LONGEST_JSON >> 20} MiB of JSON: send tensors as binary data")
    try:
        said = orjson.loads(memoryview(body)[:length])
    except orjson.JSONDecodeError as error:
        raise bad(f"the request is no JSON: {str(error)[:200]}") from None
    if not isinstance(said, dict):
        raise bad("the request is no JSON object")
    return said


def _objects(said: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = said.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad(f"`{key}` is no list of objects")
    return found


def _name(one: dict[str, Any], what: str) -> str:
    name = one.get("name")
    if not isinstance(name, str):
        raise bad(f"an {what} has no name")
    return name


def _names(those: Any) -> str:
    return ", ".join(quoted(one) for one in list(those)[:20]) or "none"


def _parameters(one: dict[str, Any], of: str) -> dict[str, Any]:
    found = one.get("parameters", {})
    if not isinstance(found, dict):
        raise bad(f"the parameters of {of} are no object")
    for name in sorted(_UNHEARD & found.keys()):
        raise bad(f"{of} has the parameter `{name}`, of an extension that is not spoken here")
    return found


def _id(said: dict[str, Any]) -> str | None:
    id_ = said.get("id")
    if id_ is not None and (not isinstance(id_, str) or len(id_) > LONGEST_ID):
        raise bad(f"the id is no text of at most {LONGEST_ID} characters")
    return id_


def _wanted(
    said: dict[str, Any], outputs: Sequence[Tensor], parameters: dict[str, Any]
) -> tuple[tuple[str, bool], ...]:
    binary = _truth(parameters.get("binary_data_output", False), "binary_data_output")
    wanted = _objects(said, "outputs")
    if not wanted:
        return tuple((one.name, binary) for one in outputs)
    known = [one.name for one in outputs]
    found: dict[str, bool] = {}
    for one in wanted:
        name = _name(one, "output")
        if name not in known:
            raise bad(f"there is no output {quoted(name)}: there is {_names(known)}")
        own = _parameters(one, f"the output {quoted(name)}").get("binary_data", binary)
        found[name] = _truth(own, "binary_data")
    return tuple(found.items())


def _truth(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise bad(f"{name} is {quoted(value)}: it is true or false")
    return value


def write_response(
    model: str, version: str, asked: Asked, outputs: Mapping[str, Tensor], results: Mapping[str, Array]
) -> Answered:
    """Raises RefusalError where a result has what JSON has not."""
    told: list[dict[str, Any]] = []
    tails: list[bytes] = []
    for name, binary in asked.outputs:
        array = results[name]
        one: dict[str, Any] = {
            "name": name,
            "datatype": outputs[name].datatype,
            "shape": list(array.shape),
        }
        if binary:
            tails.append(to_bytes(array))
            one["parameters"] = {"binary_data_size": len(tails[-1])}
        else:
            one["data"] = to_json(name, array)
        told.append(one)
    said = {"model_name": model, "model_version": version, "outputs": told}
    if asked.id is not None:
        said["id"] = asked.id
    head = orjson.dumps(said)
    return Answered(b"".join((head, *tails)), len(head)) if tails else Answered(head, None)
