"""From an ONNX file to its `Structure`, in the process that is there for it. Leaves that, or `ModelError`: a file of
which a structure is told is a regular file, parses, has its graphs in order and all of its weights, none of them NaN.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import onnx
from google.protobuf.message import DecodeError, Message

from placelang.models.faults import first_line, quoted
from placelang.models.graphs import no_circle, nodes, tensors
from placelang.models.inspection import ModelError, Opset, Structure, Tensor
from placelang.models.weights import weigh

MOST: Final = 2**31 - 1
"""What a message of Protocol Buffers may have, and so an ONNX file."""
_NO_TEXT: Final = "this ONNX file is damaged: a name in it is no text"
_STANDARD: Final = "ai.onnx"
_TYPES: Final = {"float": "float32", "double": "float64"}


def read_structure(path: str) -> Structure:
    """What the file says, once all of it was found sound."""
    content = _read(path)
    size, digest = len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"
    model = _parsed(content)
    del content
    _all_text(model)
    no_circle(model)
    weighed = weigh(tensors(model), Path(path).parent)
    try:
        onnx.checker.check_model(path)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"this is no valid ONNX model: {first_line(error)}") from None
    graph = model.graph
    known = {one.name for one in graph.initializer}  # up to version 3 of the format, these are inputs too
    return Structure(
        size=size,
        digest=digest,
        ir=model.ir_version,
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        opsets=tuple(sorted(_opsets(model), key=lambda one: (one.domain != _STANDARD, one.domain))),
        inputs=tuple(_tensor(one) for one in graph.input if one.name not in known),
        outputs=tuple(_tensor(one) for one in graph.output),
        nodes=len(graph.node),
        parameters=weighed.parameters,
        weights=weighed.size,
        external=weighed.external,
        custom=tuple(sorted(set(_custom(model)))),
    )


def _read(path: str) -> bytes:
    """A regular file, opened without waiting and judged after opening, so that nothing can swap it."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(file.fileno())
        if stat.S_ISDIR(state.st_mode):
            raise ModelError("this is a folder: name the .onnx file in it")
        if not stat.S_ISREG(state.st_mode):
            raise ModelError("this is no regular file")
        if state.st_size > MOST:
            raise ModelError(
                f"the file has {state.st_size:,} bytes, and an ONNX file has at most {MOST:,}: "
                "save its weights as external data beside it"
            )
        return file.read(MOST + 1)


def _parsed(content: bytes) -> onnx.ModelProto:
    if not content:
        raise ModelError("the file is empty")
    begins = content.startswith(b"\x08")  # the version of the format, which every writer puts first
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        if "memory" in str(error).lower():
            raise MemoryError from None
        if begins:
            raise ModelError("this ONNX file is cut short or damaged: it ends within itself") from None
        raise ModelError("this is no ONNX file") from None
    if not model.HasField("graph"):
        raise ModelError(
            "this ONNX file has no graph: it is cut short or damaged" if begins else "this is no ONNX file"
        )
    return model


def _all_text(model: onnx.ModelProto) -> None:
    """Raises `ModelError` where what should be text is none: libraries then go on with bytes, or fail."""
    waiting: list[Message] = [model]
    try:
        while waiting:
            for field, value in waiting.pop().ListFields():
                several = value if not isinstance(value, str | bytes | Message) else (value,)
                if field.type == field.TYPE_MESSAGE:
                    waiting += several
                elif field.type == field.TYPE_STRING and not all(isinstance(one, str) for one in several):
                    raise ModelError(_NO_TEXT)
    except UnicodeDecodeError:
        raise ModelError(_NO_TEXT) from None


def _opsets(model: onnx.ModelProto) -> Iterator[Opset]:
    for one in model.opset_import:
        yield Opset(one.domain or _STANDARD, one.version)


def _tensor(value: onnx.ValueInfoProto) -> Tensor:
    kind = value.type.WhichOneof("value")
    if kind not in {"tensor_type", "sparse_tensor_type"}:
        return Tensor(value.name, (kind or "unknown").removesuffix("_type"), None)
    of = getattr(value.type, kind)
    if of.elem_type not in onnx.TensorProto.DataType.values():
        raise ModelError(
            f"the elements of {quoted(value.name)} are of type {of.elem_type}, which nobody knows"
        )
    named = onnx.TensorProto.DataType.Name(of.elem_type).lower()
    shape = tuple(_dimension(one) for one in of.shape.dim) if of.HasField("shape") else None
    sparse = "sparse " if kind == "sparse_tensor_type" else ""
    return Tensor(value.name, sparse + _TYPES.get(named, named), shape)


def _dimension(one: onnx.TensorShapeProto.Dimension) -> int | str | None:
    if one.HasField("dim_value"):
        return one.dim_value if one.dim_value >= 0 else None
    return one.dim_param or None


def _custom(model: onnx.ModelProto) -> Iterator[str]:
    """Operators that neither the standard nor the model itself defines."""
    own = {(one.domain, one.name) for one in model.functions}
    for node in nodes(model):
        if (node.domain, node.op_type) not in own and not _standard(node):
            yield f"{node.domain or _STANDARD}.{node.op_type}"


def _standard(node: onnx.NodeProto) -> bool:
    domain = "" if node.domain == _STANDARD else node.domain
    return onnx.defs.has(node.op_type, domain) and (domain == "" or domain.startswith(f"{_STANDARD}."))
