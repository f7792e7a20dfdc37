"""Definitions in the order in which they can be computed, and the cycles that cannot be."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)

MOST_CYCLES = 100
"""Cycles told apart in one graph; further ones are broken without their chain."""


def sort(graph: Mapping[Node, Sequence[Node]]) -> tuple[list[Node], list[tuple[Node, ...]], set[Node]]:
    """The nodes, each after all that it leads to; cycles, each in the order of its arrows; the nodes of these cycles,
    for which the order cannot hold.

    Arrows to nodes that are no keys of `graph` are ignored. The order is that of `graph` where it is free.
    """
    done: list[Node] = []
    cycles: list[tuple[Node, ...]] = []
    broken: set[Node] = set()
    finished: set[Node] = set()
    for start in graph:
        if start in finished:
            continue
        path: dict[Node, Iterator[Node]] = {start: iter(graph[start])}
        while path:
            node, arrows = next(reversed(path.items()))
            target = next((t for t in arrows if t in graph and t not in finished), None)
            if target is None:
                del path[node]
                finished.add(node)
                done.append(node)
            elif target not in path:
                path[target] = iter(graph[target])
            elif not (node in broken and target in broken):
                _close(path, target, node, cycles, broken)
    return done, cycles, broken


def _close(
    path: Mapping[Node, object], target: Node, node: Node, cycles: list[tuple[Node, ...]], broken: set[Node]
) -> None:
    if len(cycles) == MOST_CYCLES:
        broken.update((target, node))
        return
    nodes = list(path)
    cycle = tuple(nodes[nodes.index(target) :])
    cycles.append(cycle)
    broken.update(cycle)


def chain(names: Sequence[str], *, most: int = 8) -> str:
    """A cycle as people read it: `a → b → a`, its middle left out if it is long."""
    shown = list(names) if len(names) <= most else [*names[: most - 1], "…", names[-1]]
    return " → ".join([*shown, names[0]])
