"""A workload of Kubernetes while it is translated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from placelang.importers.amounts import whole
from placelang.importers.record import Record
from placelang.manifests.draft import Block, Draft
from placelang.manifests.predicates import scaled

Config: TypeAlias = Mapping[tuple[str, str], Mapping[str, object]]
"""What ConfigMaps hold, by namespace and name."""


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """`record` is the object, `pod` the spec of its pods, which have these `labels`; `block` is what becomes of it."""

    record: Record
    kind: str
    block: Block
    app: str
    namespace: str
    labels: Mapping[str, str]
    pod: Record
    draft: Draft
    config: Config

    @property
    def recurs(self) -> bool:
        """Whether its pods run to their end, so that little can be said of what stands beside what."""
        return self.block.kind == "job"


def weight_of(preference: Record) -> int:
    """A weight from 1 to 100 as one from 1 to 10."""
    return scaled(preference.read(whole, "weight") or 1)
