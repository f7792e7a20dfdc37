"""Made-up names of the sites that stand for others, and how they are found again in what is told of them.

A made-up name has a letter that is in no name or text that anybody gave, and sorts among those of its site as the name
that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from placelang_runtime.parts import Template

MARK = "\ua66e"
ESCAPED = r"\ua66e"
MOST_HOSTS = 99_999
_NAME = re.compile(rf"(?:{MARK}|\\ua66e)(\d{{7}})\.(\d{{5}})")
_LENGTH = len("0000000.00000")
"""Of what comes behind the mark."""


class StrayError(Exception):
    """A site's plan speaks of another site, or is ordered by names."""


def made_up(number: int, hosts: int) -> tuple[str, ...]:
    """The names of a class's site and of its hosts."""
    return tuple(f"{MARK}{number:07d}.{at:05d}" for at in range(hosts + 1))


def has_mark(text: str) -> bool:
    """Whether a text, or what it is in JSON, could be mistaken for one with made-up names."""
    return MARK in text or ESCAPED in text


def classes_in(text: str) -> set[int]:
    """The classes that a text speaks of."""
    return {int(found) for found, _ in _NAME.findall(text)}


def template_in(text: str, number: int) -> Template:
    """A JSON text, in ASCII, that speaks of one class as a template. Raises `StrayError` where it speaks of others, or
    where names are keys, which are sorted."""
    first, *rest = text.split(ESCAPED)
    own = f"{number:07d}."
    if not all(one.startswith(own) for one in rest):
        raise StrayError
    pieces = (first, *[one[_LENGTH:] for one in rest])
    if any(_key_ends(one) for one in pieces[1:]):
        raise StrayError
    return Template(pieces, tuple([int(one[len(own) : _LENGTH]) for one in rest]))


def _key_ends(piece: str) -> bool:
    """Whether what goes on behind a name is the end of a key."""
    at = piece.find('"')
    return piece[at : at + 2] == '":'


def named(text: str | None, names: Sequence[str]) -> str | None:
    """A text with names for those made up."""
    return None if text is None else _NAME.sub(lambda found: names[int(found[2])], text)
