"""Text with places where it may be broken, and the one way to lay it out in a width.

A group is written on one line if it fits there; otherwise all of its own breaks become newlines, and the groups
inside are tried again. The result depends on nothing but the document.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """A newline in a broken group, `flat` in one that fits."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class IfBroken:
    """Text that stands only in a broken group."""

    text: str


@dataclass(frozen=True, slots=True)
class Group:
    inner: Document


@dataclass(frozen=True, slots=True)
class Nest:
    """Newlines inside are followed by two more spaces."""

    inner: Document


Document = str | Break | IfBroken | Group | Nest | tuple["Document", ...]
_STEP = 2


def joined(items: list[Document], separator: tuple[Document, ...]) -> Document:
    """The items with the separator between them."""
    return tuple(part for i, item in enumerate(items) for part in ((*separator, item) if i else (item,)))


def flat(document: Document) -> str:
    """The document on one line."""
    return lay_out(document, 0, None)


def lay_out(document: Document, indent: int, width: int | None) -> str:
    """The text of the document, which begins at column `indent`; no width means one line."""
    out: list[str] = []
    column = indent
    pending: list[tuple[int, bool, Document]] = [(indent, False, document)]
    while pending:
        nest, broken, part = pending.pop()
        match part:
            case str():
                out.append(part)
                column += len(part)
            case tuple():
                pending.extend((nest, broken, inner) for inner in reversed(part))
            case Nest():
                pending.append((nest + _STEP, broken, part.inner))
            case Group():
                breaks = width is not None and not _fits(part, pending, width - column)
                pending.append((nest, breaks, part.inner))
            case IfBroken():
                pending.append((nest, broken, part.text if broken else ""))
            case Break() if broken:
                out.append("\n" + " " * nest)
                column = nest
            case Break():
                pending.append((nest, broken, part.flat))
    return "".join(out)


def _fits(group: Group, after: list[tuple[int, bool, Document]], room: int) -> bool:
    """Whether the group on one line, and what follows it up to the next newline, takes no more than `room`."""
    rest = len(after)
    pending: list[tuple[bool, Document]] = [(False, group.inner)]
    while room >= 0:
        if not pending:
            if not rest:
                return True
            rest -= 1
            pending.append(after[rest][1:])
        broken, part = pending.pop()
        match part:
            case str():
                room -= len(part)
            case tuple():
                pending.extend((broken, inner) for inner in reversed(part))
            case Nest() | Group():
                pending.append((broken, part.inner))
            case IfBroken():
                room -= len(part.text) if broken else 0
            case Break() if broken:
                return True
            case Break():
                room -= len(part.flat)
    return False
