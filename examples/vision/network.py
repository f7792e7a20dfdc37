"""A small classifier of pictures, made in one step: fixed filters, and the least squares that fit kinds to what they
find. No training framework; numpy solves it, and the onnx package writes it down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from pictures import KINDS, SIDE, Floats, Labels

FILTERS = 12
POOLED = 4
RIDGE = 3.0
Array = np.ndarray[Any, np.dtype[Any]]


def _filters() -> Floats:
    """Edges, corners and spots, the same for all versions."""
    made = np.random.default_rng(16).normal(0, 1, (FILTERS, 1, 3, 3)).astype(np.float32)
    return made - made.mean((2, 3), keepdims=True)


def _found(pictures: Floats, filters: Floats) -> Array:
    """What the filters find in each picture: what the network does before its last layer."""
    windows = np.lib.stride_tricks.sliding_window_view(pictures[:, 0], (3, 3), (1, 2))
    seen = np.maximum(np.einsum("nijkl,fkl->nfij", windows, filters[:, 0]), 0)[
        :, :, : POOLED * 3, : POOLED * 3
    ]
    pooled = seen.reshape(len(seen), FILTERS, POOLED, 3, POOLED, 3).mean((3, 5))
    return pooled.reshape(len(pooled), -1)


def fit(pictures: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Weights and offsets of the last layer, in closed form."""
    found = _found(pictures, _filters())
    found = np.concatenate([found, np.ones((len(found), 1))], axis=1)
    wanted = np.eye(len(KINDS))[labels] * 8 - 2
    solved = np.linalg.solve(found.T @ found + RIDGE * np.eye(found.shape[1]), found.T @ wanted)
    return solved[:-1].astype(np.float32), solved[-1].astype(np.float32)


def _small(name: str, weights: Floats) -> tuple[list[onnx.TensorProto], onnx.NodeProto]:
    """Weights as whole numbers of 8 bits, and what makes numbers of them again."""
    scale = np.float32(np.abs(weights).max() / 127)
    whole = np.round(weights / scale).astype(np.int8)
    kept = [numpy_helper.from_array(whole, f"{name}.int8"), numpy_helper.from_array(scale, f"{name}.scale")]
    return kept, helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name])


def write(path: Path, pictures: Floats, labels: Labels) -> None:
    """Make a version of the model of these pictures: `NAME.fp32.onnx` and `NAME.int8.onnx`."""
    weights, offsets = fit(pictures, labels)
    large = {"filters": _filters(), "weights": weights}
    kept = [numpy_helper.from_array(value, name) for name, value in large.items()]
    _save(path.with_suffix(".fp32.onnx"), kept, [], offsets)
    halves = [_small(name, value) for name, value in large.items()]
    _save(
        path.with_suffix(".int8.onnx"),
        [one for half, _ in halves for one in half],
        [node for _, node in halves],
        offsets,
    )


def _save(path: Path, kept: list[onnx.TensorProto], first: list[onnx.NodeProto], offsets: Floats) -> None:
    nodes = [
        *first,
        helper.make_node("Conv", ["pictures", "filters"], ["edges"]),
        helper.make_node("Relu", ["edges"], ["found"]),
        helper.make_node("AveragePool", ["found"], ["pooled"], kernel_shape=[3, 3], strides=[3, 3]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "offsets"], ["sums"]),
        helper.make_node("Softmax", ["sums"], ["kinds"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sorter",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("kinds", TensorProto.FLOAT, ["batch", len(KINDS)])],
        [*kept, numpy_helper.from_array(offsets, "offsets")],
    )
    made = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="examples/vision"
    )
    onnx.checker.check_model(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.SerializeToString())
