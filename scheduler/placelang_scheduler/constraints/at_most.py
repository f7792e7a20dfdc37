"""`at most`: no value of a key holds more than so many replicas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AtMost:
    """No value of `key` holds more than `count` replicas of `workloads`, counted together.

    Soft: one violation per replica above, and per replica on a host without a value.
    """

    keyword: ClassVar[str] = "at most"

    id: str
    workloads: tuple[int, ...]
    key: str
    count: int
    weight: int | None = None
