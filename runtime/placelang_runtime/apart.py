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
from typing import TYPE_CHECKING

from pydantic import ValidationError

from placelang_runtime.part import SitePart
from placelang_runtime.parts import HOLE, Parts, Template, template_of
from placelang_runtime.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST, _NEXT, _LAST = '\n  "parts": [\n    {\n', "\n    },\n    {\n", "\n    }\n  ]\n}\n"
_SITE = re.compile(r' {6}"site": "([^"\\]{1,256})",\n {6}"hosts": \[\n')
_HOST = re.compile(r'\n {10}"name": "([^"\\]{1,256})",')
_Row = tuple[Template, tuple[str, ...]]


def taken_apart(blocks: Iterable[str], write: Callable[[SitePart], str]) -> Plan | None:
    """The plan whose text comes in `blocks`; None where it is not as it would be written, or has anything wrong with
    it. `write` writes a part."""
    texts = _apart(blocks)
    rows: list[_Row] = []
    known: dict[Template, Template] = {}
    try:
        plan = Plan.model_validate_json(next(texts))
        for text in texts:
            names = _names(text)
            found = template_of(text, names)
            rows.append((known.setdefault(found, found), names))
    except (ValidationError, _OtherwiseError):
        return None
    made = _made(rows, write) if rows else None
    if made is None:
        return None
    return Plan.model_construct(format=plan.format, header=plan.header, parts=Parts(rows, made))


class _OtherwiseError(Exception):
    """The text is written otherwise."""


def _apart(blocks: Iterable[str]) -> Iterator[str]:
    """The plan without its parts, then the text of each."""
    text, inside = "", False
    for block in blocks:
        text += block
        if not inside:
            head, inside_now, rest = text.partition(_FIRST)
            if not inside_now:
                continue
            inside, text = True, rest
            yield head + '\n  "parts": []\n}'
        *whole, text = text.split(_NEXT)
        yield from (f"{{\n{one}\n    }}" for one in whole)
    if not inside or not text.endswith(_LAST):
        raise _OtherwiseError
    yield f"{{\n{text.removesuffix(_LAST)}\n    }}"


def _names(text: str) -> tuple[str, ...]:
    """The names of the site and its hosts, none where they are no plain ones."""
    site = _SITE.match(text, 2)
    if site is None or HOLE in text:
        return ()
    hosts = _HOST.findall(text, site.end() - 1, text.find("\n      ],\n", site.end() - 1))
    names = (site[1], *hosts)
    return names if len(set(names)) == len(names) else ()


def _made(rows: list[_Row], write: Callable[[SitePart], str]) -> dict[Template, SitePart] | None:
    """The parts of which there is one of their kind; None where any part is none, or two sites or replicas have one
    name. Of `rows`, equal templates are one and the same."""
    longest: dict[int, tuple[Template, list[str]]] = {}
    for template, names in rows:
        _, known = longest.setdefault(id(template), (template, list(names)))
        for number, name in enumerate(names):
            if len(name) > len(known[number]):
                known[number] = name
    replicas = {}
    made = {}
    for template, known in longest.values():
        text = template.filled(known)
        try:
            part = SitePart.model_validate_json(text)
        except ValidationError:
            return None
        if write(part) != text:
            return None
        found = [r.name for group in part.groups for service in group.services for r in service.replicas]
        replicas[id(template)] = len(found), template_of("\n".join(map(json.dumps, found)), known)
        made[id(template)] = part
    sites = {names[0] if names else template.filled(names) for template, names in rows}
    count = sum(replicas[id(template)][0] for template, _ in rows)
    named = {one for template, names in rows for one in replicas[id(template)][1].filled(names).split("\n")}
    if len(sites) < len(rows) or len(named - {""}) < count:
        return None
    times = Counter(id(template) for template, _ in rows)
    return {template: made[id(template)] for template, _ in rows if times[id(template)] == 1}
