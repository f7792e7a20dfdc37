"""A plan's text taken apart: what sites have in common is checked once, and what is theirs is filled in.

Only a text that is written as `placelang_runtime.canonical.chunks` writes it is taken apart. A part is a template with
names; a template is a part, and is written like one, with the longest of the names that it is filled with: so it is
with all of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from placelang_runtime.part import SitePart
from placelang_runtime.parts import HOLE, Parts, Template, template_of
from placelang_runtime.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, NEXT, LAST = '\n  "parts": [\n    {\n', "\n    },\n    {\n", "\n    }\n  ]\n}\n"
_SITE = re.compile(r' {6}"site": "([^"\\]{1,256})",\n {6}"hosts": \[\n')
_HOST = re.compile(r'\n {10}"name": "([^"\\]{1,256})",')


def taken_apart(blocks: Iterable[str], write: Callable[[SitePart], str]) -> Plan | None:
    """The plan whose text comes in `blocks`; None where it is not as it would be written, or has anything wrong with
    it. `write` writes a part."""
    texts = _apart(blocks)
    try:
        plan = Plan.model_validate_json(next(texts))
        found, made = gather(texts, write)
    except (ValidationError, OtherwiseError):
        return None
    if not found.rows or not unique([found]):
        return None
    times = Counter(number for number, _ in found.rows)
    single = {found.templates[number]: part for number, part in enumerate(made) if times[number] == 1}
    rows = ((found.templates[number], names) for number, names in found.rows)
    return Plan.model_construct(format=plan.format, header=plan.header, parts=Parts(rows, single))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Parts by the numbers of their templates, with their names; of each template how many replicas it has, and what
    they are called, one in a line."""

    templates: list[Template]
    rows: list[tuple[int, tuple[str, ...]]]
    replicas: list[tuple[int, Template]]


def gather(texts: Iterable[str], write: Callable[[SitePart], str]) -> tuple[Gathered, list[SitePart]]:
    """The texts of parts as templates, and a part of each, with the longest of the names that it is filled with. Raises
    `ValidationError` or `OtherwiseError` where any is none."""
    numbers: dict[Template, int] = {}
    rows: list[tuple[int, tuple[str, ...]]] = []
    longest: list[list[str]] = []
    for text in texts:
        names = _names(text)
        number = numbers.setdefault(template_of(text, names), len(numbers))
        rows.append((number, names))
        if number == len(longest):
            longest.append(list(names))
        longest[number] = [max(two, key=len) for two in zip(longest[number], names, strict=True)]
    found = Gathered(list(numbers), rows, [])
    made = []
    for template, known in zip(found.templates, longest, strict=True):
        text = template.filled(known)
        part = SitePart.model_validate_json(text)
        if write(part) != text:
            raise OtherwiseError
        called = [r.name for group in part.groups for service in group.services for r in service.replicas]
        found.replicas.append((len(called), template_of("\n".join(map(json.dumps, called)), known)))
        made.append(part)
    return found, made


def unique(found: Iterable[Gathered]) -> bool:
    """Whether no two sites and no two replicas have one name."""
    sites: set[str] = set()
    named: set[str] = set()
    parts = replicas = 0
    for one in found:
        parts += len(one.rows)
        for number, names in one.rows:
            count, called = one.replicas[number]
            replicas += count
            sites.add(names[0] if names else one.templates[number].filled(names))
            named.update(called.filled(names).split("\n"))
    return len(sites) == parts and len(named - {""}) == replicas


class OtherwiseError(Exception):
    """The text is written otherwise."""


def _apart(blocks: Iterable[str]) -> Iterator[str]:
    """The plan without its parts, then the text of each."""
    text, inside = "", False
    for block in blocks:
        text += block
        if not inside:
            head, inside_now, rest = text.partition(FIRST)
            if not inside_now:
                continue
            inside, text = True, rest
            yield head + '\n  "parts": []\n}'
        *whole, text = text.split(NEXT)
        yield from (f"{{\n{one}\n    }}" for one in whole)
    if not inside or not text.endswith(LAST):
        raise OtherwiseError
    yield f"{{\n{text.removesuffix(LAST)}\n    }}"


def _names(text: str) -> tuple[str, ...]:
    """The names of the site and its hosts, none where they are no plain ones."""
    site = _SITE.match(text, 2)
    if site is None or HOLE in text:
        return ()
    hosts = _HOST.findall(text, site.end() - 1, text.find("\n      ],\n", site.end() - 1))
    names = (site[1], *hosts)
    return names if len(set(names)) == len(names) else ()
