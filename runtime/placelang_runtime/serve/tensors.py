"""Tensors as the protocol writes them, in JSON or as bytes, and as numpy has them. What is read is checked against what
it says of itself: type, shape, and every element."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any, Final

import numpy as np

from placelang_runtime.serve.refusals import bad, quoted

Array = np.ndarray[Any, np.dtype[Any]]

BYTES: Final = "BYTES"
DATATYPES: Final[dict[str, np.dtype[Any]]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype("<u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("<i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    BYTES: np.dtype(object),
}
"""By the protocol's names."""
OF_ONNX: Final = {
    "tensor(bool)": "BOOL",
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": BYTES,
} | {f"tensor({kind}int{bits})": f"{kind}int{bits}".upper() for kind in ("", "u") for bits in (8, 16, 32, 64)}
_ELEMENTS: Final[dict[str, set[type]]] = {"b": {bool}, "i": {int}, "u": {int}, "f": {int, float}, "O": {str}}
"""What JSON has for each kind of numpy."""
_LENGTH: Final = struct.Struct("<I")
_MOST_DIMENSIONS: Final = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a model: a dimension is a length, or a name where requests choose it, None where it has
    not even that."""

    name: str
    datatype: str
    shape: tuple[int | str | None, ...]

    @property
    def metadata(self) -> dict[str, Any]:
        """As the protocol tells it."""
        return {
            "name": self.name,
            "datatype": self.datatype,
            "shape": [one if isinstance(one, int) else -1 for one in self.shape],
        }

    def check(self, datatype: object, shape: object) -> tuple[int, ...]:
        """The shape that a request gives it. Raises RefusalError."""
        if datatype != self.datatype:
            raise bad(f"the input {quoted(self.name)} is {self.datatype}, not {quoted(datatype)}")
        if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS:
            raise bad(f"the input {quoted(self.name)} has no shape: write a list of lengths")
        if not all(type(size) is int and 0 <= size < 1 << 48 for size in shape):
            raise bad(f"the input {quoted(self.name)} cannot have the shape {quoted(shape)}")
        fits = len(shape) == len(self.shape) and all(
            not isinstance(said, int) or said == size for said, size in zip(self.shape, shape, strict=True)
        )
        if not fits:
            wanted = self.metadata["shape"]
            raise bad(f"the input {quoted(self.name)} has the shape {wanted}, not {quoted(shape)}")
        return tuple(shape)


def from_json(tensor: Tensor, shape: tuple[int, ...], data: object) -> Array:
    """Elements in row-major order, flat or nested as the shape is. Raises RefusalError."""
    if not isinstance(data, list):
        raise bad(f"the data of {quoted(tensor.name)} is no list")
    flat, nested = _flat(data)
    if len(flat) != prod(shape) or (nested and nested != shape):
        found = list(nested) if nested else f"{len(flat)} elements"
        raise bad(f"the data of {quoted(tensor.name)} has {found}, its shape is {list(shape)}")
    to = DATATYPES[tensor.datatype]
    if not set(map(type, flat)) <= _ELEMENTS[to.kind]:
        wrong = next(one for one in flat if type(one) not in _ELEMENTS[to.kind])
        raise bad(f"{quoted(wrong)} in {quoted(tensor.name)} is no {tensor.datatype}")
    try:
        with np.errstate(over="ignore"):  # what is too large is infinite, as numbers of that type are
            return np.array(flat, to).reshape(shape)
    except OverflowError:
        raise bad(f"a number in {quoted(tensor.name)} is no {tensor.datatype}") from None


def _flat(data: list[Any]) -> tuple[list[Any], tuple[int, ...]]:
    """All elements, and the shape in which they were nested, empty where they were not. Lists that are not alike come
    out as elements."""
    shape = [len(data)]
    while data and all(type(one) is list for one in data) and len({len(one) for one in data}) == 1:
        shape.append(len(data[0]))
        data = list(chain.from_iterable(data))
    return data, tuple(shape) if len(shape) > 1 else ()


def from_bytes(tensor: Tensor, shape: tuple[int, ...], data: memoryview) -> Array:
    """Little-endian, row-major, without gaps; a `BYTES` element is its length in four bytes and itself. Raises
    RefusalError."""
    if tensor.datatype == BYTES:
        return _strings(tensor, shape, data)
    to = DATATYPES[tensor.datatype]
    if len(data) != prod(shape) * to.itemsize:
        raise bad(
            f"{quoted(tensor.name)} has {len(data)} bytes; its shape {list(shape)} of {tensor.datatype} takes "
            f"{prod(shape) * to.itemsize}"
        )
    if to.kind == "b" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        raise bad(f"a byte in {quoted(tensor.name)} is no BOOL: they are 0 and 1")
    return np.require(np.frombuffer(data, to).reshape(shape), requirements="A")


def _strings(tensor: Tensor, shape: tuple[int, ...], data: memoryview) -> Array:
    found: list[str] = []
    at = 0
    while at < len(data):
        if at + 4 > len(data) or at + 4 + (length := _LENGTH.unpack_from(data, at)[0]) > len(data):
            raise bad(f"an element of {quoted(tensor.name)} ends after its data")
        try:
            found.append(str(data[at + 4 : at + 4 + length], "utf-8"))
        except UnicodeDecodeError:
            raise bad(f"an element of {quoted(tensor.name)} is not UTF-8") from None
        at += 4 + length
    if len(found) != prod(shape):
        raise bad(f"{quoted(tensor.name)} has {len(found)} elements, its shape is {list(shape)}")
    return np.array(found, object).reshape(shape)


def to_json(name: str, array: Array) -> list[Any]:
    """Elements in row-major order, flat. Raises RefusalError for what JSON has no word for."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise bad(
            f"the output {quoted(name)} has NaN or infinity, which JSON has not: ask for it as binary data"
        )
    flat: list[Any] = array.ravel().tolist()
    return flat


def to_bytes(array: Array) -> bytes:
    """What `from_bytes` reads."""
    if array.dtype.kind != "O":
        return array.tobytes()
    texts = [str(one).encode() for one in array.ravel()]
    return b"".join(piece for text in texts for piece in (_LENGTH.pack(len(text)), text))
