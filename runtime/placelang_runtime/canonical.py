"""Plans as text and back: one plan is one sequence of bytes, and whatever is read is checked before it is
believed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from placelang_runtime.plan import FORMAT, Plan

if TYPE_CHECKING:
    from placelang_runtime.part import SitePart

MOST_BYTES = 1 << 30
"""A larger document is refused unread."""


class PlanError(ValueError):
    """A document that is no plan, or not one that this version reads; the message says what to do."""


def to_json(plan: Plan) -> str:
    """The plan as JSON, byte-stable, in ASCII with a newline at the end."""
    return json.dumps(plan.model_dump(mode="json"), indent=2, ensure_ascii=True) + "\n"


def part_digest(part: SitePart) -> str:
    """SHA-256 of the part's canonical bytes: JSON in ASCII, keys sorted, no spaces."""
    text = json.dumps(part.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return digest(text)


def plan_digest(plan: Plan) -> str:
    """SHA-256 of the plan's own text."""
    return digest(to_json(plan))


def digest(text: str) -> str:
    """`sha256:<hex>` of a text in UTF-8."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def from_json(text: str | bytes) -> Plan:
    """The plan that `to_json` wrote. Raises `PlanError`, never anything else, whatever the text."""
    if len(text) > MOST_BYTES:
        raise PlanError(f"the plan is larger than {MOST_BYTES} bytes")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError("this is not JSON") from error
    _check_format(data)
    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the document"
        raise PlanError(f"{where}: {first['msg'].lower()}") from error


def read_plan(path: str | Path) -> Plan:
    """The plan in a file. Raises `PlanError` or OSError."""
    with Path(path).open("rb") as file:
        return from_json(file.read(MOST_BYTES + 1))


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
