"""YAML as plain data, and where in its text things stand.

Plain scalars are read by the core schema of YAML 1.2, so that `NO` is Norway and `08:00` is text.
"""

from __future__ import annotations

import re

from placelang.diagnostics import Diagnostic, Source, Span
from placelang.inventory.model import Place
from placelang.inventory.yaml_nodes import Entries, Items, Node, Scalar, compose

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def read_yaml(source: Source, *, merge: bool = False) -> tuple[object, tuple[Diagnostic, ...]]:
    """The document, and what is wrong about it; None if there is none, or if it is not read to its end. Merge keys are
    refused unless they are to `merge`."""
    root, faults = compose(source, merge=merge)
    return (None if root is None else _plain(root, {})), faults


def _plain(node: Node, made: dict[int, object]) -> object:
    """`made` holds what stands under an anchor, by node, so that it is made once and shared by its aliases."""
    if not node.known:
        return None
    if isinstance(node, Scalar):
        return _resolve(node)
    if id(node) not in made:
        if isinstance(node, Items):
            made[id(node)] = [_plain(item, made) for item in node.nodes]
        else:
            made[id(node)] = {key: _plain(value, made) for key, (_, value) in node.nodes.items()}
    return made[id(node)]


def _resolve(node: Scalar) -> object:
    text = node.text
    if not node.plain:
        return text
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def locate_yaml(source: Source, places: frozenset[Place]) -> dict[Place, tuple[Span | None, Span]]:
    """The key, if it has one, and the value of each of `places` that the document has."""
    root, _ = compose(source, merge=True)
    found: dict[Place, tuple[Span | None, Span]] = {}
    for place in places:
        key, node = _follow(root, place)
        if node is not None:
            span = Span(source.path, key.start, key.end) if key else None
            found[place] = span, Span(source.path, node.start, node.end)
    return found


def _follow(node: Node | None, place: Place) -> tuple[Scalar | None, Node | None]:
    key: Scalar | None = None
    for step in place:
        key = None
        if isinstance(node, Entries) and step in node.nodes:
            key, node = node.nodes[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
            node = node.nodes[step]
        else:
            return None, None
    return key, node
