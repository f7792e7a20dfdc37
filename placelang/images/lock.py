"""`images.lock`: by the name that a file has for an image, the same image by its digest.

It is an input of planning like any file: the plan names its digest, and the same lock gives the same plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.program import Program
from placelang_runtime.plan import Plan

FORMAT: Final = "placelang/images/1"
MOST_BYTES: Final = 16 << 20
_LOCKED = re.compile(r"[^\s@]{1,400}@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Lock:
    """The `images` by name, and the `source` that they were read from."""

    source: Source
    images: Mapping[str, str]


def parse_lock(source: Source) -> tuple[Lock | None, tuple[Diagnostic, ...]]:
    """The lock in a file, or what is wrong with it."""
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError):
        return None, (_fault(source, "this is not JSON"),)
    if not isinstance(data, dict) or data.get("format") != FORMAT or set(data) != {"format", "images"}:
        return None, (_fault(source, f"this is no lock of images: its format is not `{FORMAT}`"),)
    images = data["images"]
    if not isinstance(images, dict):
        return None, (_fault(source, "`images` leads from names to images by digest"),)
    for name, locked in images.items():
        if not (isinstance(locked, str) and _LOCKED.fullmatch(locked)):
            return None, (_fault(source, f"`{name[:200]}` leads to no image by digest"),)
    return Lock(source, images), ()


def write_lock(images: Mapping[str, str]) -> str:
    """The text of a lock: the same images are the same bytes."""
    return json.dumps({"format": FORMAT, "images": dict(sorted(images.items()))}, indent=2) + "\n"


def with_lock(program: Program, lock: Lock) -> Program:
    """The program with its images by digest, and the lock among its sources."""
    sources = sorted((*program.sources, lock.source), key=lambda source: source.path)
    return replace(program, sources=tuple(sources), images=lock.images)


def unlocked(plan: Plan) -> tuple[str, ...]:
    """The images of a plan that anybody may still change, since they have no digest; by name."""
    services = [service for part in plan.parts for group in part.groups for service in group.services]
    replicas = [
        *(replica for service in services for replica in service.replicas),
        *(start.replica for part in plan.parts for one in part.contingencies for start in one.starts),
    ]
    found = {
        *(replica.image for replica in replicas),
        *(sidecar.image for replica in replicas for sidecar in replica.sidecars),
        *(run.image for part in plan.parts for job in part.jobs for run in job.runs),
    }
    return tuple(sorted(image for image in found if image is not None and "@sha256:" not in image))


def _fault(source: Source, message: str) -> Diagnostic:
    hint = "make it anew with `placelang images lock`"
    return Diagnostic(Code.UNREADABLE, message, path=source.path, hint=hint)
