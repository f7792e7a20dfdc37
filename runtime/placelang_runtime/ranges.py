"""The file of a plan, taken apart by several processes: each reads ranges of it, and checks the parts that begin there.

What a process leaves of a range are rows, as they stand in a plan's `Parts`, and for each template the names of its
replicas, so that what has to be unique in all of the plan can be told without any part.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from placelang_runtime.apart import FIRST, LAST, NEXT, Gathered, OtherwiseError, gather, unique
from placelang_runtime.part import SitePart
from placelang_runtime.parts import Parts, Template
from placelang_runtime.plan import Plan

SIZE = 1 << 24
"""Bytes of a range."""
_FIRST, _NEXT, _LAST = FIRST.encode(), NEXT.encode(), LAST.encode()


@dataclass(frozen=True, slots=True)
class Range:
    """The parts of a range; in the first one, the plan without its parts."""

    head: str | None
    parts: Gathered


def read_in_ranges(path: Path, executor: Executor, write: Callable[[SitePart], str]) -> Plan | None:
    """The plan in a file; None where it is not as it would be written, or has anything wrong with it."""
    size = path.stat().st_size
    starts = range(0, size, SIZE)
    futures = [executor.submit(read_range, path, at, min(at + SIZE, size), write) for at in starts]
    try:
        found = [_known(future.result()) for future in futures]
        plan = Plan.model_validate_json(found[0].head or "")
    except (ValidationError, OtherwiseError):
        return None
    finally:
        for future in futures:
            future.cancel()
    if not unique(one.parts for one in found):
        return None
    known: dict[Template, Template] = {}
    rows = []
    for one in found:
        templates = [known.setdefault(template, template) for template in one.parts.templates]
        rows += [(templates[number], names) for number, names in one.parts.rows]
    return Plan.model_construct(format=plan.format, header=plan.header, parts=Parts(rows)) if rows else None


def _known(found: Range | None) -> Range:
    if found is None:
        raise OtherwiseError
    return found


def read_range(path: Path, start: int, end: int, write: Callable[[SitePart], str]) -> Range | None:
    """The parts of a plan that begin in a range of its file; None where anything is not as it would be written."""
    try:
        with path.open("rb") as file:
            head, texts = _parts(file, start, end)
        found, _ = gather(texts, write)
    except (ValidationError, OtherwiseError, UnicodeDecodeError):
        return None
    return Range(head, found)


def _parts(file: BinaryIO, start: int, end: int) -> tuple[str | None, list[str]]:
    """The text of the plan without its parts, in the first range, and of the parts that begin between `start` and
    `end`: behind the mark between two parts that stands there, up to the first that does not."""
    file.seek(start)
    data = file.read(end - start + len(_NEXT) - 1)
    head = None
    if start == 0:
        while (at := data.find(_FIRST)) < 0:
            more = file.read(SIZE)
            if not more:
                raise OtherwiseError
            data += more
        head = data[:at].decode("ascii") + '\n  "parts": []\n}'
        begin = at + len(_FIRST)
    else:
        at = data.find(_NEXT)
        if at < 0 or start + at >= end:
            return None, []
        begin = at + len(_NEXT)
    stop = data.find(_NEXT, max(end - start, begin))
    while stop < 0:
        seen = max(end - start, begin, len(data) - len(_NEXT) + 1)
        more = file.read(SIZE)
        if not more:
            break
        data += more
        stop = data.find(_NEXT, seen)
    if stop < 0:
        if not data.endswith(_LAST):
            raise OtherwiseError
        stop = len(data) - len(_LAST)
    whole = data[begin:stop].decode("ascii").split(NEXT)
    return head, [f"{{\n{one}\n    }}" for one in whole]
