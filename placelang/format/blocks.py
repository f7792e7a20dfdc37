"""Blocks, comments and blank lines: the frame in which the documents of clauses stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from placelang import syntax as s
from placelang.format.clauses import clause, phrase
from placelang.format.document import Nest, flat, lay_out
from placelang.format.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from placelang.diagnostics import Source
    from placelang.format.clauses import Clause
    from placelang.format.document import Document

WIDTH = 100
_STEP = 2
_COMMENTS = 60
_ALIGNED = (s.Service, s.Job, s.Model, s.Variant, s.Rollout, s.Monitor, s.Test)
_WORDS: dict[type, str] = {
    s.App: "app",
    s.Job: "job",
    s.Monitor: "monitor",
    s.Policy: "policy",
    s.Model: "model",
    s.Variant: "variant",
    s.DeviceDeclaration: "device",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the result and the comment that trails it."""

    text: str
    comment: str = ""


@dataclass(slots=True)
class _Entry:
    """Something in a block: a clause still to be aligned, or finished lines. `blank` if a blank line precedes it."""

    blank: bool
    clause: Clause | None
    lines: list[_Line]
    is_block: bool = False
    comment: str = ""


def lines_of(tree: s.Tree, source: Source) -> list[str]:
    """The lines of the canonical text."""
    entries = _Writer(source, tree.comments).entries(tree.statements, len(source.text), 0)
    return _trailed(list(_finished(entries, 0, aligned=False)))


def _trailed(lines: list[_Line]) -> list[str]:
    """The lines with their comments: on adjacent lines these stand in one column, but after the end of a long line."""
    out: list[str] = []
    run: list[_Line] = []
    for line in [*lines, _Line("")]:
        if line.comment:
            run.append(line)
            continue
        column = max((len(r.text) for r in run if len(r.text) <= _COMMENTS), default=0)
        out.extend(f"{r.text.ljust(column)}  {r.comment}" for r in run)
        run.clear()
        out.append(line.text)
    return out[:-1]


def _finished(entries: list[_Entry], indent: int, *, aligned: bool) -> Iterator[_Line]:
    """The lines of a block's body; runs of clauses between blank lines and blocks share a column."""
    columns = _columns(entries) if aligned else [0] * len(entries)
    for i, (entry, column) in enumerate(zip(entries, columns, strict=True)):
        if entry.blank and i:
            yield _Line("")
        lines = entry.lines
        if entry.clause:
            head, rest = entry.clause
            lines = _laid_out((f"{head} ".ljust(column) if head else "", rest), indent)
        yield from lines[:-1]
        yield replace(lines[-1], comment=entry.comment or lines[-1].comment)


def _columns(entries: list[_Entry]) -> list[int]:
    """For each entry, where the values of its run begin."""
    columns: list[int] = []
    run: list[_Entry] = []
    for i, entry in enumerate(entries):
        run.append(entry)
        following = entries[i + 1] if i + 1 < len(entries) else None
        if following is None or following.blank or following.is_block or entry.is_block:
            widest = max((len(e.clause[0]) + 1 for e in run if e.clause), default=0)
            columns.extend(widest for _ in run)
            run = []
    return columns


def _laid_out(document: Document, indent: int) -> list[_Line]:
    text = " " * indent + lay_out(Nest(document), indent, WIDTH)
    return [_Line(line) for line in text.split("\n")]


