"""Jobs of Nomad in HCL, as the API has them. python-hcl2 parses; here each value is read with its place.

Variables stand for their defaults. What would have to be worked out, such as a call, is reported and stays as it is
written. https://developer.hashicorp.com/nomad/docs/job-specification/hcl2
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Severity, Source, Span
from placelang.importers.texts import Text
from placelang.inventory.faults import Fault, path
from placelang.inventory.model import Place
from placelang.manifests.written import plain_text

Node: TypeAlias = Tree[Token] | Token

LIMIT: Final = 256 * 2**10
"""The most characters of a file: its parser takes about a second for each 50,000."""
DEEPEST: Final = 60

_LISTS: Final = {
    "group": ("TaskGroups", "Name"),
    "task": ("Tasks", "Name"),
    "device": ("Devices", "Name"),
    "target": ("SpreadTarget", "Value"),
    "constraint": ("Constraints", ""),
    "affinity": ("Affinities", ""),
    "spread": ("Spreads", ""),
    "network": ("Networks", ""),
    "service": ("Services", ""),
    "check": ("Checks", ""),
}
"""Blocks that are items of a list, and what their label is called there."""

_RAW: Final = ("config", "env", "meta")
"""Blocks whose names are the user's, or a driver's."""

_RULES: Final = {"attribute": "LTarget", "value": "RTarget", "operator": "Operand", "weight": "Weight"}
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "constraint": _RULES,
    "affinity": _RULES,
    "resources": {"cpu": "CPU", "memory": "MemoryMB", "memory_max": "MemoryMaxMB"},
    "ephemeral_disk": {"size": "SizeMB"},
    "port": {"static": "Value"},
    "service": {"port": "PortLabel"},
    "check": {"port": "PortLabel"},
    "periodic": {"cron": "Spec", "crons": "Specs"},
}
_OPERATORS: Final = (
    *("version", "semver", "regexp", "set_contains", "set_contains_any", "set_contains_all"),
    *("distinct_hosts", "distinct_property"),
)
_ESCAPE = re.compile(r"\\(n|r|t|\"|\\|u[0-9a-fA-F]{4})")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEREDOC = re.compile(r"<<-?[^\n]*\n(.*?)\n?[^\n]*\n?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HclText(Text):
    """A job; `spans` has where each of its values stands."""

    spans: Mapping[Place, Span] = field(default_factory=dict)

    def diagnose(self, faults: Sequence[Fault]) -> tuple[Diagnostic, ...]:
        """The faults at the lines of the file."""
        return tuple(
            Diagnostic(
                fault.wrong.code,
                fault.wrong.message,
                self._span(fault.place),
                notes=(f"this is {path(fault.place)}",) if fault.place else (),
                hint=fault.wrong.hint,
                severity=fault.severity,
                path=self.source.path,
            )
            for fault in faults
        )

    def lines(self, places: Sequence[Place]) -> dict[Place, int]:
        """The line of each place, counted from 1."""
        return {place: self.source.position(self._span(place).start).line for place in places}

    def _span(self, place: Place) -> Span:
        """The first line of what stands there, or of what it would stand in."""
        lengths = range(len(place), -1, -1)
        found = next((self.spans[place[:n]] for n in lengths if place[:n] in self.spans), None)
        if found is None:
            return Span(self.source.path, 0, 0)
        end = self.source.text.find("\n", found.start, found.end)
        return Span(found.path, found.start, found.end if end < 0 else end)


def read_hcl(source: Source) -> tuple[list[Text], list[Diagnostic]]:
    """The jobs of a file, and what is wrong with it."""
    try:
        import hcl2  # noqa: PLC0415 - an extra, which may not be installed
    except ImportError:
        message = "HCL is read by python-hcl2, which is not installed"
        hint = "install `placelang[hcl]`, or import what `nomad job run -output FILE` prints"
        return [], [Diagnostic(Code.UNREADABLE, message, path=source.path, hint=hint)]
    if len(source.text) > LIMIT:
        message = f"this file has {len(source.text):,} characters, and {LIMIT:,} is the most of HCL"
        return [], [Diagnostic(Code.TOO_LARGE, message, path=source.path)]
    try:
        tree = hcl2.parses_to_tree(source.text)
    except UnexpectedInput as error:
        at = min(max(error.pos_in_stream or 0, 0), len(source.text))
        span = Span(source.path, at, min(at + 1, len(source.text)))
        return [], [Diagnostic(Code.INVENTORY_SYNTAX, "this is not HCL from here on", span)]
    return _jobs(source, tree)


def _jobs(source: Source, tree: Tree[Token]) -> tuple[list[Text], list[Diagnostic]]:
    faults: list[Diagnostic] = []
    blocks = [node for node in _children(_body(tree)) if node.data == "block"]
    variables: dict[str, object] = {}
    plain = _Reader(source, {}, {}, faults)
    for block in blocks:
        kind, labels = _header(plain, block)
        for attribute in (node for node in _children(_body(block)) if node.data == "attribute"):
            name, value = _pair(attribute)
            if kind == "variable" and name == "default" and labels:
                variables[f"var.{labels[0]}"] = plain.value(value, ("default",), 0)
            elif kind == "locals":
                variables[f"local.{name}"] = plain.value(value, (name,), 0)
    texts: list[Text] = []
    for block in blocks:
        kind, labels = _header(plain, block)
        if kind == "job":
            reader = _Reader(source, variables, {}, faults)
            data = reader.block(block, "job", (), 0) | {"ID": labels[0] if labels else "job"}
            data.setdefault("TaskGroups", [])
            reader.spans[()] = _span(source, block)
            texts.append(HclText(source, source, 0, data, reader.spans))
    if not texts and not faults:
        message = "this holds no `job`"
        faults.append(Diagnostic(Code.MISSING_KEY, message, Span(source.path, 0, 0), path=source.path))
    return texts, faults


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes plain data of a tree, and remembers where it stood."""

    source: Source
    variables: Mapping[str, object]
    spans: dict[Place, Span]
    faults: list[Diagnostic]

    def block(self, node: Tree[Token], kind: str, place: Place, depth: int) -> dict[str, object]:
        """A block as the API has it."""
        found: dict[str, object] = {}
        for inner in _children(_body(node)):
            if inner.data == "attribute":
                name, value = _pair(inner)
                key = name if kind in _RAW else _NAMES.get(kind, {}).get(name) or _camel(name)
                if kind in ("constraint", "affinity") and name in _OPERATORS:
                    self._operator(found, name, value, place, depth)
                    continue
                self.spans[(*place, key)] = _span(self.source, inner)
                found[key] = self.value(value, (*place, key), depth)
            elif inner.data == "block" and depth < DEEPEST:
                self._inner(found, inner, kind, place, depth + 1)
        return found

    def _operator(self, found: dict[str, object], name: str, node: Node, place: Place, depth: int) -> None:
        """`version = ">= 1.2"` is an operator with its operand."""
        found["Operand"] = name
        key = "LTarget" if name == "distinct_property" else "RTarget"
        found[key] = self.value(node, (*place, key), depth)

    def _inner(
        self, found: dict[str, object], node: Tree[Token], outer: str, place: Place, depth: int
    ) -> None:
        kind, labels = _header(self, node)
        if kind == "port" and outer == "network":
            self._port(found, node, labels, place, depth)
        elif kind in _LISTS and outer not in _RAW:
            key, label = _LISTS[kind]
            items = found.setdefault(key, [])
            if isinstance(items, list):
                at = (*place, key, len(items))
                self.spans[at] = _span(self.source, node)
                named = {label: labels[0]} if label and labels else {}
                items.append(self.block(node, kind, at, depth) | named)
        else:
            keys = [kind if outer in _RAW else _camel(kind), *labels]
            at = (*place, *keys)
            self.spans[at] = _span(self.source, node)
            into = found
            for key in keys[:-1]:
                inside = into.setdefault(key, {})
                into = inside if isinstance(inside, dict) else {}
            into[keys[-1]] = self.block(node, kind if outer not in _RAW else outer, at, depth)

    def _port(
        self, found: dict[str, object], node: Tree[Token], labels: Sequence[str], place: Place, depth: int
    ) -> None:
        inner = self.block(node, "port", place, depth) | {"Label": labels[0] if labels else ""}
        key = "ReservedPorts" if "Value" in inner else "DynamicPorts"
        ports = found.setdefault(key, [])
        if isinstance(ports, list):
            self.spans[(*place, key, len(ports))] = _span(self.source, node)
            ports.append(inner)

    def value(self, node: Node, place: Place, depth: int) -> object:
        """The value of an expression; what is no literal stays text."""
        if isinstance(node, Token):
            return str(node)
        if depth >= DEEPEST:
            return None
        inner = _children(node)
        match node.data:
            case "expr_term" if len(inner) == 1:
                return self.value(inner[0], place, depth + 1)
            case "unary_op" if str(node.children[0]) == "-" and inner:
                number = self.value(inner[0], place, depth + 1)
                return -number if isinstance(number, int | float) else None
            case "tuple":
                return [self.value(one, (*place, at), depth + 1) for at, one in enumerate(inner)]
            case "object":
                return dict(self._entries(inner, place, depth + 1))
        return self._leaf(node)

    def _leaf(self, node: Tree[Token]) -> object:
        match node.data:
            case "string":
                return self._text(node)
            case "int_lit" | "float_lit" | "literal_value":
                return _literal("".join(map(str, node.children)))
            case "heredoc_template" | "heredoc_template_trim":
                found = _HEREDOC.fullmatch(str(node.children[0]))
                return found[1] if found else ""
            case "identifier":
                return str(node.children[0])
        return self._reference(node)

    def _entries(
        self, nodes: Sequence[Tree[Token]], place: Place, depth: int
    ) -> Iterator[tuple[str, object]]:
        for node in nodes:
            inner = _children(node)
            if node.data == "object_elem" and len(inner) > 1:
                key = str(self.value(_children(inner[0])[0], place, depth))
                self.spans[(*place, key)] = _span(self.source, node)
                yield key, self.value(inner[1], (*place, key), depth)

    def _text(self, node: Tree[Token]) -> str:
        return "".join(map(self._part, (part for part in _children(node) if part.data == "string_part")))

    def _part(self, part: Tree[Token]) -> str:
        inner = _children(part)
        if inner:
            name = self._written(inner[0])[2:-1].strip()
            known = self.variables.get(name)
            return self._written(inner[0]) if isinstance(known, list | dict | None) else plain_text(known)
        text = str(part.children[0])
        return text.replace("$${", "${") if text.startswith("$${") else _ESCAPE.sub(_unescaped, text)

    def _reference(self, node: Tree[Token]) -> object:
        written = self._written(node)
        if written in self.variables:
            return self.variables[written]
        message = "this is not worked out here" if "(" in written else "nothing says what this is"
        hint = "`nomad job run -output FILE` prints the job as it is in the end"
        span = _span(self.source, node)
        fault = Diagnostic(Code.NO_COUNTERPART, message, span, hint=hint, severity=Severity.WARNING)
        if len(self.faults) < 100:  # noqa: PLR2004 - more are of no use
            self.faults.append(fault)
        return f"${{{written}}}"

    def _written(self, node: Tree[Token]) -> str:
        span = _span(self.source, node)
        return self.source.text[span.start : span.end]


def _unescaped(found: re.Match[str]) -> str:
    return _MEANT.get(found[1]) or chr(int(found[1][1:], 16))


def _literal(text: str) -> object:
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else float(text[:40])


def _children(node: Tree[Token]) -> list[Tree[Token]]:
    return [
        child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"
    ]


def _body(node: Tree[Token]) -> Tree[Token]:
    return next(child for child in _children(node) if child.data == "body")


def _header(reader: _Reader, node: Tree[Token]) -> tuple[str, list[str]]:
    """The name of a block and its labels."""
    words = [child for child in _children(node) if child.data in ("identifier", "string")]
    texts = [str(reader.value(word, (), 0)) for word in words]
    return texts[0], texts[1:]


def _pair(node: Tree[Token]) -> tuple[str, Tree[Token]]:
    inner = _children(node)
    return str(inner[0].children[0]), inner[1]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _span(source: Source, node: Tree[Token]) -> Span:
    return Span(source.path, node.meta.start_pos, node.meta.end_pos)
