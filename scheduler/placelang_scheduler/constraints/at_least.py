"""`at least`: the replicas stand on so many different values of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The replicas of `workload`, once admitted, stand on `count` or more different values of `key`.

    Soft: one violation per value short.
    """

    keyword: ClassVar[str] = "at least"

    id: str
    workload: int
    key: str
    count: int
    weight: int | None = None
