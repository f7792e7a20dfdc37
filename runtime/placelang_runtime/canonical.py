"""Plans as text and back: one plan is one sequence of bytes, and whatever is read is checked before it is
believed."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from placelang_runtime.apart import taken_apart
from placelang_runtime.parts import Parts
from placelang_runtime.plan import FORMAT, Plan
from placelang_runtime.ranges import read_in_ranges

if TYPE_CHECKING:
    from typing import TextIO

    from placelang_runtime.part import SitePart

_FRACTION = re.compile(r'(": )(-?\d+[.e][-+.\de]*)(?=,?\n)')
"""A number that is not whole, at the end of its line: no text ends without a quotation mark."""
_NESTED = "\n    "
MOST_BYTES = 1 << 30
"""A larger document is refused unread, unless it can be taken apart as it is read."""
_MOST_APART = 8 << 30
_BLOCK = 1 << 24
_MANY = 1 << 25
"""Bytes of a file that is read in ranges."""


class PlanError(ValueError):
    """A document that is no plan, or not one that this version reads; the message says what to do."""


def to_json(plan: Plan) -> str:
    """The plan as JSON, byte-stable, in ASCII with a newline at the end: what `json.dumps` writes of it with an indent
    of 2."""
    return "".join(chunks(plan))


def chunks(plan: Plan) -> Iterator[str]:
    """What `to_json` writes, part by part: a large plan need not be in memory as text."""
    head = _text(plan.model_copy(update={"parts": ()}))
    yield head.removesuffix("[]\n}") if plan.parts else head
    texts = plan.parts.texts() if isinstance(plan.parts, Parts) else map(part_text, plan.parts)
    for number, text in enumerate(texts):
        yield ("," if number else "[") + _NESTED + text
    yield "\n  ]\n}\n" if plan.parts else "\n"


def part_text(part: SitePart) -> str:
    """A part as it stands in the text of a plan."""
    return _text(part).replace("\n", _NESTED)


def _text(document: BaseModel) -> str:
    text = _FRACTION.sub(_as_python_writes, document.model_dump_json(indent=2))
    if not text.isascii():
        text = text.encode("ascii", _ESCAPED).decode("ascii")
    return text.replace("\x7f", r"\u007f")


def _escape(error: UnicodeError) -> tuple[str, int]:
    """The characters that are not in ASCII, as JSON writes them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_ESCAPED = "placelang-json"
codecs.register_error(_ESCAPED, _escape)


def _as_python_writes(number: re.Match[str]) -> str:
    return number[1] + repr(float(number[2]))


def part_digest(part: SitePart) -> str:
    """SHA-256 of the part's canonical bytes."""
    return digest(canonical_text(part))


def canonical_text(part: SitePart) -> str:
    """JSON in ASCII, keys sorted, no spaces."""
    return json.dumps(part.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def plan_digest(plan: Plan) -> str:
    """SHA-256 of the plan's own text."""
    found = hashlib.sha256()
    for chunk in chunks(plan):
        found.update(chunk.encode())
    return f"sha256:{found.hexdigest()}"


def digest(text: str) -> str:
    """`sha256:<hex>` of a text in UTF-8."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def from_json(text: str | bytes) -> Plan:
    """The plan that `to_json` wrote. Raises `PlanError`, never anything else, whatever the text."""
    if len(text) > MOST_BYTES:
        raise PlanError(f"the plan is larger than {MOST_BYTES} bytes")
    apart = taken_apart((text,), part_text) if isinstance(text, str) else None
    if apart is not None:
        return apart
    try:
        plan = Plan.model_validate_json(text)
        if "format" not in plan.model_fields_set:
            _check_form(text)
        return plan  # noqa: TRY300 - there is nothing else to do
    except ValidationError as error:
        _check_form(text)
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the document"
        raise PlanError(f"{where}: {first['msg'].lower()}") from error


def read_large(path: str | Path, executor: Executor) -> Plan | None:
    """The plan in a large file, read in ranges; None where it is not large, or is to be read as a whole."""
    with suppress(OSError):
        if _MANY <= Path(path).stat().st_size <= _MOST_APART:
            return read_in_ranges(Path(path), executor, part_text)
    return None


def read_plan(path: str | Path, executor: Executor | None = None) -> Plan:
    """The plan in a file; `executor` reads a large one in ranges. Raises `PlanError` or OSError."""
    large = read_large(path, executor) if executor is not None else None
    if large is not None:
        return large
    with suppress(UnicodeDecodeError), Path(path).open(encoding="ascii", newline="") as file:
        plan = taken_apart(_blocks(file), part_text)
        if plan is not None:
            return plan
    with Path(path).open("rb") as file:
        return from_json(file.read(MOST_BYTES + 1))


def _blocks(file: TextIO) -> Iterator[str]:
    """The text of a file, as much of it as may be read."""
    left = _MOST_APART
    while left > 0 and (block := file.read(_BLOCK)):
        left -= len(block)
        yield block


def _check_form(text: str | bytes) -> None:
    """Raise `PlanError` for what is no plan document of this version at all."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError("this is not JSON") from error
    _check_format(data)


def _check_format(data: object) -> None:
    found = data.get("format") if isinstance(data, dict) else None
    if found == FORMAT:
        return
    if isinstance(found, str) and found.startswith("placelang/plan/"):
        raise PlanError(
            f"the plan has format {found[:64]!r}, this version reads {FORMAT!r}: "
            "make it anew with `placelang plan`"
        )
    raise PlanError(f"this is not a plan: its format is not {FORMAT!r}")
