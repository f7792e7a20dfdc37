"""What a plan was made from and with, as its header tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

from placelang.lower import Lowered
from placelang.lower.running import copies_of
from placelang.types import spell
from placelang_runtime import plan as document
from placelang_runtime.canonical import part_digest, plan_digest
from placelang_runtime.part import SitePart
from placelang_scheduler import Outcome, Solution


@dataclass(frozen=True, slots=True)
class Inputs:
    """What `arrange` cannot see in a lowered problem: the digest of the inventory, the paths of the policies among the
    sources, and with what the problem was solved; the digest of the plan that runs, where the problem has only a part
    of it."""

    inventory: str
    policies: frozenset[str]
    seed: int
    budget: float
    current: str | None = None


def digests(lowered: Lowered, inputs: Inputs) -> document.Inputs:
    """Sources and policies by path, inventory, and the plan that runs."""
    current = (
        plan_digest(lowered.current) if lowered.current is not None and not inputs.current else inputs.current
    )
    files = [
        (s.path in inputs.policies, document.FileDigest(path=s.path, digest=s.digest))
        for s in lowered.program.sources
    ]
    return document.Inputs(
        sources=tuple(file for policy, file in files if not policy),
        policies=tuple(file for policy, file in files if policy),
        inventory=inputs.inventory,
        current=current,
    )


def versions() -> document.Versions:
    """The versions in use."""
    return document.Versions(placelang=version("placelang"), ortools=version("ortools"))


def params(lowered: Lowered) -> dict[str, str]:
    """The values in force, as they would be written."""
    return {name: spell(c.value, c.type) for name, c in sorted(lowered.program.params.items())}


def outcome(solution: Solution) -> document.Outcome:
    """How far planning came."""
    if solution.outcome is Outcome.INTERRUPTED:
        return document.Outcome.INTERRUPTED
    if solution.outcome is Outcome.EXHAUSTED:
        return document.Outcome.BUDGET_EXHAUSTED
    return document.Outcome.PARTIAL if solution.left_out else document.Outcome.COMPLETE


def levels(solution: Solution) -> tuple[document.Level, ...]:
    """The objectives in their order."""
    return tuple(
        document.Level(name=v.name, value=v.value, bound=v.bound, gap=v.value - v.bound, proved=v.proved)
        for v in solution.levels
    )


def uncounted(lowered: Lowered, parts: Iterable[SitePart]) -> tuple[str, ...]:
    """Images and models of which nobody knows how large they are, by name."""
    images, models = set[str | None](), set[str]()
    for part in parts:
        for service in (service for group in part.groups for service in group.services):
            images.update(copy.image for replica in service.replicas for copy in copies_of(replica))
        images.update(image for hand in part.at_hand for image in hand.images)
        models.update(model.name for model in part.models if model.bytes is None)
    return (
        *sorted({image for image in images if image} - lowered.program.image_sizes.keys()),
        *sorted(models),
    )


def part_digests(parts: Iterable[SitePart]) -> tuple[document.PartDigest, ...]:
    """The digest of each part."""
    return tuple(document.PartDigest(site=part.site, digest=part_digest(part)) for part in parts)
