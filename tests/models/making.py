"""Small models, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def values(name: str, *shape: int | str | None, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def weight(name: str, of: Any, kind: Any = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(of, kind), name)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto] = (),
    **settings: Any,
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "graph", inputs, outputs, weights)
    opsets = settings.pop("opsets", {"": 17})
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, producer_name="by hand", **settings)


def dense(of: Any = None, kind: Any = np.float32) -> onnx.ModelProto:
    """`x [batch, 4] → z [batch, 8]`, with 32 weights."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Relu", ["y"], ["z"])]
    weights = weight("w", np.ones((4, 8)) if of is None else of, kind)
    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    return model(
        nodes, [values("x", "batch", 4, kind=element)], [values("z", "batch", 8, kind=element)], [weights]
    )


def saved(made: onnx.ModelProto, folder: Path, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return path


def outside(made: onnx.ModelProto, location: str, **place: int) -> onnx.ModelProto:
    """The model with its first weight said to be kept in a file."""
    [tensor, *_] = made.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **place}.items():
        tensor.external_data.add(key=key, value=str(value))
    return made
