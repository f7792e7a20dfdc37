"""`images.lock`: by the name that a file has for an image, the same image by its digest.

It is an input of planning like any file: the plan names its digest, and the same lock gives the same plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from placelang.codes import Code
from placelang.diagnostics import Diagnostic, Source
from placelang.program import Program
from placelang_runtime.plan import Plan

FORMAT: Final = "placelang/images/1"
MOST_BYTES: Final = 16 << 20
MOST_IDS: Final = 64
MOST_SIZE: Final = 1 << 44
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LOCKED = re.compile(r"[^\s@]{1,400}@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Lock:
    """The `images` by name, the `ids` that engines call each of these by once they have it, one for each platform, how
    large they are as registries pack them (`sizes`, as far as these say), and the `source` that all that was read
    from."""

    source: Source
    images: Mapping[str, str]
    ids: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]


def parse_lock(source: Source) -> tuple[Lock | None, tuple[Diagnostic, ...]]:
    """The lock in a file, or what is wrong with it."""
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError):
        return None, (_fault(source, "this is not JSON"),)
    known = {"format", "images", "ids", "sizes"}
    if not isinstance(data, dict) or data.get("format") != FORMAT or not {"images"} <= set(data) <= known:
        return None, (_fault(source, f"this is no lock of images: its format is not `{FORMAT}`"),)
    images = data["images"]
    if not isinstance(images, dict):
        return None, (_fault(source, "`images` leads from names to images by digest"),)
    for name, locked in images.items():
        if not (isinstance(locked, str) and _LOCKED.fullmatch(locked)):
            return None, (_fault(source, f"`{name[:200]}` leads to no image by digest"),)
    ids = data.get("ids", {})
    if not isinstance(ids, dict):
        return None, (_fault(source, "`ids` leads from images by digest to what they are called"),)
    for name, found in ids.items():
        if not (isinstance(found, list) and len(found) <= MOST_IDS and all(map(_is_digest, found))):
            return None, (_fault(source, f"`{name[:200]}` leads to no ids"),)
    sizes = data.get("sizes", {})
    if not isinstance(sizes, dict) or not all(map(_is_size, sizes.values())):
        return None, (_fault(source, "`sizes` leads from images by digest to how many bytes they have"),)
    return Lock(source, images, {name: tuple(found) for name, found in ids.items()}, sizes), ()


def write_lock(
    images: Mapping[str, str], ids: Mapping[str, Sequence[str]], sizes: Mapping[str, int] | None = None
) -> str:
    """The text of a lock: the same images are the same bytes."""
    said: dict[str, object] = {"format": FORMAT, "images": dict(sorted(images.items()))}
    said["ids"] = {name: sorted(found) for name, found in sorted(ids.items())}
    if sizes:
        said["sizes"] = dict(sorted(sizes.items()))
    return json.dumps(said, indent=2) + "\n"


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST_SIZE


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def with_lock(program: Program, lock: Lock) -> Program:
    """The program with its images by digest, and the lock among its sources."""
    sources = sorted((*program.sources, lock.source), key=lambda source: source.path)
    return replace(
        program, sources=tuple(sources), images=lock.images, image_ids=lock.ids, image_sizes=lock.sizes
    )


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
