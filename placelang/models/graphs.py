"""The graphs of a model: the main one, those within its operators, and its functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeVar

import onnx

from placelang.models.faults import quoted
from placelang.models.inspection import ModelError

Weight = tuple[onnx.TensorProto, bool]
"""A tensor, and whether it is a weight: one that the graph has, not an operator's attribute."""
K = TypeVar("K")
SHOWN: Final = 4


def graphs(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    """The main graph and all within operators, those of functions too."""
    waiting = [model.graph]
    for function in model.functions:
        waiting += _within(function.node)
    while waiting:
        graph = waiting.pop()
        yield graph
        waiting += _within(graph.node)


def _within(those: Iterable[onnx.NodeProto]) -> Iterator[onnx.GraphProto]:
    for node in those:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield attribute.g
            yield from attribute.graphs


def nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """All operators of all graphs and functions."""
    for function in model.functions:
        yield from function.node
    for graph in graphs(model):
        yield from graph.node


def tensors(model: onnx.ModelProto) -> Iterator[Weight]:
    """All tensors of the file, weights and attributes of operators."""
    for graph in graphs(model):
        for tensor in graph.initializer:
            yield tensor, True
        for sparse in graph.sparse_initializer:
            yield sparse.values, True
            yield sparse.indices, False
    for node in nodes(model):
        for attribute in node.attribute:
            for tensor in (*([attribute.t] if attribute.HasField("t") else ()), *attribute.tensors):
                yield tensor, False


def no_circle(model: onnx.ModelProto) -> None:
    """Raises `ModelError` where values depend on themselves, or functions are made of themselves."""
    for graph in (*graphs(model), *model.functions):
        made = {output: number for number, node in enumerate(graph.node) for output in node.output if output}
        _ordered(
            {
                number: {made[one] for one in node.input if one in made}
                for number, node in enumerate(graph.node)
            },
            {number: node.name or node.op_type for number, node in enumerate(graph.node)},
            "the graph turns in a circle",
        )
    functions = {(one.domain, one.name): one for one in model.functions}
    _ordered(
        {
            key: {(node.domain, node.op_type) for node in one.node} & functions.keys()
            for key, one in functions.items()
        },
        {key: key[1] for key in functions},
        "functions are made of themselves",
    )


def _ordered(before: Mapping[K, set[K]], names: Mapping[K, str], fault: str) -> None:
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = list(error.args[1])
        shown = [quoted(names[one]) for one in circle[:SHOWN]]
        more = len(circle) - SHOWN
        tail = f"… and {more} more" if more > 0 else ""
        raise ModelError(f"{fault}: {' → '.join(shown)}{tail}") from None
