"""`keep`: replicas that run stay where they are, as for a kept volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Keep:
    """Replicas of `workload` that run on a candidate or stay host remain there, as many as its maximum allows.

    Soft: one violation per replica moved.
    """

    keyword: ClassVar[str] = "keep"

    id: str
    workload: int
    weight: int | None = None
