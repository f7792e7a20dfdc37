"""The nodes of a YAML document, with where each stands, composed within limits.

Tags and a key twice in a map are reported; several documents, nesting beyond `DEEPEST` and aliases that
expand beyond `MOST` values end the reading, so that no document costs more than its limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

import yaml

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Label, Source, Span

DEEPEST = 100
MOST = 1_000_000
"""How many values a document may have, each alias counted as all that it stands for."""

MERGE = "<<"

MOST_FAULTS = 100
"""After how many faults a document is read no further."""

_TAGS = frozenset(("str", "int", "float", "bool", "null", "seq", "map"))
"""Tags that say no more than what is written after them."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Scalar:
    start: int
    end: int
    text: str
    plain: bool
    size: int = 1
    height: int = 1
    known: bool = True


@dataclass(slots=True)
class Items:
    start: int
    end: int
    nodes: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1
    known: bool = True


@dataclass(slots=True)
class Entries:
    start: int
    end: int
    nodes: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    size: int = 1
    height: int = 1
    known: bool = True
    key: Scalar | None = None  # the key whose value comes next


Node: TypeAlias = Scalar | Items | Entries


class _Refused(Exception):  # noqa: N818  it ends the reading of a document, and is no fault of ours
    pass


def compose(source: Source, *, merge: bool = False) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The root node of the one document in `source`, None if there is none, or if it is not read to its end; and what
    is wrong with it. Of a key that stands twice the first is kept; a value with a tag of its own is unknown. Merge keys
    end the reading unless they are to `merge`: what they name comes after what the map has itself."""
    faults: list[Diagnostic] = []
    odd = _UNPRINTABLE.search(source.text)
    if odd:
        message = f"the character U+{ord(odd[0]):04X} cannot stand in YAML as it is"
        span = Span(source.path, *odd.span())
        return None, (Diagnostic(Code.INVENTORY_SYNTAX, message, span),)
    composer = _Composer(source, faults, merge=merge)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            composer.take(event)
    except _Refused:
        return None, tuple(faults)
    except yaml.MarkedYAMLError as error:
        faults.append(_not_yaml(source, error))
        return None, tuple(faults)
    return composer.root, tuple(faults)


def _not_yaml(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    start = mark.index if mark else 0
    span = Span(source.path, start, start + 1)
    if source.text[start : start + 1] == "\t":
        message = "this is not YAML: a tab stands where there can only be spaces"
        return Diagnostic(Code.INVENTORY_SYNTAX, message, span, hint="indent with spaces")
    return Diagnostic(Code.INVENTORY_SYNTAX, f"this is not YAML: {error.problem or error.context}", span)


class _Composer:
    """Builds nodes from the parser's events, in one pass and without recursion."""

    def __init__(self, source: Source, faults: list[Diagnostic], *, merge: bool) -> None:
        self.source = source
        self.merge = merge
        self.faults = faults
        self.root: Node | None = None
        self.open: list[Items | Entries] = []
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def take(self, event: yaml.Event) -> None:
        if event.start_mark is None or event.end_mark is None:
            raise TypeError(event)
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            known = self._check_tag(event.tag, start)
            self._add(Scalar(start, end, event.value, not event.style, known=known), event.anchor, start)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._leave(end)
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = Items if isinstance(event, yaml.SequenceStartEvent) else Entries
            self._enter(kind(start, end, known=self._check_tag(event.tag, start)), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, start, end)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            message = "an inventory is one document, and here starts another"
            self._refuse(Code.INVENTORY_SYNTAX, message, start, end)

    def _refuse(self, code: Code, message: str, start: int, end: int, hint: str | None = None) -> NoReturn:
        self.faults.append(Diagnostic(code, message, Span(self.source.path, start, end), hint=hint))
        raise _Refused

    def _check_tag(self, tag: str | None, start: int) -> bool:
        """Reports a tag; whether what follows it can be read without."""
        if tag is not None:
            written = self.source.text[start:].split(None, 1)[0]
            message = "tags are refused: an inventory is plain data"
            span = Span(self.source.path, start, start + len(written))
            self._report(Diagnostic(Code.INVENTORY_SYNTAX, message, span, hint="leave out the tag"))
        return tag is None or tag.removeprefix("tag:yaml.org,2002:") in _TAGS

    def _report(self, fault: Diagnostic) -> None:
        self.faults.append(fault)
        if len(self.faults) > MOST_FAULTS:
            raise _Refused

    def _enter(self, node: Items | Entries, anchor: str | None) -> None:
        self._add(node, anchor, node.start)
        self.open.append(node)
        if len(self.open) > DEEPEST:
            message = f"maps and lists are nested more than {DEEPEST} deep"
            self._refuse(Code.TOO_DEEP, message, node.start, node.end)

    def _leave(self, end: int) -> None:
        node = self.open.pop()
        node.end = end
        if self.merge and isinstance(node, Entries) and MERGE in node.nodes:
            self._merge(node)
        if self.open:
            parent = self.open[-1]
            parent.size += node.size - 1  # it was counted as 1 when it was added
            parent.height = max(parent.height, node.height + 1)

    def _merge(self, node: Entries) -> None:
        """Put in what the merge key names, the first of several first."""
        _, named = node.nodes.pop(MERGE)
        for one in named.nodes if isinstance(named, Items) else [named]:
            if not isinstance(one, Entries):
                self._refuse(Code.INVENTORY_SYNTAX, "maps are merged, and this is none", one.start, one.end)
            added = {key: value for key, value in one.nodes.items() if key not in node.nodes}
            node.nodes |= added
            size = sum(value.size for _, value in added.values())
            node.size += size
            node.height = max(node.height, one.height)
            self._grow(size, one.start)

    def _alias(self, anchor: str | None, start: int, end: int) -> None:
        node = self.anchors.get(anchor or "")
        if node is None:
            self._refuse(Code.INVENTORY_SYNTAX, f"nothing is called &{anchor} before this", start, end)
        if any(node is container for container in self.open):
            self._refuse(Code.CYCLE, f"*{anchor} stands inside of what it stands for", start, end)
        if len(self.open) + node.height > DEEPEST:
            message = f"with its aliases, this is nested more than {DEEPEST} deep"
            self._refuse(Code.TOO_DEEP, message, start, end)
        self._add(node, None, start)

    def _add(self, node: Node, anchor: str | None, start: int) -> None:
        self._grow(node.size, start)
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, Items):
            parent.nodes.append(node)
        elif parent.key is None:
            parent.key = self._key(node)
            return
        else:
            self._enter_value(parent, parent.key, node)
            parent.key = None
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)

    def _grow(self, size: int, start: int) -> None:
        self.count += size
        if self.count > MOST:
            message = f"with its aliases, this document has more than {MOST:,} values"
            self._refuse(Code.TOO_LARGE, message, start, start + 1, "write a large inventory as JSON")

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self._refuse(Code.INVENTORY_SYNTAX, "a key is text", node.start, node.start + 1)
        if node.plain and node.text == MERGE and not self.merge:
            message = "merge keys are refused"
            hint = "write the facts out, or give `observed`, `source` and `ttl` once for the file or the site"
            self._refuse(Code.INVENTORY_SYNTAX, message, node.start, node.end, hint)
        return node

    def _enter_value(self, parent: Entries, key: Scalar, node: Node) -> None:
        first = parent.nodes.get(key.text)
        if first is None:
            parent.nodes[key.text] = key, node
            return
        span = Span(self.source.path, key.start, key.end)
        label = Label(Span(self.source.path, first[0].start, first[0].end), "first here")
        self._report(Diagnostic(Code.DUPLICATE, f"`{key.text}` stands twice in this map", span, (label,)))