class _Writer:
    """One pass over the tree in the order of its text; `next` is the first comment that has no place yet."""

    def __init__(self, source: Source, comments: tuple[s.Comment, ...]) -> None:
        self.source = source
        self.text = source.text
        self.comments = comments
        self.next = 0

    def entries(self, nodes: Sequence[Any], end: int, indent: int) -> list[_Entry]:
        """What stands in a body that ends at `end`: its clauses and the comments around them."""
        found: list[_Entry] = []
        line = 0
        for node in (*nodes, None):
            for comment in self._comments_before(node.span.start if node else end):
                here = self._line(comment.span.start)
                if not comment.alone and found and not found[-1].comment:
                    found[-1].comment = comment.text
                else:
                    found.append(_Entry(here > line + 1, None, [_Line(" " * indent + comment.text)]))
                line = here
            if node:
                blank = self._line(node.span.start) > line + 1
                found.append(self._entry(node, blank, indent))
                line = self._line(node.span.end)
        return found

    def _entry(self, node: Any, blank: bool, indent: int) -> _Entry:
        if _is_block(node):
            return _Entry(blank, None, list(self._block(node, indent)), is_block=True)
        if self._has_comments(node.span.end):
            return _Entry(blank, None, self._as_written(node.span.start, node.span.end, indent))
        return _Entry(blank, clause(node, self.text), [])

    def _block(self, node: Any, indent: int) -> Iterator[_Line]:
        nodes = _inside(node)
        brace = self.text.index("{", _header_end(node))
        commented = self._has_comments(node.span.end)
        if not commented and (not nodes or "\n" not in self.text[brace : node.span.end]):
            line = " " * indent + self._on_one_line(node)
            if len(line) <= WIDTH:
                yield _Line(line)
                return
        if self._has_comments(brace):
            header = self._as_written(node.span.start, brace + 1, indent)
        else:
            header = _laid_out((_header(node, self.text), " {"), indent)
        yield from header[:-1]
        yield replace(
            header[-1], comment=self._comment_after(brace, nodes[0].span.start if nodes else node.span.end)
        )
        body = self.entries(nodes, node.span.end, indent + _STEP)
        yield from _finished(body, indent + _STEP, aligned=isinstance(node, _ALIGNED))
        yield _Line(" " * indent + "}")

    def _on_one_line(self, node: Any) -> str:
        if not _is_block(node):
            return flat(phrase(node, self.text))
        inside = "; ".join(map(self._on_one_line, _inside(node)))
        return flat(_header(node, self.text)) + (f" {{ {inside} }}" if inside else " {}")

    def _as_written(self, start: int, end: int, indent: int) -> list[_Line]:
        """The source lines of a clause with comments inside, moved so that the first begins at `indent`."""
        for _ in self._comments_before(end):
            pass
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        shift = indent - len(before.expandtabs())
        first, *others = self.text[start:end].split("\n")
        lines = [" " * indent + first.rstrip()]
        for line in others:
            content = line.strip()
            lead = len(line.expandtabs()) - len(line.expandtabs().lstrip())
            lines.append(" " * (lead + shift) + content if content else "")
        return [_Line(line) for line in lines]

    def _comment_after(self, brace: int, body: int) -> str:
        """The comment on the line of a block's opening brace, if it stands before the first thing in the body."""
        if not self._has_comments(body) or self._line(self.comments[self.next].span.start) != self._line(
            brace
        ):
            return ""
        self.next += 1
        return self.comments[self.next - 1].text

    def _comments_before(self, offset: int) -> Iterator[s.Comment]:
        while self._has_comments(offset):
            self.next += 1
            yield self.comments[self.next - 1]

    def _has_comments(self, offset: int) -> bool:
        return self.next < len(self.comments) and self.comments[self.next].span.start < offset

    def _line(self, offset: int) -> int:
        return self.source.position(offset).line


def _is_block(node: Any) -> bool:
    return isinstance(node, (s.Service, s.Rollout, s.Scope, s.Test)) or type(node) in _WORDS


def _inside(node: Any) -> Sequence[Any]:
    match node:
        case s.Monitor() | s.DeviceDeclaration():
            return node.rules
        case s.Test():
            return node.steps
    clauses: Sequence[Any] = node.clauses
    return clauses


def _header(node: Any, text: str) -> Document:
    match node:
        case s.Service():
            return f"{'sidecar' if node.sidecar else 'service'} {node.name.text}"
        case s.Rollout():
            return "rollout"
        case s.Scope():
            return f"{node.noun.text} where ", expression(node.predicate, text)
        case s.Test():
            return "test ", expression(node.title, text)
    return f"{_WORDS[type(node)]} {(node.target if isinstance(node, s.Monitor) else node.name).text}"


def _header_end(node: Any) -> int:
    """An offset in the header after which the next `{` begins the block."""
    match node:
        case s.Rollout():
            return int(node.span.start)
        case s.Scope():
            return node.predicate.span.end
        case s.Test():
            return node.title.span.end
    return int((node.target if isinstance(node, s.Monitor) else node.name).span.end)
