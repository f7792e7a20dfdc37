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
_KEY = re.compile(rf'(?:{MARK}|\\ua66e)[^"]*":')


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
    """A text that speaks of one class as a template. Raises `StrayError` where it speaks of others, or where names are
    keys, which are sorted."""
    pieces = _NAME.split(text)
    if any(int(one) != number for one in pieces[1::3]) or _KEY.search(text):
        raise StrayError
    return Template(tuple(pieces[::3]), tuple(map(int, pieces[2::3])))


def named(text: str | None, names: Sequence[str]) -> str | None:
    """A text with names for those made up."""
    return None if text is None else _NAME.sub(lambda found: names[int(found[2])], text)
