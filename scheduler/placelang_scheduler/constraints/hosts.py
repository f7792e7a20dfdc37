"""`hosts`: every replica stands on one of the accepted hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Hosts:
    """Every replica of `workload` stands on a host of `accepted`. Soft: one violation per replica that does not."""

    keyword: ClassVar[str] = "hosts"

    id: str
    workload: int
    accepted: frozenset[int]
    weight: int | None = None
