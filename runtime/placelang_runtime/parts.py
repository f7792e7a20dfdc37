"""`Parts`: the site parts of a plan whose text is at hand, what sites have in common only once.

The text of a part is a template with the names of the site and its hosts filled in, so that a fleet of sites that are
alike takes little room. It behaves like a tuple of `SitePart`; each is made from its text when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from placelang_runtime.part import SitePart

HOLE = "\0"
"""Stands in front of the number of a name, as a character: no JSON text has it."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with holes: between two `pieces` comes the name with the number that `holes` says."""

    pieces: tuple[str, ...]
    holes: tuple[int, ...]

    def filled(self, names: Sequence[str]) -> str:
        """The text with names, as JSON writes them between quotation marks."""
        found = [""] * (2 * len(self.holes) + 1)
        found[::2] = self.pieces
        found[1::2] = [names[hole] for hole in self.holes]
        return "".join(found)


def template_of(text: str, names: Sequence[str]) -> Template:
    """The template that gives `text` with `names`. A name is one where it is all of a JSON string, or stands in it
    after an `@` and before a `/` or the end: the name of a site or host, or what replicas are named after."""
    marked = text
    for number in sorted(range(len(names)), key=lambda number: -len(names[number])):
        marked = marked.replace(names[number], HOLE + chr(number + 1))
    first, *rest = marked.split(HOLE)
    holes, pieces = [ord(found[0]) - 1 for found in rest], [first, *[found[1:] for found in rest]]
    if {one[-1:] for one in pieces[:-1]} <= _BEFORE and {one[:1] for one in pieces[1:]} <= _AFTER:
        return Template(tuple(pieces), tuple(holes))
    return _with_names_only(pieces, holes, names)


_BEFORE, _AFTER = frozenset('"@'), frozenset('"/')


def _with_names_only(pieces: Sequence[str], holes: Sequence[int], names: Sequence[str]) -> Template:
    """The template without the holes where a name is only part of a word."""
    kept: list[str] = []
    real: list[int] = []
    before = pieces[0]
    for hole, after in zip(holes, pieces[1:], strict=True):
        if before[-1:] in _BEFORE and after[:1] in _AFTER:
            kept.append(before)
            real.append(hole)
            before = after
        else:
            before += names[hole] + after
    return Template((*kept, before), tuple(real))


class Parts(Sequence["SitePart"]):
    """Parts by their templates and names, the first of which is that of the site. `made` are parts of which there is
    one of their kind, where they are at hand."""

    def __init__(
        self,
        rows: Iterable[tuple[Template, tuple[str, ...]]],
        made: Mapping[Template, SitePart] | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self._one = made or {}
        self._made: tuple[SitePart, ...] | None = None

    def texts(self) -> Iterator[str]:
        """The texts of all parts, one after the other."""
        return (template.filled(names) for template, names in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> SitePart: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[SitePart, ...]: ...
    def __getitem__(self, at: int | slice) -> SitePart | tuple[SitePart, ...]:
        if isinstance(at, slice) or self._made is not None:
            return self._all()[at]
        template, names = self.rows[at]
        return self._one.get(template) or _read(template.filled(names))

    def __iter__(self) -> Iterator[SitePart]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Parts):
            return len(self) == len(other) and all(
                one == two for one, two in zip(self.texts(), other.texts(), strict=True)
            )
        return self._all() == other

    __hash__ = None  # type: ignore[assignment] # as of a sequence that may be compared with another kind

    def _all(self) -> tuple[SitePart, ...]:
        if self._made is None:
            self._made = tuple(self[at] for at in range(len(self)))
        return self._made


def _read(text: str) -> SitePart:
    from placelang_runtime.part import SitePart  # noqa: PLC0415 - parts of many plans are never asked for

    return SitePart.model_validate_json(text)
